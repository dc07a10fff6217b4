package outbox

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
)

func TestLatencyCountsIntoBucketsThatAddUp(t *testing.T) {
	h := newLatency()
	for _, d := range []time.Duration{0, time.Millisecond, 1500 * time.Microsecond, 11 * time.Second} {
		observe(&h, d)
	}
	if h.Count != 4 || h.Sum != 11*time.Second+2500*time.Microsecond {
		t.Errorf("got %+v", h)
	}
	want := map[time.Duration]uint64{time.Millisecond / 2: 1, time.Millisecond: 2, 2 * time.Millisecond: 3, 10 * time.Second: 3}
	for _, b := range h.Buckets {
		if n, ok := want[b.UpTo]; ok && b.Count != n {
			t.Errorf("up to %v: got %d, want %d", b.UpTo, b.Count, n)
		}
		delete(want, b.UpTo)
	}
	if len(want) > 0 {
		t.Errorf("no bucket for %v", want)
	}
	if !slices.IsSorted(latencyBounds()) {
		t.Error("the bounds do not rise")
	}
}

func TestCommitsAreTimedUntilTheStoreAnswers(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.store.mu.Lock()
		r.store.hook = func(method string) {
			if method == "Accept" || method == "Keep" {
				time.Sleep(7 * time.Millisecond)
			}
		}
		r.store.mu.Unlock()
		r.accept("a")
		_, _ = r.Accept(r.t.Context(), relay.Event{ID: "a"}) // A duplicate puts nothing on disk.
		_, _ = r.Keep(r.t.Context(), relay.Event{ID: "b"}, relay.Late)
		before := r.Counters()
		if c := before.Commits; c.Count != 2 || c.Sum != 14*time.Millisecond {
			t.Errorf("got %d commits of %v in all, want 2 of 7 ms", c.Count, c.Sum)
		}
		r.accept("c")
		if n := before.Commits.Buckets[len(before.Commits.Buckets)-1].Count; n != 2 {
			t.Errorf("a snapshot changed afterwards: %d", n)
		}
	})
}

func TestEventsOfTheProgramsOwnArePostedAndNotCounted(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		if fresh, err := r.Accept(r.t.Context(), relay.Event{ID: "gap-1", Type: relay.GapType}); err != nil || !fresh {
			t.Fatalf("got %v, %v; want it taken", fresh, err)
		}
		if fresh, err := r.Accept(r.t.Context(), relay.Event{ID: "gap-1", Type: relay.GapType}); err != nil || fresh {
			t.Errorf("again: got %v, %v; want it known", fresh, err)
		}
		if c := r.Counters(); c.Accepted != 0 || c.Duplicates != 0 || !c.LastAccepted.IsZero() {
			t.Errorf("got %+v, want nothing counted as arrived", c)
		}
		if b, err := r.Backlog(r.t.Context()); err != nil || b.Count != 1 {
			t.Errorf("got %+v, %v; want one post waiting", b, err)
		}
	})
}

func TestADeliveryThatIsFoundKnownCountsAsADuplicate(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.accept("a")
		for id, want := range map[string]bool{"a": true, "b": false} {
			if known, err := r.Known(r.t.Context(), relay.Event{ID: id}); err != nil || known != want {
				t.Errorf("%s: got %v, %v, want %v", id, known, err, want)
			}
		}
		if c := r.Counters(); c.Duplicates != 1 || c.Accepted != 1 || c.Commits.Count != 1 {
			t.Errorf("got %d duplicates, %d accepted, %d commits, want one of each", c.Duplicates, c.Accepted, c.Commits.Count)
		}
	})
}

func TestCountersCountDigestsAndParks(t *testing.T) {
	inBubble(t, func(_ context.Context, n int, _ relay.Message) relay.Result {
		if n == 2 {
			return relay.Result{Outcome: relay.Unreachable} // The digest, at first.
		}
		return relay.Result{Outcome: relay.Posted}
	}, func(r *rig) {
		r.accept("first")
		r.accept(numbered(7)...)
		r.pass(time.Minute)
		r.chat.answer(answering(relay.DestinationGone))
		r.accept("gone")
		r.pass(3 * time.Hour)
		c := r.Counters()
		if c.Digests != 1 || c.Folded != 7 || c.Parks != 1 || c.Posts[relay.Posted] != 2 {
			t.Errorf("got %+v", c)
		}
		raw, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{`"digests":1`, `"folded":7`, `"parks":1`, `"resent":0`, `"promoted":0`, `"commits":{"count":9,`, `"buckets":[{"up_to_ns":500000,`} {
			if !strings.Contains(string(raw), key) {
				t.Errorf("%s lacks %s", raw, key)
			}
		}
	})
}

func TestLanesTellWhatWaitsWhere(t *testing.T) {
	besideAGoneSpace(t, func(r *rig) {
		r.accept("a", "b")
		r.pass(time.Minute)
		lanes, err := r.Lanes(r.t.Context())
		if err != nil || len(lanes) != 2 {
			t.Fatalf("got %+v %v", lanes, err)
		}
		if l := lanes[0]; l.Destination.Space != space || l.Backlog.Count != 0 {
			t.Errorf("the free lane: got %+v", l)
		}
		if l := lanes[1]; !l.Destination.Parked() || l.Backlog.Count != 2 || time.Since(l.Backlog.Oldest) != time.Minute {
			t.Errorf("the parked lane: got %+v", l)
		}
	})
}

// TestTheHoldGoesOnDoublingAcrossRestarts lets the program end after each 429.
func TestTheHoldGoesOnDoublingAcrossRestarts(t *testing.T) {
	inBubble(t, answering(relay.RateLimited), func(r *rig) {
		r.accept("a")
		for i, low := range []time.Duration{2, 4, 8, 16, 32, 64, 128, 144, 144} {
			r.restart()
			if n := len(r.chat.log()); n != i+1 {
				t.Fatalf("%d attempts, want %d: the restart broke the hold", n, i+1)
			}
			rest := time.Until(r.dest().HoldUntil)
			if low *= time.Second; !between(rest, low, min(low+low/4, holdMax)) {
				t.Errorf("hold %d: got %v, want %v and a little", i+1, rest, low)
			}
			r.pass(rest)
		}
		r.chat.answer(nil)
		r.pass(holdMax)
		r.wantStates(relay.Done)
	})
}
