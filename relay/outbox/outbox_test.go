package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
)

func TestFiftyAcceptsOfOneEventMakeOnePost(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		var mu sync.Mutex
		fresh := 0
		accept50 := func() {
			var group sync.WaitGroup
			for range 50 {
				group.Go(func() {
					isFresh, err := r.Accept(r.t.Context(), relay.Event{ID: "one"})
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						t.Error(err)
					}
					if isFresh {
						fresh++
					}
				})
			}
			group.Wait()
		}
		accept50()
		r.pass(time.Minute)
		r.restart()
		accept50()
		r.pass(time.Minute)
		if fresh != 1 {
			t.Errorf("fresh %d times, want once", fresh)
		}
		r.wantEvents("one")
		if c := r.Counters(); c.Duplicates != 50 || c.Accepted != 0 {
			t.Errorf("counters of the second run: got %+v", c)
		}
	})
}

func TestWhatIsOnlyForTheHistoryIsKeptAndNotPosted(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.stop()
		r.options.Posts = func(ev relay.Event) bool { return ev.Type != "instance_started" }
		r.start()
		for _, ev := range []relay.Event{{ID: "posted", Type: "outbid"}, {ID: "quiet", Type: "instance_started"}} {
			if fresh, err := r.Accept(t.Context(), ev); !fresh || err != nil {
				t.Errorf("accept %s: %v, %v", ev.ID, fresh, err)
			}
		}
		r.pass(time.Minute)
		r.wantEvents("posted")
		d, err := r.store.Detail(t.Context(), "quiet")
		if err != nil || d.Verdict != relay.Accepted || len(d.Posts) != 0 {
			t.Errorf("got %+v, %v, want the event without a post", d, err)
		}
		if posts, err := r.Resend(t.Context(), "quiet"); posts != 1 || err != nil {
			t.Errorf("a person asks for it: %d posts, %v, want 1", posts, err)
		}
		r.pass(time.Minute)
		r.wantEvents("posted", "quiet")
	})
}

func TestKeptDeliveriesAreNeverPosted(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		for _, v := range []relay.Verdict{relay.Recorded, relay.Late, relay.Unreadable} {
			if fresh, err := r.Keep(r.t.Context(), relay.Event{ID: string(v)}, v); !fresh || err != nil {
				t.Errorf("keep %s: %v %v", v, fresh, err)
			}
		}
		r.pass(time.Minute)
		r.wantEvents()
		r.accept("late")
		r.wantEvents("late")
		if c := r.Counters(); c.Recorded != 1 || c.Late != 1 || c.Unreadable != 1 || c.Accepted != 1 || !c.LastAccepted.Equal(time.Now()) || !c.LastPosted.Equal(time.Now()) {
			t.Errorf("counters: got %+v", c)
		}
	})
}

func TestAcceptTellsOfAStoreThatCannotWrite(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.store.set("Accept", relay.ErrStoreUnavailable)
		r.store.set("Keep", relay.ErrStoreUnavailable)
		if fresh, err := r.Accept(r.t.Context(), relay.Event{ID: "a"}); fresh || !errors.Is(err, relay.ErrStoreUnavailable) {
			t.Errorf("accept: got %v %v", fresh, err)
		}
		if fresh, err := r.Keep(r.t.Context(), relay.Event{ID: "a"}, relay.Late); fresh || !errors.Is(err, relay.ErrStoreUnavailable) {
			t.Errorf("keep: got %v %v", fresh, err)
		}
		if c := r.Counters(); c.Accepted+c.Late+c.Duplicates != 0 {
			t.Errorf("counted: %+v", c)
		}
	})
}

func TestStoreTroubleDelaysButNeitherLosesNorDoubles(t *testing.T) {
	broken := fmt.Errorf("disk full: %w", relay.ErrStoreUnavailable)
	for _, method := range []string{"Next", "Backlog", "BeginAttempt", "FinishAttempt", "SaveDestination"} {
		t.Run(method, func(t *testing.T) {
			inBubble(t, nil, func(r *rig) {
				r.store.set(method, broken)
				r.accept("a", "b")
				r.pass(10 * time.Minute)
				if n := r.store.called(); n > 200 {
					t.Errorf("%d calls of a broken store in ten minutes", n)
				}
				r.store.set(method, nil)
				r.pass(time.Minute)
				r.wantStates(relay.Done, relay.Done)
				r.wantEvents("a", "b")
			})
		})
	}
}

func TestUnsavedDestinationIsSavedLater(t *testing.T) {
	inBubble(t, answering(relay.DestinationGone), func(r *rig) {
		r.store.set("SaveDestination", relay.ErrStoreUnavailable)
		r.accept("a")
		if !r.dest().Parked() || r.store.saved().Parked() {
			t.Fatal("want it parked in memory only")
		}
		r.store.set("SaveDestination", nil)
		if err := r.LearnIDs(r.t.Context(), space, r.dest().IDs); err != nil {
			t.Fatal(err)
		}
		if !r.store.saved().Parked() {
			t.Error("the park never reached the disk")
		}
	})
}

func TestRunWaitsUntilTheStoreCanSayWhatIsWaiting(t *testing.T) {
	for _, method := range []string{"Pause", "Destinations", "Interrupted", "UpdatePost"} {
		t.Run(method, func(t *testing.T) {
			inBubble(t, nil, func(r *rig) {
				r.store.set("FinishAttempt", errors.New("the program dies here"))
				r.accept("a")
				r.stop()
				r.store.set("FinishAttempt", nil)
				r.Outbox = New(Options{Store: r.store, Sender: r.chat, Logger: slog.New(slog.DiscardHandler)})
				if _, err := r.AddDestination(r.t.Context(), space, ""); err != nil {
					t.Fatal(err)
				}
				r.store.set(method, relay.ErrStoreUnavailable)
				r.run()
				r.accept("b")
				r.pass(10 * time.Minute)
				if n := len(r.chat.log()); n != 1 {
					t.Fatalf("%d messages left before the store could be read", n)
				}
				r.store.set(method, nil)
				r.pass(time.Minute)
				r.wantEvents("a", "a", "b")
				if all := r.chat.log(); !all[1].MayRepeat {
					t.Error("the mark was lost on the way")
				}
			})
		})
	}
}

func TestAnAttemptThatSomebodyElseClosedDoesNotStopTheLane(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.store.set("FinishAttempt", relay.ErrNotFound)
		r.accept("a")
		r.store.set("FinishAttempt", nil)
		r.store.mu.Lock()
		r.store.attempts[0].EndedAt = time.Now()
		r.store.posts[0].State = relay.Done
		r.store.mu.Unlock()
		r.accept("b")
		r.pass(2 * time.Second)
		r.wantEvents("a", "b")
	})
}

// besideAGoneSpace plays with a second destination, which Google Chat says is gone.
func besideAGoneSpace(t *testing.T, play func(r *rig)) {
	t.Helper()
	inBubble(t, func(_ context.Context, _ int, m relay.Message) relay.Result {
		if m.Space == "gone" {
			return relay.Result{Outcome: relay.DestinationGone}
		}
		return relay.Result{Outcome: relay.Posted}
	}, func(r *rig) {
		if _, err := r.AddDestination(r.t.Context(), "gone", ""); err != nil {
			t.Fatal(err)
		}
		play(r)
	})
}

func TestEachDestinationHasALaneOfItsOwn(t *testing.T) {
	besideAGoneSpace(t, func(r *rig) {
		r.accept("a", "b")
		r.pass(3 * time.Second)
		states := map[string][]relay.PostState{}
		for i := range r.store.states() {
			p := r.store.post(i + 1)
			states[p.Space] = append(states[p.Space], p.State)
		}
		if !slices.Equal(states[space], []relay.PostState{relay.Done, relay.Done}) || !slices.Equal(states["gone"], []relay.PostState{relay.Waiting, relay.Waiting}) {
			t.Errorf("got %v", states)
		}
		b, err := r.Backlog(r.t.Context())
		if err != nil || b.Count != 2 || b.Oldest.IsZero() {
			t.Errorf("backlog: got %+v %v", b, err)
		}
		if all := r.Destinations(); len(all) != 2 || all[0].Space != space || all[1].Space != "gone" || !all[1].Parked() {
			t.Errorf("destinations: got %+v", all)
		}
	})
}

func TestRemovedDestinationKeepsWhatWaits(t *testing.T) {
	inBubble(t, answering(relay.DestinationGone), func(r *rig) {
		r.accept("a")
		r.RemoveDestination(space)
		r.RemoveDestination(space)
		if _, ok := r.Destination(space); ok {
			t.Error("it still takes part")
		}
		r.chat.answer(nil)
		r.accept("b") // Without a destination: on disk, not to be posted.
		r.pass(10 * time.Hour)
		r.wantEvents("a")
		r.wantStates(relay.Waiting)

		if d, err := r.AddDestination(r.t.Context(), space, ""); err != nil || d.Label != "Ops" || !d.Parked() {
			t.Errorf("added again: got %+v %v", d, err)
		}
		r.pass(time.Second)
		r.wantEvents("a", "a")
		r.wantStates(relay.Done)
	})
}

func TestRemovingADestinationWaitsForItsPost(t *testing.T) {
	inBubble(t, func(context.Context, int, relay.Message) relay.Result {
		time.Sleep(time.Second)
		return relay.Result{Outcome: relay.Posted}
	}, func(r *rig) {
		r.accept("a")
		start := time.Now()
		r.RemoveDestination(space)
		if took := time.Since(start); took != time.Second || r.store.post(1).State != relay.Done {
			t.Errorf("took %v, post is %s", took, r.store.post(1).State)
		}
	})
}

func TestAddingADestinationAgainOnlySetsItsLabel(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		d, err := r.AddDestination(r.t.Context(), space, "New label")
		if err != nil || d.Label != "New label" || r.store.saved().Label != "New label" {
			t.Errorf("got %+v %v", d, err)
		}
		r.accept("a")
		r.pass(time.Minute)
		r.wantEvents("a")
	})
}

func TestUnknownDestinationsAreNotFound(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		if err := r.Reopen(r.t.Context(), "other"); !errors.Is(err, relay.ErrNotFound) {
			t.Errorf("Reopen: got %v", err)
		}
		if err := r.LearnIDs(r.t.Context(), "other", relay.IDsHonoured); !errors.Is(err, relay.ErrNotFound) {
			t.Errorf("LearnIDs: got %v", err)
		}
		r.store.set("Destinations", relay.ErrStoreUnavailable)
		if _, err := r.AddDestination(r.t.Context(), "other", ""); !errors.Is(err, relay.ErrStoreUnavailable) {
			t.Errorf("AddDestination: got %v", err)
		}
		r.store.set("Destinations", nil)
		r.store.set("Backlog", relay.ErrStoreUnavailable)
		if _, err := r.Backlog(r.t.Context()); !errors.Is(err, relay.ErrStoreUnavailable) {
			t.Errorf("Backlog: got %v", err)
		}
	})
}

func TestObserverIsToldOfEachAttemptOnceItIsOnDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, store: newMemStore(), chat: newChat(answering(relay.RateLimited, relay.Posted))}
		var seen []relay.Progress
		r.options.Observe = func(p relay.Progress) {
			if stored := r.store.post(1); stored.State != p.Post.State {
				t.Errorf("told of %s while the store says %s", p.Post.State, stored.State)
			}
			seen = append(seen, p)
		}
		r.start()
		defer r.stop()
		r.accept("a")
		r.pass(10 * time.Second)
		if len(seen) != 2 || seen[0].Result.Outcome != relay.RateLimited || seen[0].Destination.HoldUntil.IsZero() ||
			seen[1].Post.State != relay.Done || seen[1].Post.Events[0].ID != "a" || seen[1].At.IsZero() {
			t.Errorf("got %+v", seen)
		}
	})
}
