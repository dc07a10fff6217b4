package store

import (
	"errors"
	"testing"
	"time"

	"vastrelay/relay"
)

func TestLastAttemptOfASpace(t *testing.T) {
	s := openNew(t)
	if _, err := s.LastAttempt(t.Context(), spaceA); !errors.Is(err, relay.ErrNotFound) {
		t.Errorf("before any: got %v, want %v", err, relay.ErrNotFound)
	}
	mustAccept(t, s, eventN(1), spaceA, spaceB)
	a, b := mustNext(t, s, spaceA), mustNext(t, s, spaceB)
	started := start.Add(time.Minute)
	first, err := s.BeginAttempt(t.Context(), a, started)
	must(t, err)
	other, err := s.BeginAttempt(t.Context(), b, started.Add(time.Hour))
	must(t, err)
	if got, err := s.LastAttempt(t.Context(), spaceA); err != nil || got.ID != first || !got.StartedAt.Equal(started) || !got.EndedAt.IsZero() {
		t.Errorf("under way: got %+v, %v, want attempt %d", got, err, first)
	}
	a.State = relay.Waiting
	must(t, s.FinishAttempt(t.Context(), first, started.Add(time.Second), relay.Result{Outcome: relay.RateLimited, RetryAfter: 7 * time.Second}, a))
	got, err := s.LastAttempt(t.Context(), spaceA)
	if err != nil || !got.EndedAt.Equal(started.Add(time.Second)) || got.Result.Outcome != relay.RateLimited || got.Result.RetryAfter != 7*time.Second {
		t.Errorf("ended: got %+v, %v, want its end and result", got, err)
	}
	if got, err := s.LastAttempt(t.Context(), spaceB); err != nil || got.ID != other {
		t.Errorf("the other space: got %+v, %v, want attempt %d", got, err, other)
	}
	if _, err := s.LastAttempt(t.Context(), "AAAAunknown"); !errors.Is(err, relay.ErrNotFound) {
		t.Errorf("an unknown space: got %v, want %v", err, relay.ErrNotFound)
	}
}
