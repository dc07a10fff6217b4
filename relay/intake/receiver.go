package intake

import (
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"vastrelay/relay"
)

// MaxBody is the size in bytes up to which a delivery is read.
const MaxBody = 1 << 20

// Paths that are not deliveries.
const (
	HealthPath  = "/health"
	probePrefix = "/probe/"
)

// Store puts verified deliveries on disk. It is safe for concurrent use, and
// returns without an error only after the write is synced. *Outbox is one.
type Store interface {
	// Accept takes an event that is to be posted; fresh is false when it was
	// accepted before.
	Accept(ctx context.Context, ev relay.Event) (fresh bool, err error)
	// Keep takes a delivery that is not to be posted, under its verdict.
	Keep(ctx context.Context, ev relay.Event, v relay.Verdict) (fresh bool, err error)
	// Known reports whether ev was accepted or recorded before. It is asked where
	// a delivery that is known needs nothing but its answer.
	Known(ctx context.Context, ev relay.Event) (bool, error)
}

// Options say what a Receiver works with.
type Options struct {
	Store    Store     // required
	Verifier *Verifier // required
	Clock    *Clock    // nil: this computer's own time is taken for right

	// ProbeNonce is the last part of the path under which the program asks
	// itself for proof of its address; empty: there is no such path.
	ProbeNonce string

	// BasePath returns the decoded path under which a proxy leads to this
	// program, such as "/hooks"; empty when there is none. All paths are known
	// with and without it, since a proxy may strip it. Nil means there is none.
	BasePath func() string

	// RecordOnly reports whether a verified event is a test that the program
	// itself started, to be recorded and not posted. It is called once per
	// delivery; nil means never.
	RecordOnly func(relay.Event) bool

	// Observe is told of each delivery before its answer leaves; OnMismatch of
	// a context whose secret seems to be wrong. Both are called on the
	// request's goroutine, at the same time from several, and must return at
	// once. Nil means nobody listens.
	Observe    func(relay.Delivery)
	OnMismatch func(relay.Context)

	Logger *slog.Logger // nil: slog.Default
}

// Receiver is the http.Handler that Vast.ai's deliveries arrive at. It answers
// 204 only after the event is on disk, and every request in this order: path,
// method, size, signature, time, JSON. Refused requests are counted, and
// logged together at most once a minute. It is safe for concurrent use.
type Receiver struct {
	options   Options
	log       *slog.Logger
	clock     *Clock
	watch     mismatchWatch
	refusals  refusals
	deadlines deadlines
	bodies    *bodyReader
	stopping  atomic.Bool
}

// NewReceiver returns a Receiver that is ready to serve.
func NewReceiver(o Options) *Receiver {
	if o.Store == nil || o.Verifier == nil {
		panic("relay: a receiver needs an intake and a verifier")
	}
	rc := &Receiver{options: o, log: o.Logger, bodies: newBodyReader()}
	if rc.log == nil {
		rc.log = slog.Default()
	}
	if rc.clock = o.Clock; rc.clock == nil {
		rc.clock = NewClock()
	}
	return rc
}

// Stop makes the Receiver answer 503 to everything from now on. Requests that
// are being answered go on. It may be called more than once.
func (rc *Receiver) Stop() {
	rc.stopping.Store(true)
	if codes, due := rc.refusals.rest(); due {
		rc.logRefused(codes)
	}
}

// Refusals returns the latest refused deliveries of this run, oldest first: at
// most 64, whatever arrives.
func (rc *Receiver) Refusals() []relay.Refusal { return rc.refusals.list() }

// Refused counts the refused requests of this run, by the code in their answers.
func (rc *Receiver) Refused() map[string]uint64 { return rc.refusals.counts() }

// ServeHTTP answers one request.
func (rc *Receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := rc.answer(w, r)
	if a.code != "" {
		if codes, due := rc.refusals.add(a.code, time.Now()); due {
			rc.logRefused(codes)
		}
	}
	a.write(w)
}

// logRefused logs how many requests were refused since the last such line. A
// line for each would let strangers fill the disk.
func (rc *Receiver) logRefused(codes string) { rc.log.Info("requests refused", "codes", codes) }

// answer decides what to say. A panic of ours must not become a dropped
// connection that looks like a broken tunnel, nor end the program.
func (rc *Receiver) answer(w http.ResponseWriter, r *http.Request) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			rc.log.Error("panic while answering a request", "path", r.URL.Path, "err", p)
			a = refusal(http.StatusServiceUnavailable, relay.CodeInternal)
			a.hangUp = true
		}
	}()

	// The path as it was written: an escaped form of a known path is not it.
	path := rc.withoutBase(r.URL.EscapedPath())
	if path == HealthPath {
		return rc.fixed(r, typeJSON, `{"ok":true}`)
	}
	if nonce, ok := strings.CutPrefix(path, probePrefix); ok && rc.isNonce(nonce) {
		return rc.fixed(r, typeText, nonce)
	}
	for _, c := range relay.Contexts() {
		if path == c.Path() && rc.options.Verifier.keyState(c) != keysAbsent {
			a := rc.delivery(c, w, r)
			if a.code != "" {
				rc.refusals.keep(relay.Refusal{At: time.Now(), Context: c, Status: a.status, Code: a.code})
			}
			return a
		}
	}
	return unread(r, http.StatusNotFound, relay.CodeNotFound)
}

func (rc *Receiver) isNonce(s string) bool {
	want := rc.options.ProbeNonce
	return want != "" && subtle.ConstantTimeCompare([]byte(s), []byte(want)) == 1
}

// fixed answers a page that is always the same. HEAD is answered as GET, as
// RFC 9110 section 9.1 asks; net/http leaves the body out.
func (rc *Receiver) fixed(r *http.Request, contentType, body string) answer {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return wrongMethod(r, http.MethodGet, http.MethodHead)
	case rc.stopping.Load():
		return unread(r, http.StatusServiceUnavailable, relay.CodeStopping)
	default:
		return answer{status: http.StatusOK, contentType: contentType, body: body}
	}
}

// delivery answers a request on the path of c. All that can be refused by its
// headers is refused before the body is read.
func (rc *Receiver) delivery(c relay.Context, w http.ResponseWriter, r *http.Request) answer {
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
	if rc.options.Verifier.keyState(c) != keysReady {
		return unread(r, http.StatusServiceUnavailable, relay.CodeNotReady)
	}

	body, err := rc.bodies.read(w, r)
	if err != nil {
		return unreadable(err)
	}
	defer body.free()

	d := relay.Delivery{Context: c, Arrived: time.Now()}
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

	switch rc.options.Verifier.verify(d.Context, s.timestamp, body, s.mac) {
	case matched:
	case mismatched:
		if !d.OffTime {
			rc.noteMismatch(d)
		}
		return refusal(http.StatusUnauthorized, relay.CodeInvalidSignature)
	default:
		return refusal(http.StatusServiceUnavailable, relay.CodeUnsettledSignature)
	}

	ev, readable := decodeEvent(d.Context, r.Header, body, d.Arrived)
	d.Event = ev
	if d.OffTime {
		if a, over := rc.offTime(d, readable, s.at); over {
			return a
		}
		d.OffTime = false // as has turned out
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
// it is turned away for good only by the word of two witnesses. over is false
// when it has turned out to be in time, and is to be taken as such.
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

// noteMismatch reports a context once its mismatches form a pattern.
func (rc *Receiver) noteMismatch(d *relay.Delivery) {
	if rc.watch.add(d.Context, d.Arrived) && rc.options.OnMismatch != nil {
		rc.options.OnMismatch(d.Context)
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
