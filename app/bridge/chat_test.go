package bridge

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
)

func TestMessagesThatAreGivenUpAreNotPassedOverInSilence(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		refused := relay.Progress{Result: relay.Result{Outcome: relay.ContentRefused, Reason: "content_refused"}}
		for range 5 {
			r.ObservePost(refused) // on the way down to a plainer form
		}
		time.Sleep(time.Second)
		synctest.Wait()
		r.wantPhase(t, PhaseRelaying, "")
		refused.Post.State = relay.Dead
		for range patience {
			r.ObservePost(refused)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		r.wantPhase(t, PhaseAttention, "Google Chat refuses every message")
		if got := r.Status().Action; got != ActionReplaceChatURL {
			t.Errorf("got action %q", got)
		}
		r.ObservePost(relay.Progress{Result: relay.Result{Outcome: relay.Posted}})
		time.Sleep(time.Second)
		synctest.Wait()
		r.wantPhase(t, PhaseRelaying, "")
	})
}

func TestChatHop(t *testing.T) {
	now := time.Date(2026, 3, 2, 15, 4, 5, 0, time.Local)
	parked := relay.Destination{ParkedSince: now, ParkReason: "token_missing", ParkDetail: "The token is missing."}
	tests := []struct {
		name   string
		d      relay.Destination
		health postingHealth
		state  HopState
		says   string
	}{
		{"nothing posted yet is untested", relay.Destination{}, postingHealth{}, HopUntested, "Nothing has been posted"},
		{"a posted message proves it", relay.Destination{}, postingHealth{proven: true}, HopOK, "takes the messages"},
		{"one lost answer is no failure", relay.Destination{}, postingHealth{proven: true, failures: 1}, HopUntested, "tried again"},
		{"three in a row are", relay.Destination{}, postingHealth{proven: true, failures: 3, last: relay.Result{Reason: "unreachable"}}, HopFailing, ""},
		{"one refused in every form is no failure of the space", relay.Destination{}, postingHealth{proven: true, failures: 1, last: relay.Result{Outcome: relay.ContentRefused}}, HopUntested, "posted again from the list"},
		{"three refused in every form are", relay.Destination{}, postingHealth{proven: true, failures: 3, last: relay.Result{Outcome: relay.ContentRefused, Reason: "content_refused"}}, HopFailing, "refuses every message"},
		{"a parked space fails", parked, postingHealth{proven: true}, HopFailing, ""},
		{"a hold is not a failure", relay.Destination{HoldUntil: now.Add(time.Minute)}, postingHealth{proven: true}, HopOK, "15:05:05"},
		{"a hold that is over says nothing", relay.Destination{HoldUntil: now.Add(-time.Minute)}, postingHealth{proven: true}, HopOK, "takes the messages"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := chatHop(tt.d, tt.health, now)
			if h.State != tt.state || !strings.Contains(h.Detail, tt.says) {
				t.Errorf("got %s %q, want %s with %q", h.State, h.Detail, tt.state, tt.says)
			}
			if h.Detail == "" {
				t.Error("got no words")
			}
			if h.State == HopFailing && (h.Next == "" || h.Action == ActionNone) {
				t.Errorf("got next %q, action %q: a failure needs a way on", h.Next, h.Action)
			}
		})
	}
	if h := chatHop(parked, postingHealth{}, now); !strings.Contains(h.Next, "Everything is kept.") {
		t.Errorf("got %q, want it to say that nothing is lost", h.Next)
	}
}
