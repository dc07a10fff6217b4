package outbox

import (
	"maps"
	"slices"
	"sync"
	"time"

	"vastrelay/relay"
)

// eventCounts counts what an Outbox does in one run. It is safe for concurrent
// use.
type eventCounts struct {
	mu sync.Mutex // guards c
	c  relay.Counters
}

func newEventCounts() *eventCounts {
	return &eventCounts{c: relay.Counters{Posts: map[relay.Outcome]uint64{}, Commits: newLatency()}}
}

// snapshot returns the counts as they stand. The caller owns it.
func (e *eventCounts) snapshot() relay.Counters {
	e.mu.Lock()
	defer e.mu.Unlock()
	c := e.c
	c.Posts = maps.Clone(c.Posts)
	c.Commits.Buckets = slices.Clone(c.Commits.Buckets)
	return c
}

// kept counts a delivery that the store took as v, in the given time.
func (e *eventCounts) kept(v relay.Verdict, fresh bool, took time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if fresh {
		observe(&e.c.Commits, took)
	}
	switch {
	case !fresh:
		e.c.Duplicates++
	case v == relay.Accepted:
		e.c.Accepted++
		e.c.LastAccepted = time.Now()
	case v == relay.Recorded:
		e.c.Recorded++
	case v == relay.Late:
		e.c.Late++
	case v == relay.Unreadable:
		e.c.Unreadable++
	}
}

func (e *eventCounts) attempted(p relay.Post, r relay.Result) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.c.Posts[r.Outcome]++
	if p.Tries > 1 {
		e.c.Retries++
	}
	if p.State == relay.Dead {
		e.c.Dead++
	}
	if r.Outcome.Delivered() {
		e.c.LastPosted = time.Now()
	}
	if r.Outcome.Delivered() && p.Kind == relay.Digest {
		e.c.Digests++
		e.c.Folded += uint64(len(p.Events))
	}
}

func (e *eventCounts) parked() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.c.Parks++
}

func (e *eventCounts) resent(posts int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.c.Resent += uint64(posts) //nolint:gosec // Never negative.
}

func (e *eventCounts) promoted() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.c.Promoted++
}

// latencyBounds are the bounds of buckets: fine where a disk is well, and up
// to the deadline of a delivery.
func latencyBounds() []time.Duration {
	const ms = time.Millisecond
	return []time.Duration{
		ms / 2, ms, 2 * ms, 5 * ms, 10 * ms, 20 * ms, 50 * ms, 100 * ms, 250 * ms, 500 * ms,
		time.Second, 2500 * ms, 5 * time.Second, 10 * time.Second,
	}
}

// newLatency returns a histogram of nothing.
func newLatency() relay.Latency {
	var h relay.Latency
	for _, bound := range latencyBounds() {
		h.Buckets = append(h.Buckets, relay.Bucket{UpTo: bound})
	}
	return h
}

// observe adds d to h.
func observe(h *relay.Latency, d time.Duration) {
	h.Count++
	h.Sum += d
	for i := len(h.Buckets) - 1; i >= 0 && d <= h.Buckets[i].UpTo; i-- {
		h.Buckets[i].Count++
	}
}
