package intake

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"vastrelay/relay"
)

// delivery answers a request on the path of role. All that can be refused by its
// headers is refused before the body is read.
func (rc *Receiver) delivery(role relay.Role, w http.ResponseWriter, r *http.Request) answer {
	switch {
	case r.Method != http.MethodPost:
		return wrongMethod(r, http.MethodPost)
	case rc.stopping.Load():
		return unread(r, http.StatusServiceUnavailable, relay.CodeStopping)
	case r.ContentLength > MaxBody:
		return unread(r, http.StatusRequestEntityTooLarge, relay.CodeTooLarge)
	}

	signed, code := signedHeaders(r.Header)
	if code != "" {
		return unread(r, http.StatusUnauthorized, code)
	}
	if rc.options.Verifier.keyState(role) != keysReady {
		return unread(r, http.StatusServiceUnavailable, relay.CodeNotReady)
	}

	body, err := rc.bodies.read(w, r)
	if err != nil {
		return readFailed(err)
	}
	defer body.free()

	d := relay.Delivery{Role: role, Arrived: time.Now()}
	a := rc.judge(&d, r, signed, body.bytes)
	d.Status, d.Code = a.status, a.code
	if rc.options.Observe != nil {
		rc.options.Observe(d)
	}
	return a
}

// signedTime is what the headers of a delivery say of its signature.
type signedTime struct {
	mac       signature
	timestamp string // as written, since that is what is signed
	at        time.Time
}

// signedHeaders reads the signature and the time, or returns the code of the
// refusal.
func signedHeaders(h http.Header) (s signedTime, code string) {
	value, err := onlyValue(h, headerSignature)
	if err == nil {
		s.mac, err = parseSignature(value)
	}
	switch {
	case errors.Is(err, errHeaderMissing):
		return s, relay.CodeMissingSignature
	case err != nil:
		return s, relay.CodeMalformedSignature
	}
	s.timestamp, err = onlyValue(h, headerTimestamp)
	if err == nil {
		s.at, err = parseTimestamp(s.timestamp)
	}
	switch {
	case errors.Is(err, errHeaderMissing):
		return s, relay.CodeMissingTimestamp
	case err != nil:
		return s, relay.CodeMalformedTimestamp
	}
	return s, ""
}

// judge checks signature, time and JSON, in this order, keeps what is to be
// kept and fills in d.
func (rc *Receiver) judge(d *relay.Delivery, r *http.Request, s signedTime, body []byte) answer {
	d.OffTime = rc.clock.judge(s.at) != inTime

	switch rc.options.Verifier.verify(d.Role, s.timestamp, body, s.mac) {
	case matched:
	case mismatched:
		if !d.OffTime {
			rc.noteMismatch(d)
		}
		return refusal(http.StatusUnauthorized, relay.CodeInvalidSignature)
	default:
		return refusal(http.StatusServiceUnavailable, relay.CodeUnsettledSignature)
	}

	ev, readable := decodeEvent(d.Role, r.Header, body, d.Arrived)
	d.Event = ev
	if d.OffTime {
		if a, over := rc.offTime(d, readable, s.at); over {
			return a
		}
		d.OffTime = false // The measurement has shown it.
	}
	rc.clock.hold(false)
	switch {
	case !readable:
		return rc.keep(d, relay.Unreadable, refusal(http.StatusBadRequest, relay.CodeInvalidJSON))
	case rc.options.RecordOnly != nil && rc.options.RecordOnly(ev):
		return rc.keep(d, relay.Recorded, answer{status: http.StatusNoContent})
	default:
		return rc.keep(d, relay.Accepted, answer{status: http.StatusNoContent})
	}
}

// offTime answers a delivery with a valid signature whose time seems to be off.
// One that was accepted before is only acknowledged. Any other is put on disk
// before anything else, so that it is not lost, and then the clock is measured:
// it is refused for good only when two witnesses agree. over is false when the
// measurement shows that it is in time; it is then to be accepted.
func (rc *Receiver) offTime(d *relay.Delivery, readable bool, signedAt time.Time) (a answer, over bool) {
	ctx := rc.deadlines.next()
	known, err := rc.options.Store.Known(ctx, d.Event)
	switch {
	case err != nil:
		return refusal(http.StatusServiceUnavailable, relay.CodeStoreUnavailable), true
	case known:
		d.Verdict = relay.Accepted
		return answer{status: http.StatusNoContent}, true
	}
	v := relay.Late
	if !readable {
		v = relay.Unreadable
	}
	if a := rc.keep(d, v, answer{}); a.status != 0 {
		return a, true
	}
	rc.clock.Measure(ctx)
	switch rc.clock.judge(signedAt) {
	case inTime:
		return answer{}, false
	case offTime:
		return refusal(http.StatusUnauthorized, relay.CodeStaleTimestamp), true
	default:
		rc.clock.hold(true)
		return refusal(http.StatusServiceUnavailable, relay.CodeClockUnmeasured), true
	}
}

// noteMismatch reports a role whose secret has become suspect.
func (rc *Receiver) noteMismatch(d *relay.Delivery) {
	if rc.watch.add(d.Role, d.Arrived) && rc.options.OnMismatch != nil {
		rc.options.OnMismatch(d.Role)
	}
}

// keep puts the event of d on disk under v and returns done; when that cannot
// be, an answer that makes Vast.ai deliver it again. A sender that hangs up
// does not undo a write that is under way, so the request's context is not used.
func (rc *Receiver) keep(d *relay.Delivery, v relay.Verdict, done answer) answer {
	ctx := rc.deadlines.next()
	var err error
	if v == relay.Accepted {
		d.Fresh, err = rc.options.Store.Accept(ctx, d.Event)
	} else {
		d.Fresh, err = rc.options.Store.Keep(ctx, d.Event, v)
	}
	if err != nil {
		d.Fresh = false
		return refusal(http.StatusServiceUnavailable, relay.CodeStoreUnavailable)
	}
	d.Verdict = v
	return done
}

const (
	// acceptDeadline bounds the store's work for one delivery. Vast.ai waits 10
	// seconds for an answer.
	acceptDeadline = 9 * time.Second
	// deadlineStep is for how long deliveries that arrive one after the other
	// share a deadline, which leaves the last of them that much less.
	deadlineStep = time.Second
)

// deadlines returns contexts that end within acceptDeadline. Deliveries share
// them, because a timer for each would lower the rate of accepted events in a
// burst by about a twentieth. It is safe for concurrent use, and its zero value is
// ready.
type deadlines struct {
	mu    sync.Mutex      // guards all below
	ctx   context.Context //nolint:containedctx // Shared by all deliveries that arrive within one deadlineStep.
	until time.Time       // the end of the step
}

// next returns a context for a delivery that arrives now. It ends between
// acceptDeadline-deadlineStep and acceptDeadline later, and by nothing else.
func (d *deadlines) next() context.Context {
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !now.Before(d.until) {
		ctx, cancel := context.WithDeadline(context.Background(), now.Add(acceptDeadline))
		context.AfterFunc(ctx, cancel) // Never ended early: others may use it.
		d.ctx, d.until = ctx, now.Add(deadlineStep)
	}
	return d.ctx
}
