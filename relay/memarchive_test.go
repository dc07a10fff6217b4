package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// gone is the state in which memStore leaves a post that became part of a
// digest: only its place is kept.
const gone PostState = "gone"

var _ Store = (*memStore)(nil)

// mayFold reports whether nothing keeps p out of a digest.
func (s *memStore) mayFold(p *Post) bool {
	if p.State != Waiting || p.Kind != Single || p.MayRepeat || p.Answers > 0 {
		return false
	}
	return !slices.ContainsFunc(s.attempts, func(a *Attempt) bool {
		return a.Post == p.ID && (a.EndedAt.IsZero() || a.Result.Outcome.MayBeStored() || a.Result.Outcome.Delivered())
	})
}

func (s *memStore) Foldable(ctx context.Context, space string, now time.Time, limit int) ([]Post, error) {
	if err := s.enter(ctx, "Foldable"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var list []Post
	for _, p := range s.due(space, now) {
		if len(list) < limit && s.mayFold(p) {
			list = append(list, *p)
		}
	}
	return list, nil
}

func (s *memStore) Fold(ctx context.Context, ids []PostID) (Post, error) {
	if err := s.enter(ctx, "Fold"); err != nil {
		return Post{}, err
	}
	defer s.mu.Unlock()
	ids = slices.Sorted(slices.Values(ids))
	if len(ids) < 2 || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		return Post{}, fmt.Errorf("%v make no digest", ids)
	}
	digest := *s.posts[ids[0]-1]
	digest.Kind, digest.Events, digest.MessageID, digest.Rung, digest.Tries = Digest, nil, "", "", 0
	for _, id := range ids {
		p := s.posts[id-1]
		if !s.mayFold(p) {
			return Post{}, ErrFrozen
		}
		if p.Space != digest.Space {
			return Post{}, errors.New("a digest for two spaces")
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

func (s *memStore) Revive(ctx context.Context, id PostID, _ time.Time) error {
	if err := s.enter(ctx, "Revive"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	p := s.posts[id-1]
	if p.State != Dead {
		return ErrNotFound
	}
	p.State, p.NotBefore, p.Answers, p.FirstAnswer = Waiting, time.Time{}, 0, time.Time{}
	return nil
}

func (s *memStore) Resend(ctx context.Context, eventID, space string, now time.Time) (PostID, error) {
	if err := s.enter(ctx, "Resend"); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	if s.events[eventID] != Accepted {
		return 0, ErrNotFound
	}
	for _, p := range s.posts {
		for _, ev := range p.Events {
			if ev.ID == eventID {
				return s.add(Resend, space, ev, now), nil
			}
		}
	}
	return s.add(Resend, space, Event{ID: eventID}, now), nil
}

func (s *memStore) Promote(ctx context.Context, eventID string, spaces []string, now time.Time) error {
	if err := s.enter(ctx, "Promote"); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if s.events[eventID] != Late {
		return ErrNotFound
	}
	s.events[eventID] = Accepted
	for _, space := range spaces {
		s.add(Single, space, s.late[eventID], now)
	}
	return nil
}

func (s *memStore) DeadPosts(ctx context.Context) ([]Post, error) {
	if err := s.enter(ctx, "DeadPosts"); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var dead []Post
	for _, p := range s.posts {
		if p.State == Dead {
			dead = append(dead, *p)
		}
	}
	return dead, nil
}

func (s *memStore) Detail(ctx context.Context, id string) (Detail, error) {
	if err := s.enter(ctx, "Detail"); err != nil {
		return Detail{}, err
	}
	defer s.mu.Unlock()
	d := Detail{Event: Event{ID: id}, Verdict: s.events[id]}
	if d.Verdict == "" {
		return Detail{}, ErrNotFound
	}
	for _, p := range s.posts {
		if p.State != gone && slices.ContainsFunc(p.Events, func(ev Event) bool { return ev.ID == id }) {
			listed := PostDetail{Post: *p, Members: len(p.Events)}
			listed.Post.Events = nil
			d.Posts = append(d.Posts, listed)
		}
	}
	return d, nil
}
