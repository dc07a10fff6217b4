package outbox

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"vastrelay/relay"
)

// crash ends the run as a kill does: nothing more of it reaches the store, and
// another run starts at once on what that holds.
func (r *rig) crash() {
	r.t.Helper()
	dead := r.store
	r.store = dead.killed()
	r.cancel()
	r.start()
}

// killed returns a store that holds what s does, and makes s fail from then on.
func (s *memStore) killed() *memStore {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := newMemStore()
	next.events, next.late, next.folded = maps.Clone(s.events), maps.Clone(s.late), maps.Clone(s.folded)
	next.destinations, next.pause = maps.Clone(s.destinations), s.pause
	for _, p := range s.posts {
		again := *p
		next.posts = append(next.posts, &again)
	}
	for _, a := range s.attempts {
		again := *a
		next.attempts = append(next.attempts, &again)
	}
	s.hook = func(method string) { s.fail[method] = errors.New("the program was killed") }
	return next
}

// shiftAttempts moves the times of all attempts later by d.
func (s *memStore) shiftAttempts(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.attempts {
		a.StartedAt, a.EndedAt = a.StartedAt.Round(0).Add(d), a.EndedAt.Round(0).Add(d)
	}
}

func TestThePaceHoldsAcrossRestarts(t *testing.T) {
	readd := func(r *rig) {
		r.RemoveDestination(space)
		if _, err := r.AddDestination(r.t.Context(), space, ""); err != nil {
			r.t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		again func(r *rig)
		took  time.Duration // by an answer
	}{
		"after a quit":                           {(*rig).restart, 0},
		"after a quit with slow answers":         {(*rig).restart, 400 * time.Millisecond},
		"after a kill":                           {(*rig).crash, 0},
		"after a kill with slow answers":         {(*rig).crash, 400 * time.Millisecond},
		"where the destination is added again":   {readd, 0},
		"the same with slow answers to the last": {readd, 400 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			reply := func(context.Context, int, relay.Message) relay.Result {
				time.Sleep(tt.took)
				return relay.Result{Outcome: relay.Posted}
			}
			inBubble(t, reply, func(r *rig) {
				r.options.Folds = func() bool { return false }
				r.restart()
				r.accept(numbered(8)...)
				for range 40 {
					r.pass(130 * time.Millisecond)
					tt.again(r)
				}
				r.pass(time.Minute)
				if got := len(slices.Compact(slices.Sorted(slices.Values(r.chat.events())))); got != 8 {
					t.Errorf("%d events were sent, want 8", got)
				}
				if gap := slices.Min(r.chat.gaps()); gap < time.Second {
					t.Errorf("two messages left only %v apart: %v", gap, r.chat.gaps())
				}
			})
		})
	}
}

func TestAFreeLanePostsAtOnceAfterARestart(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.accept("a")
		r.pass(time.Minute)
		r.restart()
		r.accept("b")
		if log := r.chat.log(); len(log) != 2 || log[1].at != time.Minute {
			t.Errorf("sent %+v, want the second at once", log)
		}
	})
}

func TestPaceStaysShortWhenClockIsSetBack(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.accept("a")
		r.pass(time.Minute)
		r.stop()
		r.store.shiftAttempts(8 * time.Hour) // which is how the clock looks when it is set back
		r.start()
		r.accept("b")
		r.pass(2 * pace)
		r.wantStates(relay.Done, relay.Done)
		if gaps := r.chat.gaps(); gaps[0] > time.Minute+pace {
			t.Errorf("the lane was silent for %v", gaps[0])
		}
	})
}

func TestUnsavedHoldSurvivesCrash(t *testing.T) {
	for name, retryAfter := range map[string]time.Duration{"by the Retry-After": 30 * time.Second, "by the first step": 0} {
		t.Run(name, func(t *testing.T) {
			reply := func(_ context.Context, n int, _ relay.Message) relay.Result {
				if n == 1 {
					return relay.Result{Outcome: relay.RateLimited, RetryAfter: retryAfter}
				}
				return relay.Result{Outcome: relay.Posted}
			}
			inBubble(t, reply, func(r *rig) {
				// The crash comes between the attempt and the destination.
				r.store.set("SaveDestination", errors.New("the program is being killed"))
				r.accept("a")
				r.pass(100 * time.Millisecond)
				r.crash()
				want := max(holdFirst, retryAfter)
				r.pass(want - 200*time.Millisecond)
				if n := len(r.chat.log()); n != 1 {
					t.Fatalf("got %d sends during the hold, want 1", n)
				}
				r.pass(want)
				r.wantStates(relay.Done)
				if gaps := r.chat.gaps(); gaps[0] < want {
					t.Errorf("got a hold of %v, want %v", gaps[0], want)
				}
			})
		})
	}
}

func TestLaneWaitsUntilItKnowsTheLastAttempt(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.accept("a")
		r.stop()
		r.store.set("LastAttempt", errors.New("a disk that does not read"))
		r.start()
		r.accept("b")
		r.pass(10 * time.Second)
		if n := len(r.chat.log()); n != 1 {
			t.Errorf("got %d sends, want 1: the pace is not known", n)
		}
		r.store.set("LastAttempt", nil)
		r.pass(storeMax)
		r.wantStates(relay.Done, relay.Done)
	})
}
