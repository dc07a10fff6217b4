package outbox

import (
	"context"
	"fmt"
	"time"

	"vastrelay/relay"
)

// Reasons of results that a lane makes itself.
const (
	reasonStopped  = "stopped"
	reasonNoAnswer = "no_answer"
	reasonPanic    = "panic"
)

// send sends p once. When ctx ends it waits stopGrace for the answer and then
// gives the attempt up as ambiguous. The call of a Sender that ignores its own
// context is abandoned, so that the program can stop.
func (l *lane) send(ctx context.Context, p relay.Post) relay.Result {
	m := relay.Message{
		Space: p.Space, Events: p.Events, Digest: p.Kind == relay.Digest, Rung: p.Rung,
		MessageID: p.MessageID, Resent: p.Kind == relay.Resend, MayRepeat: p.MayRepeat,
		NoThread: l.withoutThread(p, time.Now()),
	}
	if l.dest.get().RefusesIDs {
		m.MessageID = ""
	}

	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendDeadline)
	defer cancel()
	startedAt := time.Now()
	answered := make(chan relay.Result, 1)
	go func() { answered <- l.sendOnce(sending, m) }()

	unanswered := relay.Result{Outcome: relay.Ambiguous, Reason: reasonNoAnswer, Detail: "Google Chat did not answer in time."}
	select {
	case r := <-answered:
		return r
	case <-sending.Done():
	case <-ctx.Done():
		unanswered.Reason, unanswered.Detail = reasonStopped, "The program stopped before Google Chat answered."
		if r, ok := within(stopGrace, answered); ok {
			return r
		}
	}
	cancel()
	if r, ok := within(abandonAfter, answered); ok {
		return r
	}
	unanswered.Took = time.Since(startedAt)
	return unanswered
}

// within returns the answer if it comes within d.
func within(d time.Duration, answered <-chan relay.Result) (relay.Result, bool) {
	select {
	case r := <-answered:
		return r, true
	case <-time.After(d):
		return relay.Result{}, false
	}
}

// sendOnce calls the Sender. A panic in it, which one odd event can provoke,
// counts as a failure of that post: ending the program would only provoke it
// again at the next start.
func (l *lane) sendOnce(ctx context.Context, m relay.Message) (r relay.Result) {
	startedAt := time.Now()
	defer func() {
		if p := recover(); p != nil {
			l.shared.log.Error("panic while sending a message", "err", fmt.Sprint(p))
			r = relay.Result{Outcome: relay.Ambiguous, Reason: reasonPanic, Detail: "The program made a mistake while sending."}
		}
		if r.Outcome == "" {
			r.Outcome, r.Reason = relay.Ambiguous, reasonNoAnswer
		}
		if r.Took == 0 {
			r.Took = time.Since(startedAt)
		}
	}()
	return l.shared.sender.Send(ctx, m)
}
