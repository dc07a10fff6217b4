package store

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"vastrelay/relay"
)

func TestFoldMakesOneDigestInTheOrderOfAcceptance(t *testing.T) {
	s := openNew(t)
	var posts []relay.Post
	for i := range 4 {
		posts = append(posts, waitingPost(t, s, i))
	}
	tried := frozenPost(posts[1])
	tried.NotBefore, tried.Answers, tried.FirstAnswer = start.Add(time.Minute), 1, start
	try(t, s, tried, relay.RateLimited, relay.Waiting)

	digest, err := s.Fold(t.Context(), []relay.PostID{posts[2].ID, posts[0].ID, posts[1].ID, posts[0].ID})
	want := relay.Post{
		ID: posts[0].ID, Space: spaceA, Kind: relay.Digest, State: relay.Waiting,
		Events:    []relay.Event{eventN(0), eventN(1), eventN(2)},
		NotBefore: tried.NotBefore, Tries: 1, CreatedAt: posts[0].CreatedAt,
	}
	if err != nil || !reflect.DeepEqual(digest, want) {
		t.Fatalf("Fold = %+v, %v; want %+v", digest, err, want)
	}
	if got := mustNext(t, s, spaceA); !reflect.DeepEqual(got, want) {
		t.Errorf("Next = %+v, want the digest", got)
	}
	for i := range 3 {
		d := mustDetail(t, s, eventN(i).ID)
		if len(d.Posts) != 1 || d.Posts[0].Members != 3 || len(d.Posts[0].Attempts) != 1 || d.Fate != relay.FateWaiting {
			t.Errorf("event %d = %+v, want one waiting post of three with the earlier attempt", i, d)
		}
	}

	try(t, s, frozenPost(digest), relay.Posted, relay.Done)
	for i := range 3 {
		if got := mustDetail(t, s, eventN(i).ID).Fate; got != relay.FatePosted {
			t.Errorf("event %d is %s, want posted", i, got)
		}
	}
	if p := waitingPost(t, s, 9); p.ID <= posts[3].ID {
		t.Errorf("a new post has the id %d of one that was folded", p.ID)
	}
}

func TestFoldNumbersManyAttemptsAnew(t *testing.T) {
	s := openNew(t)
	one, two := frozenPost(waitingPost(t, s, 1)), frozenPost(waitingPost(t, s, 2))
	for range 3 {
		try(t, s, one, relay.Unreachable, relay.Waiting)
		try(t, s, two, relay.Unreachable, relay.Waiting)
	}
	digest, err := s.Fold(t.Context(), []relay.PostID{one.ID, two.ID})
	if err != nil || digest.Tries != 6 {
		t.Fatalf("Fold = %+v, %v; want 6 tries", digest, err)
	}
	for i, a := range postOf(t, s, digest).Attempts {
		if a.Number != i+1 {
			t.Errorf("attempt %d has number %d", i+1, a.Number)
		}
	}
}

func TestFoldRefusesAFrozenPost(t *testing.T) {
	for _, tc := range []struct {
		name    string
		prepare func(*testing.T, *Store, relay.Post)
		want    error // nil: it folds
	}{
		{"no attempt", func(*testing.T, *Store, relay.Post) {}, nil},
		{"never reached Google", func(t *testing.T, s *Store, p relay.Post) {
			try(t, s, p, relay.Unreachable, relay.Waiting)
		}, nil},
		{"rate limited", func(t *testing.T, s *Store, p relay.Post) { try(t, s, p, relay.RateLimited, relay.Waiting) }, nil},
		{"content refused", func(t *testing.T, s *Store, p relay.Post) {
			try(t, s, p, relay.ContentRefused, relay.Waiting)
		}, nil},
		{"may have been stored", func(t *testing.T, s *Store, p relay.Post) {
			try(t, s, p, relay.Ambiguous, relay.Waiting)
		}, relay.ErrFrozen},
		{"server trouble", func(t *testing.T, s *Store, p relay.Post) {
			try(t, s, p, relay.ServerTrouble, relay.Waiting)
		}, relay.ErrFrozen},
		{"an answer that was not Google's", func(t *testing.T, s *Store, p relay.Post) {
			try(t, s, p, relay.Unverified, relay.Waiting)
		}, relay.ErrFrozen},
		{"posted and asked for again", func(t *testing.T, s *Store, p relay.Post) {
			try(t, s, p, relay.Posted, relay.Waiting)
		}, relay.ErrFrozen},
		{"under way", func(t *testing.T, s *Store, p relay.Post) { mustBegin(t, s, p, start) }, relay.ErrFrozen},
		{"may repeat", func(t *testing.T, s *Store, p relay.Post) {
			p.MayRepeat = true
			must(t, s.UpdatePost(t.Context(), p))
		}, relay.ErrFrozen},
		{"kept", func(t *testing.T, s *Store, p relay.Post) {
			p.State = relay.Kept
			must(t, s.UpdatePost(t.Context(), p))
		}, relay.ErrFrozen},
		{"a digest", func(t *testing.T, s *Store, p relay.Post) {
			_, err := s.Fold(t.Context(), []relay.PostID{p.ID, waitingPost(t, s, 3).ID})
			must(t, err)
		}, relay.ErrFrozen},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := openNew(t)
			p, other := frozenPost(waitingPost(t, s, 1)), waitingPost(t, s, 2)
			tc.prepare(t, s, p)
			before := postOf(t, s, other)
			listed, err := s.Foldable(t.Context(), spaceA, start.AddDate(0, 0, 1), 10)
			must(t, err)
			if got := slices.ContainsFunc(listed, func(q relay.Post) bool { return q.ID == p.ID }); got != (tc.want == nil) {
				t.Errorf("Foldable lists it: %v", got)
			}
			_, err = s.Fold(t.Context(), []relay.PostID{other.ID, p.ID})
			if !errors.Is(err, tc.want) {
				t.Errorf("Fold = %v, want %v", err, tc.want)
			}
			if tc.want != nil && !reflect.DeepEqual(postOf(t, s, other), before) {
				t.Errorf("the other post changed: %+v", postOf(t, s, other))
			}
		})
	}
}

func TestFoldRefusesWhatMakesNoDigest(t *testing.T) {
	s := openNew(t)
	p := waitingPost(t, s, 1)
	mustAccept(t, s, eventN(2), spaceB)
	elsewhere := mustNext(t, s, spaceB)
	for name, ids := range map[string][]relay.PostID{
		"nothing":            nil,
		"one post":           {p.ID},
		"the same post":      {p.ID, p.ID},
		"two spaces":         {p.ID, elsewhere.ID},
		"one does not exist": {p.ID, 999},
	} {
		if _, err := s.Fold(t.Context(), ids); err == nil {
			t.Errorf("%s: folded", name)
		}
	}
	if _, err := s.Fold(t.Context(), []relay.PostID{p.ID, 999}); !errors.Is(err, relay.ErrNotFound) {
		t.Errorf("unknown post: %v, want %v", err, relay.ErrNotFound)
	}
	if _, err := s.Fold(t.Context(), []relay.PostID{p.ID, 999}); !errors.Is(err, relay.ErrFrozen) {
		t.Errorf("post that is gone: %v, want %v", err, relay.ErrFrozen)
	}
}
