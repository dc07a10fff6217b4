package store

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"vastrelay/relay"
)

// deadPost accepts the nth event for spaceA and lets its post die after an
// answer that aged it.
func deadPost(t *testing.T, s *Store, n int) relay.Post {
	t.Helper()
	p := frozenPost(waitingPost(t, s, n))
	p.Answers, p.FirstAnswer, p.NotBefore = 24, start, start.Add(time.Hour)
	try(t, s, p, relay.Ambiguous, relay.Dead)
	dead := postOf(t, s, p).Post
	dead.Events = p.Events
	return dead
}

func TestRevivedPostWaitsUnderItsIDsWithAFreshClock(t *testing.T) {
	s := openNew(t)
	dead := deadPost(t, s, 1)
	must(t, s.Revive(t.Context(), dead.ID, start.Add(time.Hour)))
	want := dead
	want.Events = nil
	want.State, want.NotBefore, want.Answers, want.FirstAnswer = relay.Waiting, time.Time{}, 0, time.Time{}
	if got := postOf(t, s, dead).Post; !reflect.DeepEqual(got, want) {
		t.Errorf("revived post = %+v, want %+v", got, want)
	}
	if got := mustDetail(t, s, eventN(1).ID).Fate; got != relay.FateWaiting {
		t.Errorf("fate = %s, want waiting", got)
	}
	if got := mustNext(t, s, spaceA); got.ID != dead.ID || got.MessageID == "" {
		t.Errorf("Next = %+v, want the revived post under its message id", got)
	}
	for name, id := range map[string]relay.PostID{"a waiting post": dead.ID, "no post": 999} {
		if err := s.Revive(t.Context(), id, start); !errors.Is(err, relay.ErrNotFound) {
			t.Errorf("Revive of %s = %v, want %v", name, err, relay.ErrNotFound)
		}
	}
}

func TestResendAddsAPostWithoutIDs(t *testing.T) {
	s := openNew(t)
	mustAccept(t, s, eventN(1), spaceA)
	try(t, s, frozenPost(mustNext(t, s, spaceA)), relay.Posted, relay.Done)
	at := start.Add(time.Hour)
	first, err := s.Resend(t.Context(), eventN(1).ID, spaceA, at)
	must(t, err)
	second, err := s.Resend(t.Context(), eventN(1).ID, spaceB, at)
	must(t, err)
	if first == second {
		t.Errorf("two resends share the id %d", first)
	}
	want := relay.Post{
		ID: first, Space: spaceA, Kind: relay.Resend, State: relay.Waiting,
		Events: []relay.Event{eventN(1)}, CreatedAt: at,
	}
	if got := mustNext(t, s, spaceA); !reflect.DeepEqual(got, want) {
		t.Errorf("Next = %+v, want %+v", got, want)
	}
	if d := mustDetail(t, s, eventN(1).ID); len(d.Posts) != 3 || d.Fate != relay.FateWaiting {
		t.Errorf("event = %+v, want three posts and waiting", d)
	}
}

func TestResendRefusesWhatWasNeverAccepted(t *testing.T) {
	s := openNew(t)
	_, err := s.Keep(t.Context(), eventN(1), relay.Late)
	must(t, err)
	_, err = s.Keep(t.Context(), eventN(2), relay.Recorded)
	must(t, err)
	for name, id := range map[string]string{"unknown": "unknown", "late": eventN(1).ID, "recorded": eventN(2).ID} {
		if _, err := s.Resend(t.Context(), id, spaceA, start); !errors.Is(err, relay.ErrNotFound) {
			t.Errorf("Resend of an event that is %s = %v, want %v", name, err, relay.ErrNotFound)
		}
	}
	if b, err := s.Backlog(t.Context(), spaceA); b.Count != 0 || err != nil {
		t.Errorf("Backlog = %+v, %v; want none", b, err)
	}
}

func TestPromotedEventIsAnAcceptedOne(t *testing.T) {
	s := openNew(t)
	_, err := s.Keep(t.Context(), eventN(1), relay.Late)
	must(t, err)
	_, err = s.Keep(t.Context(), eventN(2), relay.Late)
	must(t, err)
	at := start.Add(time.Hour)
	must(t, s.Promote(t.Context(), eventN(1).ID, []string{spaceA, spaceB, spaceA}, at))
	d := mustDetail(t, s, eventN(1).ID)
	if d.Verdict != relay.Accepted || d.Fate != relay.FateWaiting || len(d.Posts) != 2 ||
		!reflect.DeepEqual(d.Event, eventN(1)) || !d.Posts[0].Post.CreatedAt.Equal(at) {
		t.Errorf("promoted event = %+v, want it accepted with two posts", d)
	}
	if got := mustNext(t, s, spaceB); got.Kind != relay.Single || got.Events[0].ID != eventN(1).ID {
		t.Errorf("Next = %+v, want a single post of the event", got)
	}
	must(t, s.Promote(t.Context(), eventN(2).ID, nil, at))
	if d := mustDetail(t, s, eventN(2).ID); d.Verdict != relay.Accepted || d.Fate != relay.FateKept {
		t.Errorf("event promoted without a space = %+v, want it kept", d)
	}
	if fresh, err := s.Accept(t.Context(), eventN(1), []string{spaceA}); fresh || err != nil {
		t.Errorf("Accept of the promoted event = %v, %v; want false, nil", fresh, err)
	}
	for name, id := range map[string]string{"unknown": "unknown", "accepted": eventN(1).ID} {
		if err := s.Promote(t.Context(), id, []string{spaceA}, at); !errors.Is(err, relay.ErrNotFound) {
			t.Errorf("Promote of an event that is %s = %v, want %v", name, err, relay.ErrNotFound)
		}
	}
}

func TestDeadPostsAreListedOldestFirst(t *testing.T) {
	s := openNew(t)
	for i := range 3 {
		deadPost(t, s, i)
	}
	must(t, s.Revive(t.Context(), 2, start))
	posts, err := s.DeadPosts(t.Context())
	if err != nil || len(posts) != 2 || posts[0].ID != 1 || posts[1].ID != 3 || posts[1].Events[0].ID != eventN(2).ID {
		t.Errorf("DeadPosts = %+v, %v; want posts 1 and 3 with their events", posts, err)
	}
	if plan := planOf(t, s, `SELECT id FROM posts WHERE state = 'dead'`); plan != "SCAN posts USING COVERING INDEX posts_dead" {
		t.Errorf("plan = %s, want the index of dead posts", plan)
	}
}
