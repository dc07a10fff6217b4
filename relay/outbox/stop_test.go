package outbox

import (
	"context"
	"errors"
	"testing"
	"time"

	"vastrelay/relay"
)

func TestStopWaitsForAPostAtMostTwoSeconds(t *testing.T) {
	type attempt struct {
		state   relay.PostState
		outcome relay.Outcome
	}
	tests := []struct {
		name  string
		reply func(ctx context.Context) relay.Result
		took  time.Duration
		want  attempt
	}{
		{"a Chat that answers in time", func(context.Context) relay.Result {
			time.Sleep(1900 * time.Millisecond)
			return relay.Result{Outcome: relay.Posted}
		}, 1900 * time.Millisecond, attempt{relay.Done, relay.Posted}},
		{"a Chat that hangs", func(ctx context.Context) relay.Result {
			<-ctx.Done()
			return relay.Result{Outcome: relay.Ambiguous}
		}, 2 * time.Second, attempt{relay.Waiting, relay.Ambiguous}},
		{"a connection that was still being made", func(ctx context.Context) relay.Result {
			<-ctx.Done()
			return relay.Result{Outcome: relay.Unreachable}
		}, 2 * time.Second, attempt{relay.Waiting, relay.Unreachable}},
		{"a sender that heeds nothing", func(context.Context) relay.Result {
			time.Sleep(time.Hour)
			return relay.Result{Outcome: relay.Posted}
		}, 2250 * time.Millisecond, attempt{relay.Waiting, relay.Ambiguous}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(ctx context.Context, _ int, _ relay.Message) relay.Result { return tt.reply(ctx) }, func(r *rig) {
				r.accept("a", "b")
				r.stop()
				if r.took != tt.took {
					t.Errorf("the stop took %v, want %v", r.took, tt.took)
				}
				a, p := r.store.attempt(1), r.store.post(1)
				if got := (attempt{p.State, a.Result.Outcome}); got != tt.want {
					t.Errorf("got %+v, want %+v", got, tt.want)
				}
				if a.EndedAt.IsZero() || p.MessageID == "" {
					t.Errorf("attempt %+v of post %+v is not closed under its ids", a, p)
				}
				if len(r.chat.log()) != 1 || r.store.post(2).Tries != 0 {
					t.Error("a further post left after the stop")
				}
				r.pass(2 * time.Hour)
			})
		})
	}
}

func TestStopDoesNotWaitForAStoreThatHangs(t *testing.T) {
	for _, method := range []string{"Next", "Backlog", "BeginAttempt", "FinishAttempt"} {
		t.Run(method, func(t *testing.T) {
			inBubble(t, nil, func(r *rig) {
				r.store.mu.Lock()
				r.store.hang[method] = true
				r.store.mu.Unlock()
				r.accept("a")
				r.stop()
				if r.took > recordGrace {
					t.Errorf("the stop took %v", r.took)
				}
			})
		})
	}
}

func TestNothingLeavesWhenTheStopCameFirst(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.stop()
		l := r.lanes.get(space)
		ctx, cancel := context.WithCancel(r.t.Context())
		_, _ = r.Accept(ctx, relay.Event{ID: "a"})
		p, attempt, err := l.begin(ctx, time.Now(), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		l.settle(ctx, p, attempt)
		r.wantEvents()
		if got := r.store.attempt(1).Result; got.Outcome != relay.Unreachable || r.store.post(1).State != relay.Waiting {
			t.Errorf("got %+v, want an attempt that never left", got)
		}
	})
}

func TestAPostCutOffByACrashIsTriedAgainUnderItsIDs(t *testing.T) {
	for _, ids := range []relay.IDSupport{relay.IDsUnknown, relay.IDsHonoured, relay.IDsIgnored} {
		t.Run(string(ids), func(t *testing.T) {
			inBubble(t, nil, func(r *rig) {
				if err := r.LearnIDs(r.t.Context(), space, ids); err != nil {
					t.Fatal(err)
				}
				r.store.set("FinishAttempt", errors.New("the program dies here"))
				r.accept("a")
				r.stop()
				if got := r.store.post(1).State; got != relay.Sending {
					t.Fatalf("the post is %s, want it cut off", got)
				}
				r.store.set("FinishAttempt", nil)
				r.start()
				r.pass(2 * pace) // which holds across restarts
				all := r.chat.log()
				if len(all) != 2 || all[0].MessageID != all[1].MessageID {
					t.Fatalf("got %+v, want a second try under the same id", all)
				}
				if got, want := all[1].MayRepeat, ids != relay.IDsHonoured; got != want {
					t.Errorf("may repeat: got %v, want %v", got, want)
				}
				r.wantStates(relay.Done)
				if got := r.store.attempt(1).Result.Outcome; got != relay.Ambiguous {
					t.Errorf("the first attempt is %s", got)
				}
			})
		})
	}
}

func TestRunEndsWhileTheStoreCannotBeRead(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.stop()
		r.store.set("Pause", relay.ErrStoreUnavailable)
		r.run()
		r.stop()
		if r.took != 0 {
			t.Errorf("the stop took %v", r.took)
		}
	})
}

func TestRunRefusesToRunTwiceAndRunsAgain(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		if err := r.Run(r.t.Context()); err == nil {
			t.Error("a second Run beside the first: no error")
		}
		r.stop()
		r.accept("a")
		r.pass(time.Minute)
		r.wantEvents()
		r.run()
		r.wantEvents("a")
	})
}

func TestASecondRunSettlesWhatTheFirstCouldNotWrite(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.store.set("FinishAttempt", relay.ErrStoreUnavailable)
		r.accept("a")
		r.stop()
		r.store.set("FinishAttempt", nil)
		r.run()
		r.pass(time.Minute)
		r.wantEvents("a")
		r.wantStates(relay.Done)
	})
}
