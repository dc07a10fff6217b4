package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"vastrelay/relay"
)

// memStore is a Store in memory that outlives the outboxes of a test, as a
// database outlives the program. It refuses what no outbox may do.
type memStore struct {
	mu           sync.Mutex
	events       map[string]relay.Verdict
	late         map[string]relay.Event
	folded       map[relay.PostID]relay.PostID // which digest a post became part of
	posts        []*relay.Post
	attempts     []*relay.Attempt
	destinations map[string]relay.Destination
	pause        relay.Pause

	calls map[string]int   // by method
	fail  map[string]error // by method
	hang  map[string]bool  // methods that block until their context ends
	hook  func(method string)
}

func newMemStore() *memStore {
	return &memStore{
		events: make(map[string]relay.Verdict), late: make(map[string]relay.Event), folded: make(map[relay.PostID]relay.PostID), destinations: make(map[string]relay.Destination),
		calls: make(map[string]int), fail: make(map[string]error), hang: make(map[string]bool),
	}
}

// enter counts a call of the method and takes the lock, or fails as told.
func (s *memStore) enter(ctx context.Context, method string) error {
	s.mu.Lock()
	s.calls[method]++
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

func (s *memStore) Accept(ctx context.Context, ev relay.Event, spaces []string) (bool, error) {
	if err := s.enter(ctx, "Accept"); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	if v, known := s.events[ev.ID]; known && v != relay.Late {
		return false, nil
	}
	s.events[ev.ID] = relay.Accepted
	for _, space := range spaces {
		s.add(relay.Single, space, ev, time.Now())
	}
	return true, nil
}

func (s *memStore) add(kind relay.PostKind, space string, ev relay.Event, now time.Time) relay.PostID {
	id := relay.PostID(len(s.posts) + 1)
	s.posts = append(s.posts, &relay.Post{ID: id, Space: space, Kind: kind, State: relay.Waiting, Events: []relay.Event{ev}, CreatedAt: now})
	return id
}

func (s *memStore) Keep(ctx context.Context, ev relay.Event, v relay.Verdict) (bool, error) {
	if err := s.enter(ctx, "Keep"); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	if _, known := s.events[ev.ID]; known {
		return false, nil
	}
	s.events[ev.ID] = v
	if v == relay.Late {
		s.late[ev.ID] = ev
	}
	return true, nil
}

func (s *memStore) Known(ctx context.Context, ev relay.Event) (bool, error) {
	if err := s.enter(ctx, "Known"); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	v, known := s.events[ev.ID]
	return known && (v == relay.Accepted || v == relay.Recorded), nil
}

func (s *memStore) Destinations(ctx context.Context) ([]relay.Destination, error) {
	if err := s.enter(ctx, "Destinations"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var all []relay.Destination
	for _, d := range s.destinations {
		all = append(all, d)
	}
	return all, nil
}

func (s *memStore) SaveDestination(ctx context.Context, d relay.Destination) error {
	if err := s.enter(ctx, "SaveDestination"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.destinations[d.Space] = d
	return nil
}

func (s *memStore) Next(ctx context.Context, space string, now time.Time) (relay.Post, error) {
	if err := s.enter(ctx, "Next"); err != nil {
		return relay.Post{}, err
	}
	defer s.mu.Unlock()
	due := s.due(space, now)
	if len(due) == 0 {
		return relay.Post{}, relay.ErrNotFound
	}
	return *due[0], nil
}

// due lists what Next chooses from, in its order.
func (s *memStore) due(space string, now time.Time) []*relay.Post {
	var urgent, ordinary []*relay.Post
	for _, p := range s.posts {
		switch {
		case p.Space != space || p.State != relay.Waiting || p.NotBefore.After(now):
		case p.Urgent():
			urgent = append(urgent, p)
		default:
			ordinary = append(ordinary, p)
		}
	}
	return append(urgent, ordinary...)
}

func (s *memStore) Backlog(ctx context.Context, space string) (relay.Backlog, error) {
	if err := s.enter(ctx, "Backlog"); err != nil {
		return relay.Backlog{}, err
	}
	defer s.mu.Unlock()
	var b relay.Backlog
	for _, p := range s.posts {
		if p.Space != space || p.State != relay.Waiting && p.State != relay.Sending {
			continue
		}
		b.Count++
		b.Oldest = earlier(b.Oldest, p.CreatedAt)
		if p.State == relay.Waiting {
			at := p.NotBefore
			if at.IsZero() {
				at = p.CreatedAt
			}
			b.NextAt = earlier(b.NextAt, at)
		}
	}
	return b, nil
}

func (s *memStore) BeginAttempt(ctx context.Context, p relay.Post, startedAt time.Time) (relay.AttemptID, error) {
	if err := s.enter(ctx, "BeginAttempt"); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	mine := s.posts[p.ID-1]
	switch {
	case mine.State != relay.Waiting:
		return 0, fmt.Errorf("post %d is %s: %w", p.ID, mine.State, relay.ErrNotFound)
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
	mine.State = relay.Sending
	a := &relay.Attempt{ID: relay.AttemptID(len(s.attempts) + 1), Post: p.ID, Number: p.Tries, Rung: p.Rung, StartedAt: startedAt, MayRepeat: p.MayRepeat}
	s.attempts = append(s.attempts, a)
	return a.ID, nil
}

func (s *memStore) FinishAttempt(ctx context.Context, id relay.AttemptID, endedAt time.Time, r relay.Result, p relay.Post) error {
	if err := s.enter(ctx, "FinishAttempt"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	a := s.attempts[id-1]
	if !a.EndedAt.IsZero() || a.Post != p.ID || p.State == relay.Sending {
		return fmt.Errorf("attempt %d cannot be finished so: %+v", id, p)
	}
	a.EndedAt, a.Result = endedAt, r
	*s.posts[p.ID-1] = p
	return nil
}

func (s *memStore) LastAttempt(ctx context.Context, space string) (relay.Attempt, error) {
	if err := s.enter(ctx, "LastAttempt"); err != nil {
		return relay.Attempt{}, err
	}
	defer s.mu.Unlock()
	for _, a := range slices.Backward(s.attempts) {
		if s.posts[a.Post-1].Space == space {
			return *a, nil
		}
	}
	return relay.Attempt{}, relay.ErrNotFound
}

func (s *memStore) Interrupted(ctx context.Context, endedAt time.Time) ([]relay.Post, error) {
	if err := s.enter(ctx, "Interrupted"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var posts []relay.Post
	for _, a := range s.attempts {
		if a.EndedAt.IsZero() {
			a.EndedAt, a.Result = endedAt, relay.Result{Outcome: relay.Ambiguous}
			s.posts[a.Post-1].State = relay.Waiting
			posts = append(posts, *s.posts[a.Post-1])
		}
	}
	return posts, nil
}

func (s *memStore) UpdatePost(ctx context.Context, p relay.Post) error {
	if err := s.enter(ctx, "UpdatePost"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if s.posts[p.ID-1].State == relay.Sending || p.State == relay.Sending {
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
		if p.State == relay.Waiting && (!p.CreatedAt.After(upTo) || p.CreatedAt.After(time.Now())) {
			p.State = relay.Kept
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
		if p.State == relay.Waiting {
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

func (s *memStore) Pause(ctx context.Context) (relay.Pause, error) {
	if err := s.enter(ctx, "Pause"); err != nil {
		return relay.Pause{}, err
	}
	defer s.mu.Unlock()
	return s.pause, nil
}

func (s *memStore) SavePause(ctx context.Context, p relay.Pause) error {
	if err := s.enter(ctx, "SavePause"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	s.pause = p
	return nil
}

// post returns the nth post as it stands, counting from 1.
func (s *memStore) post(n int) relay.Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.posts[n-1]
}

// attempt returns the nth attempt as it stands, counting from 1.
func (s *memStore) attempt(n int) relay.Attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.attempts[n-1]
}

// saved returns the destination of the tests as it stands on disk.
func (s *memStore) saved() relay.Destination {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.destinations[space]
}

func (s *memStore) save(d relay.Destination) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.destinations[d.Space] = d
}

func (s *memStore) paused() relay.Pause {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pause
}

// called counts the calls so far of the named methods, or of all when none is named.
func (s *memStore) called(methods ...string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for method, calls := range s.calls {
		if len(methods) == 0 || slices.Contains(methods, method) {
			n += calls
		}
	}
	return n
}

// states lists the states of all posts; of one that became part of a digest,
// the digest's.
func (s *memStore) states() []relay.PostState {
	s.mu.Lock()
	defer s.mu.Unlock()
	states := make([]relay.PostState, 0, len(s.posts))
	for _, p := range s.posts {
		if into, ok := s.folded[p.ID]; ok {
			p = s.posts[into-1]
		}
		states = append(states, p.State)
	}
	return states
}

func (s *memStore) count(state relay.PostState) int {
	n := 0
	for _, st := range s.states() {
		if st == state {
			n++
		}
	}
	return n
}
