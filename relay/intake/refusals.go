package intake

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"vastrelay/relay"
)

// What is kept of refused requests: enough to see what happens, and no more
// than a flood of them may take.
const (
	keptRefusals = 64
	samplePeriod = time.Minute
)

// refusals keeps the latest refused deliveries, and gathers all refused
// requests into a line for the log at most once a minute. The zero value is
// ready to use; it is safe for concurrent use.
type refusals struct {
	mu     sync.Mutex      // guards all below
	latest []relay.Refusal // a ring once it is full
	next   int             // where the next goes in a full ring

	total    map[string]uint64 // by code, of which there are a few
	unlogged map[string]int    // by code
	loggedAt time.Time
}

// keep remembers r in place of the oldest.
func (s *refusals) keep(r relay.Refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.latest) < keptRefusals {
		s.latest = append(s.latest, r)
		return
	}
	s.latest[s.next] = r
	s.next = (s.next + 1) % keptRefusals
}

// list returns what is kept, oldest first.
func (s *refusals) list() []relay.Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Concat(s.latest[s.next:], s.latest[:s.next])
}

// add counts a refused request. When the last line is a minute old it returns
// what is to be logged: how many were refused since, by code.
func (s *refusals) add(code string, now time.Time) (line string, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unlogged == nil {
		s.total, s.unlogged = make(map[string]uint64), make(map[string]int)
	}
	s.total[code]++
	s.unlogged[code]++
	if !s.loggedAt.IsZero() && now.Sub(s.loggedAt) < samplePeriod {
		return "", false
	}
	s.loggedAt = now
	return s.drain()
}

// counts returns how many were refused, by code.
func (s *refusals) counts() map[string]uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := make(map[string]uint64, len(s.total))
	maps.Copy(counts, s.total)
	return counts
}

// flush returns what was not logged yet, for the last line.
func (s *refusals) flush() (line string, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.drain()
}

// drain returns the counts that were not logged yet, and clears them. s.mu is
// held.
func (s *refusals) drain() (line string, due bool) {
	words := make([]string, 0, len(s.unlogged))
	for _, code := range slices.Sorted(maps.Keys(s.unlogged)) {
		words = append(words, fmt.Sprintf("%s=%d", code, s.unlogged[code]))
	}
	clear(s.unlogged)
	return strings.Join(words, " "), len(words) > 0
}
