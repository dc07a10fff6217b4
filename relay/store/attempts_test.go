package store

import (
	"errors"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"vastrelay/relay"
)

// frozenPost returns p with what its first attempt freezes.
func frozenPost(p relay.Post) relay.Post {
	p.MessageID, p.Rung = "client-abc", relay.RungCard
	return p
}

// mustBegin opens an attempt at p.
func mustBegin(t testing.TB, s *Store, p relay.Post, at time.Time) relay.AttemptID {
	t.Helper()
	id, err := s.BeginAttempt(t.Context(), p, at)
	if err != nil {
		t.Fatalf("BeginAttempt: %v", err)
	}
	return id
}

// try makes one attempt at p with the given outcome and leaves p in state.
func try(t testing.TB, s *Store, p relay.Post, outcome relay.Outcome, state relay.PostState) {
	t.Helper()
	id := mustBegin(t, s, p, start)
	p.State = state
	must(t, s.FinishAttempt(t.Context(), id, start.Add(time.Second), relay.Result{Outcome: outcome}, p))
}

func TestAttemptIsWrittenBeforeAndAfter(t *testing.T) {
	s := openNew(t)
	p := frozenPost(waitingPost(t, s, 1))
	p.MayRepeat = true
	id := mustBegin(t, s, p, start)

	got := postOf(t, s, p)
	want := relay.PostDetail{Post: p, Members: 1, Attempts: []relay.Attempt{
		{ID: id, Post: p.ID, Number: 1, Rung: relay.RungCard, StartedAt: start, MayRepeat: true},
	}}
	want.Post.Events, want.Post.State, want.Post.Tries = nil, relay.Sending, 1
	if !reflect.DeepEqual(got, want) {
		t.Errorf("under way: %+v, want %+v", got, want)
	}

	result := relay.Result{
		Outcome: relay.ContentRefused, Status: 400, Reason: "card_refused", Detail: "The card is refused. \x00",
		Name: "spaces/S/messages/M", Thread: "spaces/S/threads/T", Replayed: true,
		RetryAfter: 1500 * time.Millisecond, Took: 123456789 * time.Nanosecond,
	}
	p.State, p.Rung, p.Answers, p.FirstAnswer = relay.Waiting, relay.RungText, 1, start.Add(time.Second)
	p.NotBefore = start.Add(time.Minute)
	must(t, s.FinishAttempt(t.Context(), id, start.Add(time.Second), result, p))
	got = postOf(t, s, p)
	want.Post = p
	want.Post.Events, want.Post.Tries = nil, 1
	a := &want.Attempts[0]
	a.EndedAt, a.Result, a.MayRepeat = start.Add(time.Second), result, false
	if !reflect.DeepEqual(got, want) {
		t.Errorf("finished: %+v, want %+v", got, want)
	}

	second := mustBegin(t, s, p, start.Add(time.Hour))
	if got := postOf(t, s, p); len(got.Attempts) != 2 || got.Attempts[1].ID != second ||
		got.Attempts[1].Number != 2 || got.Attempts[1].Rung != relay.RungText || got.Post.Tries != 2 {
		t.Errorf("second attempt: %+v, want number 2 on the text rung", got)
	}
}

func TestTriesAreCountedOnceWhoeverCounts(t *testing.T) {
	for name, own := range map[string]struct{ before, after int }{
		"the caller counts before":          {before: 1},
		"the caller counts after":           {after: 1},
		"the caller leaves it to the store": {},
	} {
		t.Run(name, func(t *testing.T) {
			s := openNew(t)
			p := frozenPost(waitingPost(t, s, 1))
			for range 3 {
				p.Tries += own.before
				id := mustBegin(t, s, p, start)
				p.Tries += own.after
				must(t, s.FinishAttempt(t.Context(), id, start, relay.Result{Outcome: relay.Unreachable}, p))
			}
			if got := postOf(t, s, p).Post.Tries; got != 3 {
				t.Errorf("tries = %d, want 3", got)
			}
		})
	}
}

func TestAttemptIsMarkedMayRepeatOnlyIfItMayStandBesideAnother(t *testing.T) {
	for _, tc := range []struct {
		outcome relay.Outcome
		post    bool
		want    bool
	}{
		{relay.Ambiguous, true, true},
		{relay.ServerTrouble, true, true},
		{relay.Unverified, true, true},
		{relay.Posted, true, true},
		{relay.Unreachable, true, false},
		{relay.RateLimited, true, false},
		{relay.Ambiguous, false, false},
		{relay.Posted, false, false},
	} {
		s := openNew(t)
		p := frozenPost(waitingPost(t, s, 1))
		p.MayRepeat = tc.post
		try(t, s, p, tc.outcome, relay.Waiting)
		if got := postOf(t, s, p).Attempts[0].MayRepeat; got != tc.want {
			t.Errorf("%s of a post with MayRepeat %v: marked %v, want %v", tc.outcome, tc.post, got, tc.want)
		}
	}
}

func TestBeginAttemptRefuses(t *testing.T) {
	s := openNew(t)
	p := frozenPost(waitingPost(t, s, 1))
	unknown := p
	unknown.ID = 999
	if _, err := s.BeginAttempt(t.Context(), unknown, start); !errors.Is(err, relay.ErrNotFound) {
		t.Errorf("unknown post: %v, want %v", err, relay.ErrNotFound)
	}
	try(t, s, p, relay.Unreachable, relay.Waiting)
	other := p
	other.MessageID = "client-other"
	if _, err := s.BeginAttempt(t.Context(), other, start); !errors.Is(err, errRefrozen) {
		t.Errorf("another message id: %v, want %v", err, errRefrozen)
	}
	mustBegin(t, s, p, start)
	if _, err := s.BeginAttempt(t.Context(), p, start); !errors.Is(err, relay.ErrNotFound) {
		t.Errorf("attempt under way: %v, want %v", err, relay.ErrNotFound)
	}
	for i, state := range []relay.PostState{relay.Done, relay.Dead, relay.Kept} {
		q := waitingPost(t, s, 10+i)
		q.State = state
		must(t, s.UpdatePost(t.Context(), q))
		if _, err := s.BeginAttempt(t.Context(), q, start); !errors.Is(err, relay.ErrNotFound) {
			t.Errorf("%s post: %v, want %v", state, err, relay.ErrNotFound)
		}
	}
}

func TestAPostSentWithoutIDsKeepsTheOneItWasFrozenUnder(t *testing.T) {
	s := openNew(t)
	p := frozenPost(waitingPost(t, s, 1))
	try(t, s, p, relay.IDsRefused, relay.Waiting)
	bare := p
	bare.MessageID = ""
	mustBegin(t, s, bare, start)
	if got := postOf(t, s, p).Post.MessageID; got != p.MessageID {
		t.Errorf("message id = %q, want %q", got, p.MessageID)
	}
}

func TestFinishAttemptRefuses(t *testing.T) {
	s := openNew(t)
	p, other := frozenPost(waitingPost(t, s, 1)), waitingPost(t, s, 2)
	id := mustBegin(t, s, p, start)
	finish := func(id relay.AttemptID, p relay.Post) error {
		return s.FinishAttempt(t.Context(), id, start, relay.Result{Outcome: relay.Posted}, p)
	}
	if err := finish(id, other); !errors.Is(err, relay.ErrNotFound) {
		t.Errorf("attempt of another post: %v, want %v", err, relay.ErrNotFound)
	}
	if err := finish(id+1, p); !errors.Is(err, relay.ErrNotFound) {
		t.Errorf("unknown attempt: %v, want %v", err, relay.ErrNotFound)
	}
	p.State = relay.Sending
	if err := finish(id, p); err == nil {
		t.Error("finishing as Sending was accepted")
	}
	p.State = relay.Done
	must(t, finish(id, p))
	p.State = relay.Waiting
	if err := finish(id, p); err != nil {
		t.Errorf("second time, alike: %v, want nil", err)
	}
	if got := postOf(t, s, p).Post.State; got != relay.Done {
		t.Errorf("the post is %s after the second time, want %s", got, relay.Done)
	}
	err := s.FinishAttempt(t.Context(), id, start, relay.Result{Outcome: relay.Unreachable}, p)
	if !errors.Is(err, relay.ErrNotFound) {
		t.Errorf("second time, otherwise: %v, want %v", err, relay.ErrNotFound)
	}
}

func TestInterruptedClosesWhatACrashLeftOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	s := openAt(t, path)
	for i, ids := range []relay.IDSupport{relay.IDsHonoured, relay.IDsUnknown, relay.IDsHonoured} {
		must(t, s.SaveDestination(t.Context(), relay.Destination{
			Space: []string{"honours", "unknown", "refuses"}[i], IDs: ids, RefusesIDs: i == 2,
		}))
	}
	spaces := []string{"honours", "unknown", "refuses", "unsaved"}
	mustAccept(t, s, eventN(1), spaces...)
	waitingPost(t, s, 2)
	for _, space := range spaces {
		mustBegin(t, s, frozenPost(mustNext(t, s, space)), start)
	}
	must(t, s.Close())

	s = openAt(t, path)
	ended := start.Add(time.Hour)
	posts, err := s.Interrupted(t.Context(), ended)
	if err != nil || len(posts) != len(spaces) {
		t.Fatalf("Interrupted = %d posts, %v; want %d", len(posts), err, len(spaces))
	}
	for i, p := range posts {
		mayRepeat := spaces[i] != "honours"
		if p.Space != spaces[i] || p.State != relay.Waiting || p.MessageID != "client-abc" || p.Tries != 1 ||
			p.MayRepeat != mayRepeat || !reflect.DeepEqual(p.Events, []relay.Event{eventN(1)}) {
			t.Errorf("post %d = %+v, want a waiting one of %s with MayRepeat %v", i, p, spaces[i], mayRepeat)
		}
		a := postOf(t, s, p).Attempts[0]
		if a.Result.Outcome != relay.Ambiguous || !a.EndedAt.Equal(ended) || a.MayRepeat != mayRepeat ||
			a.Result.Reason != "interrupted" {
			t.Errorf("attempt = %+v, want ambiguous at %v, MayRepeat %v", a, ended, mayRepeat)
		}
	}
	if again, err := s.Interrupted(t.Context(), ended); len(again) != 0 || err != nil {
		t.Errorf("second Interrupted = %v, %v; want none", again, err)
	}
}

func TestInterruptedWithoutAnIDMayRepeatEverywhere(t *testing.T) {
	s := openNew(t)
	must(t, s.SaveDestination(t.Context(), relay.Destination{Space: spaceA, IDs: relay.IDsHonoured}))
	mustBegin(t, s, waitingPost(t, s, 1), start)
	posts, err := s.Interrupted(t.Context(), start)
	if err != nil || len(posts) != 1 || !posts[0].MayRepeat {
		t.Errorf("Interrupted = %+v, %v; want one post that may repeat", posts, err)
	}
}
