package checks

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

// The waits of a test.
const (
	ArrivalGrace = 5 * time.Second  // from Vast.ai's answer to the arrival here
	PostingGrace = 30 * time.Second // from the arrival to the answer of Google Chat
	secondTry    = 5 * time.Second  // from an attempt that failed, or where none is expected to go well
)

// TestWatch follows the tests that are under way. The zero value follows none.
// It is safe for concurrent use.
type TestWatch struct {
	mu           sync.Mutex // guards all below, and the results of the runs
	runs         []*TestRun
	lastDelivery map[relay.Role]time.Time // when the last delivery arrived that was taken, in time
}

// TestRun is one test from its request to its post.
type TestRun struct {
	watch      *TestWatch
	role       relay.Role // of the webhook that is tested
	recordOnly bool
	news       chan struct{} // holds at most one; something below changed

	delivery *relay.Delivery  // the verified arrival
	refused  []relay.Delivery // what was refused meanwhile and may be the test; one for each code
	post     *relay.Result    // the newest attempt of the arrived event
}

// Begin follows the next webhook_test to arrive, which was asked for at the webhook
// of role; recordOnly ones are kept without being posted. The caller closes it.
func (w *TestWatch) Begin(role relay.Role, recordOnly bool) *TestRun {
	run := &TestRun{watch: w, role: role, recordOnly: recordOnly, news: make(chan struct{}, 1)}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.runs = append(w.runs, run)
	return run
}

// RecordOnly reports whether ev is a test that the program itself started, to be
// kept without being posted.
func (w *TestWatch) RecordOnly(ev relay.Event) bool {
	if ev.Type != relay.TestType {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.runs, func(r *TestRun) bool {
		return r.recordOnly && (r.delivery == nil || r.delivery.Event.ID == ev.ID)
	})
}

// Delivered takes note of a delivery.
func (w *TestWatch) Delivered(d relay.Delivery) {
	w.mu.Lock()
	defer w.mu.Unlock()
	proves := d.Status == http.StatusNoContent && !d.OffTime
	if proves {
		if w.lastDelivery == nil {
			w.lastDelivery = make(map[relay.Role]time.Time)
		}
		w.lastDelivery[d.Role] = d.Arrived
	}
	for _, r := range w.runs {
		switch {
		case d.Status != http.StatusNoContent:
			if !r.mayBeTest(d) {
				continue
			}
			r.refused = append(slices.DeleteFunc(r.refused, func(old relay.Delivery) bool { return old.Code == d.Code }), d)
		case proves && d.Role == r.role && d.Event.Type == relay.TestType && r.delivery == nil && r.recordOnly == (d.Verdict == relay.Recorded):
			r.delivery = &d
		default:
			continue
		}
		r.tell()
	}
}

// Posted takes note of an attempt for the runs whose event it carries.
func (w *TestWatch) Posted(p relay.Progress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.runs {
		if r.delivery == nil {
			continue
		}
		if slices.ContainsFunc(p.Post.Events, func(e relay.Event) bool { return e.ID == r.delivery.Event.ID }) {
			result := p.Result
			r.post = &result
			r.tell()
		}
	}
}

// LastDelivery returns when the last delivery for one of the roles arrived that
// was taken, in time; zero: none did.
func (w *TestWatch) LastDelivery(roles ...relay.Role) (last time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, role := range roles {
		if at := w.lastDelivery[role]; at.After(last) {
			last = at
		}
	}
	return last
}

// Close ends the run.
func (r *TestRun) Close() {
	r.watch.mu.Lock()
	defer r.watch.mu.Unlock()
	r.watch.runs = slices.DeleteFunc(r.watch.runs, func(o *TestRun) bool { return o == r })
}

func (r *TestRun) tell() {
	select {
	case r.news <- struct{}{}:
	default:
	}
}

// Arrived returns the verified delivery, if it is here.
func (r *TestRun) Arrived() (relay.Delivery, bool) {
	r.watch.mu.Lock()
	defer r.watch.mu.Unlock()
	if r.delivery == nil {
		return relay.Delivery{}, false
	}
	return *r.delivery, true
}

// Linger waits a moment for the delivery. Vast.ai answers after it has delivered,
// as far as is known; its pages say "accepted" all the same.
// Source: https://docs.vast.ai/api-reference/notifications/test-notification-webhook .
func (r *TestRun) Linger(ctx context.Context) {
	late := time.After(ArrivalGrace)
	for {
		if _, here := r.Arrived(); here {
			return
		}
		select {
		case <-r.news:
		case <-late:
			return
		case <-ctx.Done():
			return
		}
	}
}

// posted returns the newest attempt to post the event, if there was one.
func (r *TestRun) posted() (relay.Result, bool) {
	r.watch.mu.Lock()
	defer r.watch.mu.Unlock()
	if r.post == nil {
		return relay.Result{}, false
	}
	return *r.post, true
}

// mayBeTest reports whether a refused delivery may be the test that the run
// follows. One whose signature is right says what it is. Any other may be the
// test, signed with a secret that is not known here, or a stranger's.
func (r *TestRun) mayBeTest(refused relay.Delivery) bool {
	if unsigned(refused) {
		return refused.Role == r.role
	}
	return refused.Event.Type == relay.TestType || refused.Verdict == relay.Unreadable
}

// unsigned reports whether d carries no signature of a secret that is known here.
func unsigned(d relay.Delivery) bool {
	return d.Code == relay.CodeInvalidSignature || d.Code == relay.CodeUnsettledSignature
}

// Blame explains why Vast.ai could not deliver, which err says: when we refused
// the test meanwhile, its "not deliverable" means us, not the address.
func (r *TestRun) Blame(err error) error {
	if neverDelivered(err) {
		return err
	}
	r.watch.mu.Lock()
	refused := slices.Clone(r.refused)
	r.watch.mu.Unlock()
	var blamed relay.Delivery
	for _, d := range refused {
		// What the test itself was refused for outranks what a stranger may have
		// been refused for.
		if fits(d, err) && (blamed.Code == "" || !unsigned(d)) {
			blamed = d
		}
	}
	switch blamed.Code {
	case "":
		return err
	case relay.CodeInvalidSignature, relay.CodeUnsettledSignature:
		return health.New(health.TestSignatureWrong).With(relay.CodeInvalidSignature)
	case relay.CodeStaleTimestamp, relay.CodeClockUnmeasured:
		return health.New(health.TestOffTime).With(relay.CodeStaleTimestamp)
	default:
		return health.New(health.TestNotTaken).With(blamed.Code)
	}
}

// neverDelivered reports whether err shows that Vast.ai did not carry out the call
// for a test, so that whatever arrived meanwhile was not the test.
func neverDelivered(err error) bool {
	switch vastapi.ClassOf(err) {
	case vastapi.RateLimited, vastapi.BadKey, vastapi.MissingPermission, vastapi.WebhookGone, vastapi.Invalid:
		return true
	case vastapi.Unreachable, vastapi.GivenUp:
		return !vastapi.Unclear(err)
	default:
		return false
	}
}

// fits reports whether Vast.ai may have answered err after it got the answer to d.
// It calls a delivery failed only where the receiver may take it later.
func fits(d relay.Delivery, err error) bool {
	return d.Status >= http.StatusInternalServerError || vastapi.ClassOf(err) != vastapi.DeliveryFailed
}

// TurnedAway names the proxy in front of the address of host as the cause of err,
// where that is a test of Vast.ai that did not reach the address, as a probe did. Any
// other err, nil included, stays as it is.
func TurnedAway(err error, host string) error {
	if !isOneOf(err, health.TestLost, health.TestNotArrived, health.TestNotDeliverable) && vastapi.ClassOf(err) != vastapi.NotDeliverable {
		return err
	}
	return health.New(health.AddressFiltered, words.Args{"Path": host + "/vast/"}).With(WithoutPaths(err))
}

// Undelivered reports whether err, of a test that a person watched, says that Vast.ai
// sent it and that it got lost on the way here.
func Undelivered(err error) bool {
	return isOneOf(err, health.TestNotArrived, health.TestNotDeliverable, health.TestDeliveryFailed, health.AddressFiltered)
}

// isOneOf reports whether err is a problem with one of the codes.
func isOneOf(err error, codes ...health.Code) bool {
	return slices.ContainsFunc(codes, func(c health.Code) bool { return health.Is(err, c) })
}

// NeverAsked reports whether err, of a call for a test, shows that Vast.ai has sent
// none. Another one may then follow in a minute.
func NeverAsked(err error) bool {
	switch vastapi.ClassOf(err) {
	case vastapi.RateLimited:
		return true
	case vastapi.Unreachable, vastapi.GivenUp:
		return !vastapi.Unclear(err)
	default:
		return false
	}
}
