package outbox

import (
	"errors"
	"testing"
	"time"

	"vastrelay/relay"
)

func TestPauseHoldsPostsAcrossARestart(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.accept("before")
		if err := r.Pause(r.t.Context(), time.Time{}); err != nil {
			t.Fatal(err)
		}
		r.accept("a", "b")
		r.pass(time.Hour)
		r.wantEvents("before")
		r.stop()
		r.Outbox = New(Options{Store: r.store, Sender: r.chat})
		if r.Paused().Active() {
			t.Error("paused before anything was read")
		}
		if err := r.Open(r.t.Context()); err != nil || !r.Paused().Active() {
			t.Errorf("after Open: %v, paused %v", err, r.Paused())
		}
		r.start()
		r.accept("c")
		r.pass(time.Hour)
		r.wantEvents("before")
		if p := r.Paused(); !p.Active() || !p.Until.IsZero() || time.Since(p.Since) != 2*time.Hour {
			t.Errorf("pause: got %+v", p)
		}
		if b, err := r.Backlog(r.t.Context()); b.Count != 3 || err != nil {
			t.Errorf("backlog: got %+v %v", b, err)
		}
	})
}

func TestBothChoicesOfResume(t *testing.T) {
	tests := []struct {
		name   string
		keep   bool
		kept   int
		states []relay.PostState
	}{
		{"post what was held", false, 0, []relay.PostState{relay.Done, relay.Done, relay.Done}},
		{"keep it without posting", true, 2, []relay.PostState{relay.Kept, relay.Kept, relay.Done}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, nil, func(r *rig) {
				_ = r.Pause(r.t.Context(), time.Time{})
				r.accept("a", "b")
				r.pass(time.Hour)
				r.restart()
				if kept, err := r.Resume(r.t.Context(), tt.keep); kept != tt.kept || err != nil {
					t.Errorf("Resume: got %d %v, want %d", kept, err, tt.kept)
				}
				r.pass(5 * time.Second)
				r.accept("c")
				r.pass(5 * time.Second)
				r.wantStates(tt.states...)
				if r.Paused().Active() || r.store.paused().Active() {
					t.Error("still paused")
				}
			})
		})
	}
}

func TestResumeWithoutAPauseDoesNothing(t *testing.T) {
	inBubble(t, answering(relay.ServerTrouble), func(r *rig) {
		r.accept("a")
		if kept, err := r.Resume(r.t.Context(), true); kept != 0 || err != nil {
			t.Errorf("got %d %v", kept, err)
		}
		r.wantStates(relay.Waiting)
	})
}

func TestTimedPauseExpiresAndPosts(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		_ = r.Pause(r.t.Context(), time.Now().Add(time.Hour))
		r.accept("a")
		r.pass(time.Hour - time.Second)
		r.wantEvents()
		r.pass(time.Second)
		r.wantEvents("a")
		if r.Paused().Active() || r.store.paused().Active() {
			t.Error("still paused")
		}
	})
}

func TestPauseCanBeMadeLongerAndShorter(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		since := time.Now()
		_ = r.Pause(r.t.Context(), since.Add(time.Hour))
		r.accept("a")
		r.pass(30 * time.Minute)
		_ = r.Pause(r.t.Context(), since.Add(2*time.Hour))
		r.pass(time.Hour)
		r.wantEvents()
		if p := r.Paused(); !p.Since.Equal(since) {
			t.Errorf("the start moved: %+v", p)
		}
		_ = r.Pause(r.t.Context(), time.Time{})
		r.pass(10 * time.Hour)
		r.wantEvents()
		_ = r.Pause(r.t.Context(), time.Now().Add(time.Minute))
		r.pass(time.Minute)
		r.wantEvents("a")
	})
}

func TestTimedPauseThatRanOutWhileTheProgramWasOff(t *testing.T) {
	inBubble(t, answering(relay.ServerTrouble), func(r *rig) {
		r.accept("a")
		first := r.store.post(1).FirstAnswer
		_ = r.Pause(r.t.Context(), time.Now().Add(time.Hour))
		r.accept("b")
		r.stop()
		time.Sleep(10 * time.Hour)
		r.chat.answer(nil)
		r.start()
		r.pass(3 * time.Second)
		r.wantStates(relay.Done, relay.Done)
		if moved := r.store.post(1).FirstAnswer.Sub(first); moved != time.Hour {
			t.Errorf("clocks moved by %v, want the hour that the pause lasted", moved)
		}
	})
}

func TestTimedPauseEndsOnceTheStoreCanBeWritten(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		_ = r.Pause(r.t.Context(), time.Now().Add(time.Hour))
		r.accept("a")
		r.store.set("SavePause", relay.ErrStoreUnavailable)
		r.pass(2 * time.Hour)
		r.wantEvents()
		r.store.set("SavePause", nil)
		r.pass(10 * time.Second)
		r.wantEvents("a")
	})
}

func TestClocksStandStillDuringAPause(t *testing.T) {
	inBubble(t, answering(relay.ServerTrouble), func(r *rig) {
		r.accept("a")
		r.pass(10 * time.Minute)
		before := r.store.post(1)
		rest := time.Until(before.NotBefore)
		_ = r.Pause(r.t.Context(), time.Time{})
		r.accept("fresh")
		r.pass(5 * minAge)
		r.chat.answer(nil)
		if _, err := r.Resume(r.t.Context(), false); err != nil {
			t.Fatal(err)
		}
		r.pass(0)
		r.wantStates(relay.Waiting, relay.Done) // What was never tried is due at once.
		after := r.store.post(1)
		if got, want := after.FirstAnswer.Sub(before.FirstAnswer), 5*minAge; got != want {
			t.Errorf("the post aged by %v less than the pause", want-got)
		}
		if got := time.Until(after.NotBefore); got != rest {
			t.Errorf("rest: got %v, want the %v from before", got, rest)
		}
		r.pass(rest)
		r.wantStates(relay.Done, relay.Done)
	})
}

func TestAHoldStandsStillDuringAPause(t *testing.T) {
	inBubble(t, answering(relay.RateLimited, relay.Posted), func(r *rig) {
		r.accept("a")
		rest := time.Until(r.dest().HoldUntil)
		_ = r.Pause(r.t.Context(), time.Time{})
		r.pass(time.Hour)
		_, _ = r.Resume(r.t.Context(), false)
		if got := time.Until(r.dest().HoldUntil); got != rest || time.Until(r.store.saved().HoldUntil) != rest {
			t.Errorf("hold: got %v, want %v", got, rest)
		}
		r.pass(rest)
		r.wantStates(relay.Done)
	})
}

func TestPauseAndResumeTellOfAStoreThatCannotWrite(t *testing.T) {
	inBubble(t, answering(relay.ServerTrouble), func(r *rig) {
		r.store.set("SavePause", relay.ErrStoreUnavailable)
		if err := r.Pause(r.t.Context(), time.Time{}); !errors.Is(err, relay.ErrStoreUnavailable) || r.Paused().Active() {
			t.Errorf("Pause: got %v, paused %v", err, r.Paused())
		}
		r.store.set("SavePause", nil)
		r.accept("a")
		first := r.store.post(1).FirstAnswer
		_ = r.Pause(r.t.Context(), time.Time{})
		r.pass(time.Hour)
		for _, method := range []string{"KeepWaiting", "ShiftRetryClocks", "SavePause"} {
			r.store.set(method, relay.ErrStoreUnavailable)
			if _, err := r.Resume(r.t.Context(), method == "KeepWaiting"); !errors.Is(err, relay.ErrStoreUnavailable) || !r.Paused().Active() {
				t.Errorf("Resume while %s fails: got %v, paused %v", method, err, r.Paused())
			}
			r.store.set(method, nil)
		}
		if _, err := r.Resume(r.t.Context(), false); err != nil {
			t.Fatal(err)
		}
		if got := r.store.post(1).FirstAnswer.Sub(first); got != time.Hour {
			t.Errorf("clocks moved by %v, want the hour of the pause, once", got)
		}
	})
}

func TestAPauseFallsBeforeOrAfterTheOpeningOfAnAttempt(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.store.mu.Lock()
		r.store.hook = func(method string) {
			if method != "Next" && method != "BeginAttempt" {
				return
			}
			if r.pauser.gate.TryLock() {
				r.pauser.gate.Unlock()
				t.Errorf("a pause could come between the look at it and %s", method)
			}
		}
		r.store.mu.Unlock()
		r.accept("a")
		r.wantStates(relay.Done)
	})
}
