package bridge

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/relay"
)

// Waits of a test that a person watches.
const (
	arrivalGrace = 5 * time.Second  // from Vast.ai's answer to the arrival here
	postingGrace = 30 * time.Second // from the arrival to the answer of Google Chat
)

// testWatch follows the tests that are under way. Bridge.mu protects it.
type testWatch struct {
	runs         []*testRun
	lastDelivery time.Time // when the last delivery arrived that was taken, in time
}

// testRun is one test from its request to its post.
type testRun struct {
	b          *Bridge
	recordOnly bool
	news       chan struct{} // holds at most one; something below changed

	delivery *relay.Delivery // the verified arrival
	refused  *relay.Delivery // a delivery that was refused meanwhile
	post     *relay.Result   // the newest attempt of the arrived event
}

// watchTest follows the next webhook_test to arrive; recordOnly ones are kept
// without being posted. The caller closes it.
func (b *Bridge) watchTest(recordOnly bool) *testRun {
	run := &testRun{b: b, recordOnly: recordOnly, news: make(chan struct{}, 1)}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probes.runs = append(b.probes.runs, run)
	return run
}

func (r *testRun) close() {
	r.b.mu.Lock()
	defer r.b.mu.Unlock()
	r.b.probes.runs = slices.DeleteFunc(r.b.probes.runs, func(o *testRun) bool { return o == r })
}

func (r *testRun) tell() {
	select {
	case r.news <- struct{}{}:
	default:
	}
}

// arrived returns the verified delivery, if it is here.
func (r *testRun) arrived() (relay.Delivery, bool) {
	r.b.mu.Lock()
	defer r.b.mu.Unlock()
	if r.delivery == nil {
		return relay.Delivery{}, false
	}
	return *r.delivery, true
}

// linger waits a moment for the delivery. Vast.ai answers after it has
// delivered, as far as is known; its pages say "accepted" all the same.
// Source: https://docs.vast.ai/api-reference/notifications/test-notification-webhook .
func (r *testRun) linger(ctx context.Context) {
	timer := time.NewTimer(arrivalGrace)
	defer timer.Stop()
	for {
		if _, here := r.arrived(); here {
			return
		}
		select {
		case <-r.news:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// posted returns the newest attempt to post the event, if there was one.
func (r *testRun) posted() (relay.Result, bool) {
	r.b.mu.Lock()
	defer r.b.mu.Unlock()
	if r.post == nil {
		return relay.Result{}, false
	}
	return *r.post, true
}

// errWrongSignature means that a test came and that our own receiver refused it.
var errWrongSignature = health.Problem{
	Headline: "The test arrived, but its signature did not match", Cause: "The secret kept here is not the one that Vast.ai signs with.",
	Next: "Nothing to do: the secret is renewed by itself. Then try again.", Details: relay.CodeInvalidSignature, Action: health.ActionRetry,
}

// errOffTime means that a test came and was refused for its time, which says
// nothing of its secret.
var errOffTime = health.Problem{
	Headline: "The test arrived, but could not be taken", Cause: "Its time and this computer's clock are too far apart.",
	Next: "Check the date and time of this computer; it is tried again by itself.", Details: relay.CodeStaleTimestamp, Action: health.ActionRetry,
}

// blame explains why Vast.ai could not deliver: when we refused a delivery
// meanwhile, its "not deliverable" means us, not the address.
func (r *testRun) blame(err error) error {
	r.b.mu.Lock()
	refused := r.refused
	r.b.mu.Unlock()
	switch {
	case refused == nil:
		return err
	case refused.Code == relay.CodeInvalidSignature, refused.Code == relay.CodeUnsettledSignature:
		return errWrongSignature
	case refused.Code == relay.CodeStaleTimestamp, refused.Code == relay.CodeClockUnmeasured:
		return errOffTime
	default:
		return health.Problem{
			Headline: "The test arrived, but could not be taken", Cause: "The program was not ready for it.",
			Next: "Try again in a moment.", Details: refused.Code, Action: health.ActionRetry,
		}
	}
}

// RecordOnly reports whether ev is a test that the program itself started, to
// be kept without being posted. The receiver asks before it accepts.
func (b *Bridge) RecordOnly(ev relay.Event) bool {
	if ev.Type != relay.TestType {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.ContainsFunc(b.probes.runs, func(r *testRun) bool {
		return r.recordOnly && (r.delivery == nil || r.delivery.Event.ID == ev.ID)
	})
}

// ObserveDelivery takes the receiver's reports. It returns at once.
func (b *Bridge) ObserveDelivery(d relay.Delivery) {
	b.mu.Lock()
	proves := d.Status == http.StatusNoContent && !d.OffTime
	if proves {
		b.probes.lastDelivery = d.Arrived
	}
	if d.Verdict == relay.Unreadable {
		b.v.UnreadableReason = d.Event.Message
	}
	for _, r := range b.probes.runs {
		switch {
		case d.Status != http.StatusNoContent:
			r.refused = &d
		case proves && d.Event.Type == relay.TestType && r.delivery == nil && r.recordOnly == (d.Verdict == relay.Recorded):
			r.delivery = &d
		default:
			continue
		}
		r.tell()
	}
	b.mu.Unlock()
	b.changed()
}

// posted notes an attempt for the runs whose event it carries.
func (w *testWatch) posted(p relay.Progress) {
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

func (b *Bridge) lastDeliveryAt() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.probes.lastDelivery
}

// TestFromVast asks Vast.ai for a test delivery and follows it to Google Chat,
// reporting each step. Errors are a Problem.
func (b *Bridge) TestFromVast(ctx context.Context, report func(health.Step)) error {
	if !b.testMu.TryLock() {
		return health.Problem{Headline: "A test is under way already", Next: "Wait for it to end."}
	}
	defer b.testMu.Unlock()
	if err := b.Ended(); err != nil {
		return err
	}
	hooks := b.Status().Webhooks
	if len(hooks) == 0 {
		return health.Problem{Headline: "There is no webhook yet", Cause: "Vast.ai does not know this address so far.", Next: "Wait until the connection is up and try again.", Action: health.ActionRetry}
	}
	st := health.NewSteps(report)
	st.Start("Asking Vast.ai")
	api, err := b.apiNow(ctx)
	if err != nil {
		return st.Fail(Explain(err))
	}
	run := b.watchTest(false)
	defer run.close()
	if err := b.followArrival(ctx, run, api, hooks[0].ID, st); err != nil {
		if errors.Is(err, errWrongSignature) {
			b.Suspect(hooks[0].Context) // the renewal that was promised
		}
		return err
	}
	return b.followPost(ctx, run, st)
}

// followArrival waits for the delivery. Vast.ai answers only after it has
// delivered, so the arrival is usually seen first.
func (b *Bridge) followArrival(ctx context.Context, run *testRun, api API, id int64, st *health.Steps) error {
	callCtx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	answer := make(chan error, 1)
	group.Go(func() {
		_, err := api.Test(callCtx, id)
		answer <- err
	})
	d, pending, err := run.await(ctx, answer)
	if err != nil {
		return st.Fail(Explain(err))
	}
	st.Done("Asked.")
	st.Start("Arrived here")
	st.Done("Arrived at " + d.Arrived.Local().Format("15:04:05") + ".")
	st.Start("Signature")
	st.Done("The signature is right, and the event is on disk.")
	if pending == nil {
		return nil
	}
	// Hanging up now could make Vast.ai count its own call as failed.
	select {
	case err := <-pending:
		if err != nil {
			b.log.Info("vast.ai's answer to a test that arrived", "err", err)
		}
	case <-ctx.Done():
	}
	return nil
}

// await returns the delivery once it is here, or why it will not come. pending
// yields Vast.ai's answer to the call if that is still out, else it is nil.
func (r *testRun) await(ctx context.Context, answer <-chan error) (d relay.Delivery, pending <-chan error, err error) {
	var late <-chan time.Time
	for {
		if d, here := r.arrived(); here {
			return d, answer, nil
		}
		select {
		case err := <-answer:
			if err != nil {
				return d, nil, r.blame(err)
			}
			answer, late = nil, time.After(arrivalGrace)
		case <-r.news:
		case <-late:
			return d, nil, health.Problem{
				Headline: "The test did not arrive", Cause: "Vast.ai says it was delivered, but something in between took it.",
				Next: "Check that the public address leads to this program.", Action: health.ActionTunnelSettings,
			}
		case <-ctx.Done():
			return d, nil, ctx.Err()
		}
	}
}

// followPost waits for Google Chat's answer to the arrived event.
func (b *Bridge) followPost(ctx context.Context, run *testRun, st *health.Steps) error {
	st.Start("Posting to Google Chat")
	if b.o.Outbox.Paused().Active() {
		st.Done("Held: posting is paused.")
		return nil
	}
	timer := time.NewTimer(postingGrace)
	defer timer.Stop()
	for {
		if r, ok := run.posted(); ok && r.Outcome.Delivered() {
			st.Done("Posted.")
			return nil
		} else if ok && (r.Outcome == relay.DestinationGone || r.Outcome == relay.Unauthorized) {
			return st.Fail(explainResult(r))
		}
		select {
		case <-run.news:
		case <-timer.C:
			if r, ok := run.posted(); ok {
				return st.Fail(explainResult(r))
			}
			return st.Fail(health.Problem{Headline: "The test waits to be posted", Cause: "Others are before it, or Google Chat asked for fewer messages.", Next: "It is posted by itself."})
		case <-ctx.Done():
			return st.Fail(Explain(ctx.Err()))
		}
	}
}

// TestToChat posts one clearly labelled test message. Errors are a Problem.
func (b *Bridge) TestToChat(ctx context.Context, report func(health.Step)) error {
	if !b.testMu.TryLock() {
		return health.Problem{Headline: "A test is under way already", Next: "Wait for it to end."}
	}
	defer b.testMu.Unlock()
	if err := b.Ended(); err != nil {
		return err
	}
	space := b.Status().Space
	if space == "" {
		return health.Problem{Headline: "There is no Google Chat webhook URL yet", Next: "Paste it in Settings.", Action: health.ActionReplaceChatURL}
	}
	st := health.NewSteps(report)
	st.Start("Posting to Google Chat")
	r := b.o.Chat.Test(ctx, space, "This is a test from Vast Relay. Nothing happened at Vast.ai.")
	if !r.Outcome.Delivered() {
		return st.Fail(explainResult(r))
	}
	st.Done("Posted.")
	b.mu.Lock()
	b.posting.proven, b.posting.failures = true, 0
	b.mu.Unlock()
	b.notes.Checked(credentials.ChatURL, "")
	b.refreshChat()
	return nil
}
