package store

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vastrelay/relay"
)

func TestGapsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	s := openAt(t, path)
	first, err := s.Gaps.Save(t.Context(), relay.Gap{Start: start, End: start.Add(time.Minute), Cause: relay.GapSleep, MayLose: true})
	must(t, err)
	second, err := s.Gaps.Save(t.Context(), relay.Gap{Start: start.Add(time.Hour), Cause: relay.GapDisk})
	must(t, err)
	first.CaughtUp, first.ToldAt = 3, start.Add(time.Hour)
	_, err = s.Gaps.Save(t.Context(), first)
	must(t, err)
	must(t, s.Close())

	s = openAt(t, path)
	got, err := s.Gaps.Recent(t.Context(), 10)
	if want := []relay.Gap{second, first}; err != nil || !slices.Equal(got, want) || got[0].ID == got[1].ID {
		t.Errorf("Recent = %+v, %v; want %+v", got, err, want)
	}
	if got, err := s.Gaps.Recent(t.Context(), 1); err != nil || !slices.Equal(got, []relay.Gap{second}) {
		t.Errorf("Recent of one = %+v, %v; want the newest", got, err)
	}
	if _, err := s.Gaps.Save(t.Context(), relay.Gap{ID: 99, Start: start}); !errors.Is(err, relay.ErrNotFound) {
		t.Errorf("a gap that is not there: got %v, want ErrNotFound", err)
	}
}

func TestRetainRemovesOldGaps(t *testing.T) {
	s, now := clockStore(t)
	old := relay.Gap{Start: start, End: start.Add(time.Hour), Cause: relay.GapSleep}
	open := relay.Gap{Start: start.Add(2 * time.Hour), Cause: relay.GapTunnel}
	for _, g := range []relay.Gap{old, open} {
		_, err := s.Gaps.Save(t.Context(), g)
		must(t, err)
	}
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{{DefaultMaxAge, 2}, {DefaultMaxAge + 2*time.Hour, 1}} {
		*now = start.Add(tt.after)
		_, err := s.History.Retain(t.Context(), Retention{})
		must(t, err)
		if got, err := s.Gaps.Recent(t.Context(), 10); err != nil || len(got) != tt.want || !got[0].Open() {
			t.Errorf("after %v: got %+v, %v; want %d, the open one among them", tt.after, got, err, tt.want)
		}
	}
}
