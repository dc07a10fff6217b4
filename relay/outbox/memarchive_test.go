package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"vastrelay/relay"
)

// gone is the state in which memStore leaves a post that became part of a
// digest: only its place is kept.
const gone relay.PostState = "gone"

var _ relay.Store = (*memStore)(nil)

// mayFold reports whether nothing keeps p out of a digest.
func (s *memStore) mayFold(p *relay.Post) bool {
	if p.State != relay.Waiting || p.Kind != relay.Single || p.MayRepeat || p.Answers > 0 {
		return false
	}
	return !slices.ContainsFunc(s.attempts, func(a *relay.Attempt) bool {
		return a.Post == p.ID && (a.EndedAt.IsZero() || a.Result.Outcome.MayBeStored() || a.Result.Outcome.Delivered())
	})
}

func (s *memStore) Foldable(ctx context.Context, space string, now time.Time, limit int) ([]relay.Post, error) {
	if err := s.enter(ctx, "Foldable"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var list []relay.Post
	for _, p := range s.due(space, now) {
		if len(list) < limit && s.mayFold(p) {
			list = append(list, *p)
		}
	}
	return list, nil
}

func (s *memStore) Fold(ctx context.Context, ids []relay.PostID) (relay.Post, error) {
	if err := s.enter(ctx, "Fold"); err != nil {
		return relay.Post{}, err
	}
	defer s.mu.Unlock()
	ids = slices.Sorted(slices.Values(ids))
	if len(ids) < 2 || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		return relay.Post{}, fmt.Errorf("%v make no digest", ids)
	}
	digest := *s.posts[ids[0]-1]
	digest.Kind, digest.Events, digest.MessageID, digest.Rung, digest.Tries = relay.Digest, nil, "", "", 0
	for _, id := range ids {
		p := s.posts[id-1]
		if !s.mayFold(p) {
			return relay.Post{}, relay.ErrFrozen
		}
		if p.Space != digest.Space {
			return relay.Post{}, errors.New("a digest for two spaces")
		}
		digest.Events = append(digest.Events, p.Events...)
		digest.Tries += p.Tries
	}
	for _, id := range ids[1:] {
		s.posts[id-1].State = gone
		s.folded[id] = digest.ID
	}
	*s.posts[digest.ID-1] = digest
	return digest, nil
}

func (s *memStore) Revive(ctx context.Context, id relay.PostID, _ time.Time) error {
	if err := s.enter(ctx, "Revive"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	p := s.posts[id-1]
	if p.State != relay.Dead {
		return relay.ErrNotFound
	}
	p.State, p.NotBefore, p.Answers, p.FirstAnswer = relay.Waiting, time.Time{}, 0, time.Time{}
	return nil
}

func (s *memStore) Resend(ctx context.Context, eventID, space string, now time.Time) (relay.PostID, error) {
	if err := s.enter(ctx, "Resend"); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	if s.events[eventID] != relay.Accepted {
		return 0, relay.ErrNotFound
	}
	for _, p := range s.posts {
		for _, ev := range p.Events {
			if ev.ID == eventID {
				return s.add(relay.Resend, space, ev, now), nil
			}
		}
	}
	return s.add(relay.Resend, space, relay.Event{ID: eventID}, now), nil
}

func (s *memStore) Promote(ctx context.Context, eventID string, spaces []string, now time.Time) error {
	if err := s.enter(ctx, "Promote"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if s.events[eventID] != relay.Late {
		return relay.ErrNotFound
	}
	s.events[eventID] = relay.Accepted
	for _, space := range spaces {
		s.add(relay.Single, space, s.late[eventID], now)
	}
	return nil
}

func (s *memStore) DeadPosts(ctx context.Context) ([]relay.Post, error) {
	if err := s.enter(ctx, "DeadPosts"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var dead []relay.Post
	for _, p := range s.posts {
		if p.State == relay.Dead {
			dead = append(dead, *p)
		}
	}
	return dead, nil
}

func (s *memStore) Detail(ctx context.Context, id string) (relay.Detail, error) {
	if err := s.enter(ctx, "Detail"); err != nil {
		return relay.Detail{}, err
	}
	defer s.mu.Unlock()
	d := relay.Detail{Event: relay.Event{ID: id}, Verdict: s.events[id]}
	if d.Verdict == "" {
		return relay.Detail{}, relay.ErrNotFound
	}
	for _, p := range s.posts {
		if p.State != gone && slices.ContainsFunc(p.Events, func(ev relay.Event) bool { return ev.ID == id }) {
			listed := relay.PostDetail{Post: *p, Members: len(p.Events)}
			listed.Post.Events = nil
			for _, a := range s.attempts {
				if a.Post == p.ID {
					listed.Attempts = append(listed.Attempts, *a)
				}
			}
			d.Posts = append(d.Posts, listed)
		}
	}
	return d, nil
}
