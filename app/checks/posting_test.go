package checks

import (
	"strings"
	"testing"
	"time"

	"vastrelay/app/health"
	"vastrelay/relay"
)

func TestChatHop(t *testing.T) {
	now := time.Date(2026, 3, 2, 15, 4, 5, 0, time.Local)
	parked := relay.Destination{ParkedSince: now, ParkReason: "token_missing", ParkDetail: "The token is missing."}
	tests := []struct {
		name   string
		d      relay.Destination
		health Posting
		state  health.HopState
		says   string
	}{
		{"nothing posted yet is untested", relay.Destination{}, Posting{}, health.HopUntested, "Nothing has been posted"},
		{"a posted message proves it", relay.Destination{}, Posting{Proven: true}, health.HopOK, "takes the messages"},
		{"one lost answer is no failure", relay.Destination{}, Posting{Proven: true, Failures: 1}, health.HopUntested, "tried again"},
		{"three in a row are", relay.Destination{}, Posting{Proven: true, Failures: 3, Last: relay.Result{Reason: "unreachable"}}, health.HopFailing, ""},
		{"one refused in every form is no failure of the space", relay.Destination{}, Posting{Proven: true, Failures: 1, Last: relay.Result{Outcome: relay.ContentRefused}}, health.HopUntested, "posted again from the list"},
		{"three refused in every form are", relay.Destination{}, Posting{Proven: true, Failures: 3, Last: relay.Result{Outcome: relay.ContentRefused, Reason: "content_refused"}}, health.HopFailing, "refuses every message"},
		{"a parked space fails", parked, Posting{Proven: true}, health.HopFailing, ""},
		{"events that wait for too long behind a hold are a failure", relay.Destination{HoldUntil: now.Add(time.Hour)}, Posting{Proven: true, WaitingSince: now.Add(-6 * time.Minute)}, health.HopFailing, "Events have waited to be posted since 14:58"},
		{"events that wait for too long behind a failed attempt are one", relay.Destination{}, Posting{Proven: true, Failures: 1, Last: relay.Result{Outcome: relay.Unreachable, Reason: "connect_failed", Detail: "No."}, WaitingSince: now.Add(-6 * time.Minute)}, health.HopFailing, "Events have waited to be posted since 14:58"},
		{"events that wait for too long and nobody knows why are one", relay.Destination{}, Posting{Proven: true, WaitingSince: now.Add(-24 * time.Hour)}, health.HopFailing, "Events have waited to be posted since 1 Mar 15:04"},
		{"a parked space says so, however long events wait", parked, Posting{WaitingSince: now.Add(-time.Hour)}, health.HopFailing, "refused the webhook URL"},
		{"a hold is not a failure", relay.Destination{HoldUntil: now.Add(time.Minute)}, Posting{Proven: true}, health.HopOK, "15:05:05"},
		{"a hold that is over says nothing", relay.Destination{HoldUntil: now.Add(-time.Minute)}, Posting{Proven: true}, health.HopOK, "takes the messages"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := ChatHop(tt.d, tt.health, now)
			if h.State != tt.state || !strings.Contains(h.Detail.String(), tt.says) {
				t.Errorf("got %s %q, want %s with %q", h.State, h.Detail, tt.state, tt.says)
			}
			if h.Detail.IsZero() {
				t.Error("got no words")
			}
			if h.State == health.HopFailing && (h.Next.IsZero() || h.Action == health.ActionNone) {
				t.Errorf("got next %q, action %q: a failure needs a way on", h.Next, h.Action)
			}
		})
	}
	if h := ChatHop(parked, Posting{}, now); !strings.Contains(h.Next.String(), "Everything is kept.") {
		t.Errorf("got %q, want it to say that nothing is lost", h.Next)
	}
}

func TestWhatAnAttemptSaysOfTheURL(t *testing.T) {
	attempt := func(o relay.Outcome, state relay.PostState) relay.Progress {
		return relay.Progress{Post: relay.Post{State: state}, Result: relay.Result{Outcome: o}}
	}
	for name, tc := range map[string]struct {
		attempt  relay.Progress
		failures int // after one before
		proven   bool
	}{
		"a post that went out proves it":             {attempt(relay.Posted, relay.Done), 0, true},
		"one that stood there already does":          {attempt(relay.AlreadyPosted, relay.Done), 0, true},
		"a lost answer counts":                       {attempt(relay.Unreachable, relay.Waiting), 2, false},
		"a limit says nothing":                       {attempt(relay.RateLimited, relay.Waiting), 1, false},
		"a form that is refused says nothing":        {attempt(relay.ContentRefused, relay.Waiting), 1, false},
		"ids that are refused say nothing":           {attempt(relay.IDsRefused, relay.Waiting), 1, false},
		"the last form that is refused counts":       {attempt(relay.ContentRefused, relay.Dead), 2, false},
		"an attempt without an outcome says nothing": {attempt("", relay.Waiting), 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := Posting{Proven: true, Failures: 1, Last: relay.Result{Outcome: relay.ServerTrouble}}
			proven := p.Attempted(tc.attempt)
			if proven != tc.proven || p.Failures != tc.failures {
				t.Errorf("got proven %v and %d failures, want %v and %d", proven, p.Failures, tc.proven, tc.failures)
			}
			if p.Failures == 2 && p.Last.Outcome != tc.attempt.Result.Outcome {
				t.Errorf("the last failure is %q, want %q", p.Last.Outcome, tc.attempt.Result.Outcome)
			}
		})
	}
}

func TestATestMessageThatFailedLapses(t *testing.T) {
	now := time.Date(2026, 3, 2, 15, 4, 5, 0, time.UTC)
	for name, tc := range map[string]struct {
		outcome  relay.Outcome
		after    time.Duration
		failures int
	}{
		"not at once":                     {relay.Unreachable, time.Minute, Patience},
		"once it may have passed":         {relay.Unreachable, testLasts, 0},
		"never where the URL was refused": {relay.DestinationGone, time.Hour, Patience},
		"a limit was no failure":          {relay.RateLimited, time.Minute, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var p Posting
			if p.Tested(relay.Result{Outcome: tc.outcome}, now) {
				t.Error("it proves the URL")
			}
			p.Lapse(now.Add(tc.after))
			if p.Failures != tc.failures {
				t.Errorf("got %d failures, want %d", p.Failures, tc.failures)
			}
		})
	}
	p := Posting{Failures: 2, Last: relay.Result{Outcome: relay.Unreachable}}
	p.Lapse(now)
	if p.Failures != 2 {
		t.Errorf("got %d failures, want those of posts kept: they are tried again", p.Failures)
	}
}
