package relay

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Tallies counts what one run does. A Receiver and an Outbox share one, so
// that a single snapshot describes both. It is safe for concurrent use.
type Tallies struct {
	mu sync.Mutex // guards c
	c  Counters
}

// NewTallies returns Tallies that are all zero.
func NewTallies() *Tallies {
	return &Tallies{c: Counters{Refused: map[string]uint64{}, Posts: map[Outcome]uint64{}, Commits: newLatency()}}
}

// Snapshot returns the counts as they stand. The caller owns it.
func (t *Tallies) Snapshot() Counters {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.c
	c.Refused, c.Posts = maps.Clone(c.Refused), maps.Clone(c.Posts)
	c.Commits.Buckets = slices.Clone(c.Commits.Buckets)
	return c
}

func (t *Tallies) refused(code string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.c.Refused[code]++
}

// kept counts a delivery that the store took as v, in the given time.
func (t *Tallies) kept(v Verdict, fresh bool, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if fresh {
		t.c.Commits.observe(took)
	}
	switch {
	case !fresh:
		t.c.Duplicates++
	case v == Accepted:
		t.c.Accepted++
		t.c.LastAccepted = time.Now()
	case v == Recorded:
		t.c.Recorded++
	case v == Late:
		t.c.Late++
	case v == Unreadable:
		t.c.Unreadable++
	}
}

func (t *Tallies) attempted(p Post, r Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.c.Posts[r.Outcome]++
	if p.Tries > 1 {
		t.c.Retries++
	}
	if p.State == Dead {
		t.c.Dead++
	}
	if r.Outcome.Delivered() {
		t.c.LastPosted = time.Now()
	}
	if r.Outcome.Delivered() && p.Kind == Digest {
		t.c.Digests++
		t.c.Folded += uint64(len(p.Events))
	}
}

func (t *Tallies) parked() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.c.Parks++
}

func (t *Tallies) resent(posts int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.c.Resent += uint64(posts) //nolint:gosec // Never negative.
}

func (t *Tallies) promoted() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.c.Promoted++
}
