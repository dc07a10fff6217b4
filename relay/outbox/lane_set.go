package outbox

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"vastrelay/relay"
)

// laneSet holds the lanes of the destinations that take part, and their
// goroutines.
type laneSet struct {
	changing sync.Mutex       // held while destinations come and go
	removed  map[string]*lane // the last lane of each space that was removed; guarded by changing

	mu      sync.Mutex // guards all below
	lanes   map[string]*lane
	stops   map[string]func() // by space: ends the lane's goroutine and waits for it
	running context.Context   //nolint:containedctx // Run's, for lanes that are added later; nil unless lanes may run.
	active  sync.WaitGroup    // counts the running lanes; Add only under mu and while running is set
}

func newLaneSet() *laneSet {
	return &laneSet{removed: make(map[string]*lane), lanes: make(map[string]*lane), stops: make(map[string]func())}
}

// get returns the lane of space, nil when there is none.
func (s *laneSet) get(space string) *lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lanes[space]
}

// spaces returns the spaces that take part, in order.
func (s *laneSet) spaces() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.lanes))
}

// all returns the lanes, ordered by space.
func (s *laneSet) all() []*lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.lanes), func(a, b *lane) int { return strings.Compare(a.space, b.space) })
}

// nextAttempt says when the lane of l makes its next attempt, as far as is known;
// zero when nothing waits.
func (s *laneSet) nextAttempt(l relay.Lane) time.Time {
	if lane := s.get(l.Destination.Space); lane != nil && l.Backlog.Count > 0 {
		if held := time.UnixMilli(lane.heldTo.Load()); held.After(time.Now()) {
			return later(l.Backlog.NextAt, held)
		}
	}
	return l.Backlog.NextAt
}

// wake makes the lanes of spaces look for work.
func (s *laneSet) wake(spaces []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, space := range spaces {
		if l := s.lanes[space]; l != nil {
			l.lookForWork()
		}
	}
}

// nudge ends the backoff of every lane.
func (s *laneSet) nudge() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.lanes {
		l.nudge()
	}
}

// add takes in a lane, and starts it if lanes run. s.changing is held.
func (s *laneSet) add(l *lane) {
	delete(s.removed, l.space)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lanes[l.space] = l
	if s.running != nil {
		s.startLocked(l)
	}
}

// remove takes the lane of space out and waits until it has ended. s.changing
// is held.
func (s *laneSet) remove(space string) {
	s.mu.Lock()
	l := s.lanes[space]
	if l == nil {
		s.mu.Unlock()
		return
	}
	stop := s.stops[space]
	delete(s.lanes, space)
	delete(s.stops, space)
	s.mu.Unlock()
	if stop != nil {
		stop()
	}
	s.removed[space] = l
}

// start begins posting to every destination, until ctx ends.
func (s *laneSet) start(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = ctx
	for _, l := range s.lanes {
		s.startLocked(l)
	}
}

// wait returns when all lanes have ended, and lets none start any more.
func (s *laneSet) wait() {
	s.mu.Lock()
	s.running = nil
	s.mu.Unlock()
	s.active.Wait()
}

// startLocked starts l's goroutine. A parked destination gets its probe at once,
// as after every start. s.mu is held.
func (s *laneSet) startLocked(l *lane) {
	l.nudge()
	ctx, cancel := context.WithCancel(s.running)
	ended := make(chan struct{})
	s.stops[l.space] = func() { cancel(); <-ended }
	s.active.Add(1)
	go func() {
		defer s.active.Done()
		defer close(ended)
		defer cancel()
		l.run(ctx)
	}()
}
