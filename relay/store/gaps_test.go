package store

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
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

func TestEventsAreFoundByIDsAndByTexts(t *testing.T) {
	s := openNew(t)
	delivered, late, caughtUp := eventN(1), eventN(2), eventN(3)
	caughtUp.CaughtUp, caughtUp.Subject, caughtUp.Message = true, delivered.Subject, delivered.Message
	host, untimed := eventN(4), eventN(5)
	host.Role, host.Subject, host.Message = relay.RoleHost, delivered.Subject, delivered.Message
	untimed.OccurredAt, untimed.Subject, untimed.Message = time.Time{}, delivered.Subject, delivered.Message
	acceptAll(t, s, delivered, caughtUp, host, untimed)
	_, err := s.Keep(t.Context(), late, relay.Late)
	must(t, err)

	ids := []string{delivered.ID, late.ID, caughtUp.ID, "unknown", ""}
	seen, err := s.History.Seen(t.Context(), ids)
	if want := map[string]bool{delivered.ID: false, late.ID: false, caughtUp.ID: true}; err != nil || !maps.Equal(seen, want) {
		t.Errorf("Seen = %v, %v; want %v", seen, err, want)
	}

	alike, err := s.History.Alike(t.Context(), delivered, start)
	must(t, err)
	var got []string
	for _, ev := range alike {
		got = append(got, ev.ID)
	}
	if want := []string{delivered.ID, caughtUp.ID, untimed.ID}; !slices.Equal(got, want) {
		t.Fatalf("Alike = %v, want %v", got, want)
	}
	if !alike[0].OccurredAt.Equal(delivered.OccurredAt) || alike[0].CaughtUp || !alike[1].CaughtUp || !alike[2].OccurredAt.IsZero() || !alike[2].ReceivedAt.Equal(untimed.ReceivedAt) {
		t.Errorf("Alike = %+v", alike)
	}
	if later, err := s.History.Alike(t.Context(), delivered, caughtUp.ReceivedAt); err != nil || len(later) != 2 {
		t.Errorf("from the second on: got %+v, %v; want two", later, err)
	}
	removeAll(t, s)
	if seen, err := s.History.Seen(t.Context(), ids); err != nil || len(seen) != 3 {
		t.Errorf("once the events are gone: got %v, %v; want their ids known", seen, err)
	}
}

// removeAll removes the events and keeps their ids.
func removeAll(t *testing.T, s *Store) {
	t.Helper()
	must(t, s.writer.do(t.Context(), func(tx *database.Tx) error {
		for _, query := range []string{`DELETE FROM post_events`, `DELETE FROM posts`, `DELETE FROM payloads`, `DELETE FROM events`} {
			if _, err := tx.Exec(query); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestWhatIsKnownOfTheInboxIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	s := openAt(t, path)
	if trusted, err := s.Gaps.InboxTrusted(t.Context()); err != nil || trusted {
		t.Errorf("at first: got %v, %v; want nothing known", trusted, err)
	}
	must(t, s.Gaps.TrustInbox(t.Context(), start))
	must(t, s.Close())
	if trusted, err := openAt(t, path).Gaps.InboxTrusted(t.Context()); err != nil || !trusted {
		t.Errorf("after a restart: got %v, %v; want it kept", trusted, err)
	}
}
