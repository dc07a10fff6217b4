package checks

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// arrived is a run whose test has arrived.
func arrived(w *TestWatch) *TestRun {
	run := w.Begin(relay.RoleClient, false)
	w.Delivered(relay.Delivery{Role: relay.RoleClient, Status: 204, Verdict: relay.Accepted, Event: relay.Event{ID: "t", Type: relay.TestType}})
	return run
}

// attempt tells w that the test was posted with that outcome.
func attempt(w *TestWatch, o relay.Outcome) {
	w.Posted(relay.Progress{Post: relay.Post{Events: []relay.Event{{ID: "t"}}}, Result: relay.Result{Outcome: o, Reason: "server_error"}})
}

func TestTheVerdictOfATestIsTrue(t *testing.T) {
	for _, tt := range []struct {
		name    string
		outlook Outlook
		happens func(w *TestWatch)
		code    health.Code // empty: no error
		says    string      // the cause, for an error
		state   health.StepState
		within  time.Duration
	}{
		{"posted", Outlook{}, func(w *TestWatch) { attempt(w, relay.Posted) }, "", "", health.StepDone, 0},
		{"held while paused is not done", Outlook{Paused: true}, nil, "", "", health.StepHeld, 0},
		{
			"Chat was down before: nobody waits for long",
			Outlook{Down: words.Verbatim("Google Chat is down.")},
			nil,
			health.TestWaits, "Google Chat is down", health.StepWaiting, secondTry,
		},
		{
			"Chat does not answer this one, nor soon after",
			Outlook{Before: 3},
			func(w *TestWatch) { attempt(w, relay.ServerTrouble) },
			health.TestWaits, "Google Chat is down", health.StepWaiting, secondTry,
		},
		{
			"Chat answers at the second attempt", Outlook{}, func(w *TestWatch) {
				attempt(w, relay.ServerTrouble)
				time.Sleep(time.Second)
				attempt(w, relay.Posted)
			}, "", "", health.StepDone, time.Second,
		},
		{
			"Chat has asked to wait",
			Outlook{HoldUntil: time.Date(2000, 1, 1, 2, 0, 0, 0, time.UTC)},
			nil,
			health.TestWaits, "Google Chat asked to wait until " + words.ClockSeconds(time.Date(2000, 1, 1, 2, 0, 0, 0, time.UTC)), health.StepWaiting, PostingGrace,
		},
		{"others are before it", Outlook{Before: 3}, nil, health.TestQueued, "3 messages are before it.", health.StepWaiting, PostingGrace},
		{"another form is tried after a refusal", Outlook{}, func(w *TestWatch) {
			attempt(w, relay.ContentRefused)
			time.Sleep(10 * time.Second)
			attempt(w, relay.Posted)
		}, "", "", health.StepDone, 10 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &TestWatch{}
				run := arrived(w)
				defer run.Close()
				if tt.happens != nil {
					go tt.happens(w)
				}
				var last health.Step
				began := time.Now()
				err := FollowPost(context.Background(), run, func() Outlook { return tt.outlook }, health.NewSteps(func(s health.Step) { last = s }))
				p, _ := err.(health.Problem) //nolint:errorlint // It is what it returns.
				if p.Code != tt.code || p.Cause.String() != tt.says {
					t.Errorf("got %q, cause %q, want %q with %q", p.Code, p.Cause, tt.code, tt.says)
				}
				if last.State != tt.state {
					t.Errorf("the step has ended as %q, want %q", last.State, tt.state)
				}
				if took := time.Since(began); took != tt.within {
					t.Errorf("it took %v, want %v", took, tt.within)
				}
			})
		})
	}
}
