package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// memStore is a Store in memory that outlives the outboxes of a test, as a
// database outlives the program. It refuses what no outbox may do.
type memStore struct {
	mu           sync.Mutex
	events       map[string]Verdict
	late         map[string]Event
	folded       map[PostID]PostID // which digest a post became part of
	posts        []*Post
	attempts     []*Attempt
	destinations map[string]Destination
	pause        Pause

	calls int              // of every method
	fail  map[string]error // by method
	hang  map[string]bool  // methods that block until their context ends
	hook  func(method string)
}

func newMemStore() *memStore {
	return &memStore{
		events: make(map[string]Verdict), late: make(map[string]Event), folded: make(map[PostID]PostID), destinations: make(map[string]Destination),
		fail: make(map[string]error), hang: make(map[string]bool),
	}
}

// enter counts a call of the method and takes the lock, or fails as told.
func (s *memStore) enter(ctx context.Context, method string) error {
	s.mu.Lock()
	s.calls++
	if s.hook != nil {
		s.hook(method)
	}
	err, hang := s.fail[method], s.hang[method]
	if hang {
		s.mu.Unlock()
		<-ctx.Done()
		return ctx.Err()
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		s.mu.Unlock()
	}
	return err
}

func (s *memStore) set(method string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail[method] = err
}

func (s *memStore) Accept(ctx context.Context, ev Event, spaces []string) (bool, error) {
	if err := s.enter(ctx, "Accept"); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	if v, known := s.events[ev.ID]; known && v != Late {
		return false, nil
	}
	s.events[ev.ID] = Accepted
	for _, space := range spaces {
		s.add(Single, space, ev, time.Now())
	}
	return true, nil
}

func (s *memStore) add(kind PostKind, space string, ev Event, now time.Time) PostID {
	id := PostID(len(s.posts) + 1)
	s.posts = append(s.posts, &Post{ID: id, Space: space, Kind: kind, State: Waiting, Events: []Event{ev}, CreatedAt: now})
	return id
}

func (s *memStore) Keep(ctx context.Context, ev Event, v Verdict) (bool, error) {
	if err := s.enter(ctx, "Keep"); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	if _, known := s.events[ev.ID]; known {
		return false, nil
	}
	s.events[ev.ID] = v
	if v == Late {
		s.late[ev.ID] = ev
	}
	return true, nil
}

func (s *memStore) Known(ctx context.Context, ev Event) (bool, error) {
	if err := s.enter(ctx, "Known"); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	v, known := s.events[ev.ID]
	return known && (v == Accepted || v == Recorded), nil
}

func (s *memStore) Destinations(ctx context.Context) ([]Destination, error) {
	if err := s.enter(ctx, "Destinations"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var all []Destination
	for _, d := range s.destinations {
		all = append(all, d)
	}
	return all, nil
}

func (s *memStore) SaveDestination(ctx context.Context, d Destination) error {
	if err := s.enter(ctx, "SaveDestination"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.destinations[d.Space] = d
	return nil
}

func (s *memStore) Next(ctx context.Context, space string, now time.Time) (Post, error) {
	if err := s.enter(ctx, "Next"); err != nil {
		return Post{}, err
	}
	defer s.mu.Unlock()
	due := s.due(space, now)
	if len(due) == 0 {
		return Post{}, ErrNotFound
	}
	return *due[0], nil
}

// due lists what Next chooses from, in its order.
func (s *memStore) due(space string, now time.Time) []*Post {
	var urgent, ordinary []*Post
	for _, p := range s.posts {
		switch {
		case p.Space != space || p.State != Waiting || p.NotBefore.After(now):
		case p.Urgent():
			urgent = append(urgent, p)
		default:
			ordinary = append(ordinary, p)
		}
	}
	return append(urgent, ordinary...)
}

func (s *memStore) Backlog(ctx context.Context, space string) (Backlog, error) {
	if err := s.enter(ctx, "Backlog"); err != nil {
		return Backlog{}, err
	}
	defer s.mu.Unlock()
	var b Backlog
	for _, p := range s.posts {
		if p.Space != space || p.State != Waiting && p.State != Sending {
			continue
		}
		b.Count++
		b.Oldest = earlier(b.Oldest, p.CreatedAt)
		if p.State == Waiting {
			at := p.NotBefore
			if at.IsZero() {
				at = p.CreatedAt
			}
			b.NextAt = earlier(b.NextAt, at)
		}
	}
	return b, nil
}

func (s *memStore) BeginAttempt(ctx context.Context, p Post, startedAt time.Time) (AttemptID, error) {
	if err := s.enter(ctx, "BeginAttempt"); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	mine := s.posts[p.ID-1]
	switch {
	case mine.State != Waiting:
		return 0, fmt.Errorf("post %d is %s: %w", p.ID, mine.State, ErrNotFound)
	case mine.MessageID != "" && mine.MessageID != p.MessageID:
		return 0, errors.New("a frozen message id was changed")
	case p.MessageID == "" || p.Rung == "" || p.Tries != mine.Tries+1:
		return 0, fmt.Errorf("post %d is not ready to be sent: %+v", p.ID, p)
	}
	for _, a := range s.attempts {
		if a.EndedAt.IsZero() && s.posts[a.Post-1].Space == p.Space {
			return 0, errors.New("two attempts at once in one space")
		}
	}
	*mine = p
	mine.State = Sending
	a := &Attempt{ID: AttemptID(len(s.attempts) + 1), Post: p.ID, Number: p.Tries, Rung: p.Rung, StartedAt: startedAt, MayRepeat: p.MayRepeat}
	s.attempts = append(s.attempts, a)
	return a.ID, nil
}

func (s *memStore) FinishAttempt(ctx context.Context, id AttemptID, endedAt time.Time, r Result, p Post) error {
	if err := s.enter(ctx, "FinishAttempt"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	a := s.attempts[id-1]
	if !a.EndedAt.IsZero() || a.Post != p.ID || p.State == Sending {
		return fmt.Errorf("attempt %d cannot be finished so: %+v", id, p)
	}
	a.EndedAt, a.Result = endedAt, r
	*s.posts[p.ID-1] = p
	return nil
}

func (s *memStore) LastAttempt(ctx context.Context, space string) (Attempt, error) {
	if err := s.enter(ctx, "LastAttempt"); err != nil {
		return Attempt{}, err
	}
	defer s.mu.Unlock()
	for _, a := range slices.Backward(s.attempts) {
		if s.posts[a.Post-1].Space == space {
			return *a, nil
		}
	}
	return Attempt{}, ErrNotFound
}

func (s *memStore) Interrupted(ctx context.Context, endedAt time.Time) ([]Post, error) {
	if err := s.enter(ctx, "Interrupted"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var posts []Post
	for _, a := range s.attempts {
		if a.EndedAt.IsZero() {
			a.EndedAt, a.Result = endedAt, Result{Outcome: Ambiguous}
			s.posts[a.Post-1].State = Waiting
			posts = append(posts, *s.posts[a.Post-1])
		}
	}
	return posts, nil
}

func (s *memStore) UpdatePost(ctx context.Context, p Post) error {
	if err := s.enter(ctx, "UpdatePost"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if s.posts[p.ID-1].State == Sending || p.State == Sending {
		return errors.New("the post has an attempt under way")
	}
	mine := s.posts[p.ID-1]
	p.Events, p.MessageID, p.CreatedAt = mine.Events, mine.MessageID, mine.CreatedAt // Frozen.
	*mine = p
	return nil
}

func (s *memStore) KeepWaiting(ctx context.Context, upTo time.Time) (int, error) {
	if err := s.enter(ctx, "KeepWaiting"); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	n := 0
	for _, p := range s.posts {
		if p.State == Waiting && !p.CreatedAt.After(upTo) {
			p.State = Kept
			n++
		}
	}
	return n, nil
}

func (s *memStore) ShiftRetryClocks(ctx context.Context, d time.Duration) error {
	if err := s.enter(ctx, "ShiftRetryClocks"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	shift := func(t *time.Time) {
		if !t.IsZero() {
			*t = t.Add(d)
		}
	}
	for _, p := range s.posts {
		if p.State == Waiting {
			shift(&p.FirstAnswer)
			shift(&p.NotBefore)
		}
	}
	for space, dest := range s.destinations {
		shift(&dest.HoldUntil)
		shift(&dest.ProbeAt)
		s.destinations[space] = dest
	}
	return nil
}

func (s *memStore) Pause(ctx context.Context) (Pause, error) {
	if err := s.enter(ctx, "Pause"); err != nil {
		return Pause{}, err
	}
	defer s.mu.Unlock()
	return s.pause, nil
}

func (s *memStore) SavePause(ctx context.Context, p Pause) error {
	if err := s.enter(ctx, "SavePause"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.pause = p
	return nil
}

// post returns the nth post as it stands, counting from 1.
func (s *memStore) post(n int) Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.posts[n-1]
}

// attempt returns the nth attempt as it stands, counting from 1.
func (s *memStore) attempt(n int) Attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.attempts[n-1]
}

// saved returns the destination of the tests as it stands on disk.
func (s *memStore) saved() Destination {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.destinations[space]
}

func (s *memStore) save(d Destination) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.destinations[d.Space] = d
}

func (s *memStore) paused() Pause {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pause
}

// called counts the calls of the store so far.
func (s *memStore) called() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// states lists the states of all posts; of one that became part of a digest,
// the digest's.
func (s *memStore) states() []PostState {
	s.mu.Lock()
	defer s.mu.Unlock()
	states := make([]PostState, 0, len(s.posts))
	for _, p := range s.posts {
		if into, ok := s.folded[p.ID]; ok {
			p = s.posts[into-1]
		}
		states = append(states, p.State)
	}
	return states
}

func (s *memStore) count(state PostState) int {
	n := 0
	for _, st := range s.states() {
		if st == state {
			n++
		}
	}
	return n
}
