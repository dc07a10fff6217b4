package bridge

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
)

func TestMessagesThatAreGivenUpAreNotPassedOverInSilence(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		refused := relay.Progress{Result: relay.Result{Outcome: relay.ContentRefused, Reason: "content_refused"}}
		for range 5 {
			r.Attempt(refused) // on the way down to a plainer form
		}
		time.Sleep(time.Second)
		synctest.Wait()
		r.wantPhase(t, status.Relaying, "")
		refused.Post.State = relay.Dead
		for range checks.Patience {
			r.Attempt(refused)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		r.wantPhase(t, status.Attention, "Google Chat refuses every message")
		if got := r.Status().Action; got != health.ActionReplaceChatURL {
			t.Errorf("got action %q", got)
		}
		r.Attempt(relay.Progress{Result: relay.Result{Outcome: relay.Posted}})
		time.Sleep(time.Second)
		synctest.Wait()
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestAChatURLThatIsRefusedIsSaidAtTheCredentialAsWell(t *testing.T) {
	for name, plot := range map[string]func(r *rig){
		"the space was given up, in an earlier run": func(r *rig) {
			r.do(func() { r.dest.ParkedSince = time.Now() })
			r.chat.counts.Soon(status.PostFinished)
		},
		"posts are refused": func(r *rig) {
			for range checks.Patience {
				r.Attempt(relay.Progress{Result: relay.Result{Outcome: relay.DestinationGone, Reason: "space_not_found"}})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				synctest.Wait()
				if p := r.Credentials()[1].Problem; p != nil {
					t.Fatalf("got %q before", p.Headline)
				}
				plot(r)
				time.Sleep(time.Second)
				synctest.Wait()
				if got := r.Credentials()[1].Problem; got == nil || got.Action != health.ActionReplaceChatURL {
					t.Errorf("got %+v, want what the hop says: %q", got, r.Status().Headline)
				}
			})
		})
	}
}

func TestEventsThatWaitForTooLongAreTold(t *testing.T) {
	const told = "Events have waited to be posted since"
	wait := func(d time.Duration) {
		time.Sleep(d)
		synctest.Wait()
	}
	wantTold := func(t *testing.T, r *rig) {
		t.Helper()
		if s := r.Status(); s.Phase != status.Attention || !strings.HasPrefix(s.Headline.String(), told) {
			t.Errorf("got %s: %q, want to be told that events wait", s.Phase, s.Headline)
		}
	}
	accept := func(r *rig) {
		r.do(func() { r.waiting, r.oldest = 1, time.Now() })
		r.chat.counts.Soon(status.EventStored)
	}
	tests := []struct {
		name string
		plot func(t *testing.T, r *rig)
	}{
		{"after five minutes, and until they have left", func(t *testing.T, r *rig) {
			accept(r)
			wait(4*time.Minute + 50*time.Second)
			r.wantPhase(t, status.Relaying, "")
			wait(20 * time.Second)
			wantTold(t, r)
			if s := r.Status(); s.Action != health.ActionRetry || !strings.Contains(s.Cause.String(), "Everything is kept.") {
				t.Errorf("got %q with button %q, want what helps", s.Cause, s.Action)
			}
			r.do(func() { r.waiting, r.oldest = 0, time.Time{} })
			r.Attempt(relay.Progress{Result: relay.Result{Outcome: relay.Posted}})
			wait(time.Second)
			r.wantPhase(t, status.Relaying, "")
		}},
		{"behind a hold, with its end", func(t *testing.T, r *rig) {
			accept(r)
			until := time.Now().Add(time.Hour)
			r.do(func() { r.dest.HoldUntil = until })
			wait(6 * time.Minute)
			wantTold(t, r)
			if s := r.Status(); !strings.Contains(s.Cause.String(), "asked to wait until "+until.Local().Format("15:04:05")) {
				t.Errorf("got %q, want the end of the hold", s.Cause)
			}
			n := r.callCount()
			if err := r.Perform(t.Context(), health.ActionRetry); err != nil {
				t.Error(err)
			}
			if !slices.Contains(r.callsAfter(n), "retry now") {
				t.Errorf("got calls %v, want the hold ended by the person's word", r.callsAfter(n))
			}
		}},
		{"not while posting is paused, and then from its end on", func(t *testing.T, r *rig) {
			accept(r)
			if err := r.Bridge.Pause(t.Context(), time.Time{}); err != nil {
				t.Fatal(err)
			}
			wait(time.Hour)
			r.wantPhase(t, status.Paused, "")
			if err := r.Bridge.Resume(t.Context(), false); err != nil {
				t.Fatal(err)
			}
			wait(4*time.Minute + 50*time.Second)
			r.wantPhase(t, status.Relaying, "")
			wait(20 * time.Second)
			wantTold(t, r)
		}},
		{"from the end of a pause that ran out", func(t *testing.T, r *rig) {
			accept(r)
			if err := r.Bridge.Pause(t.Context(), time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			wait(time.Hour + 4*time.Minute)
			r.wantPhase(t, status.Relaying, "")
			wait(2 * time.Minute)
			wantTold(t, r)
		}},
		{"after a sleep, once posting has had its chance", func(t *testing.T, r *rig) {
			r.do(func() { r.waiting, r.oldest = 1, time.Now().Add(-8*time.Hour) })
			r.Woke()
			r.chat.counts.Soon(status.EventStored)
			wait(9 * time.Second)
			if got := r.Status().Headline; strings.Contains(got.String(), told) {
				t.Errorf("got %q just after the sleep", got)
			}
			r.link(online())
			wait(10 * time.Second)
			if got := r.Status().Headline; !strings.Contains(got.String(), told) {
				t.Errorf("got %q, want what has waited since before the sleep", got)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				wait(20 * time.Second)
				r.wantPhase(t, status.Relaying, "")
				tt.plot(t, r)
			})
		})
	}
}

// TestWhatIsPostedAgainIsCountedAtOnce has no attempt end: posting can be paused.
func TestWhatIsPostedAgainIsCountedAtOnce(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		time.Sleep(20 * time.Second)
		synctest.Wait()
		r.do(func() { r.waiting, r.oldest = 1, time.Now() })
		r.Resent()
		time.Sleep(time.Second)
		synctest.Wait()
		if got := r.Status().Waiting; got != 1 {
			t.Errorf("got %d waiting, want 1", got)
		}
	})
}

// TestTheStatusFollowsABacklogUntilItIsPosted posts for ten minutes, so that its oldest
// posts wait for longer than others may.
func TestTheStatusFollowsABacklogUntilItIsPosted(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		time.Sleep(20 * time.Second)
		synctest.Wait()
		r.do(func() { r.oldest = time.Now() })
		for n := 600; n >= 0; n-- {
			r.do(func() { r.waiting = n })
			r.Attempt(relay.Progress{Post: relay.Post{State: relay.Done}, Result: relay.Result{Outcome: relay.Posted}})
			time.Sleep(time.Second)
			synctest.Wait()
			switch s := r.Status(); {
			case s.Phase != status.Relaying:
				t.Fatalf("with %d waiting it is %s: %s", n, s.Phase, s.Headline)
			case n == 120 && s.Cause.String() != "No event yet · posting 480 of 600, about 2 minutes":
				t.Errorf("got %q", s.Cause)
			case n == 0 && !s.Backlog.IsZero():
				t.Errorf("it is over: got %+v", s.Backlog)
			}
		}
		r.do(func() { r.waiting = 50 })
		r.chat.counts.Soon(status.EventStored)
		time.Sleep(6 * time.Minute)
		synctest.Wait()
		r.wantPhase(t, status.Attention, "")
	})
}
