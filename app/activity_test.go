package app

import (
	"path/filepath"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store"
)

func TestActivityCountsEachEventInItsHour(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "events.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	now := time.Now()
	for id, at := range map[string]time.Time{
		"just now":            now,
		"in the hour before":  now.Add(-90 * time.Minute),
		"long before the day": now.Add(-48 * time.Hour),
	} {
		if _, err := s.Accept(t.Context(), relay.Event{ID: id, ReceivedAt: at, Payload: []byte("{}")}, []string{"AAAA"}); err != nil {
			t.Fatal(err)
		}
	}
	p := &Program{store: s}
	got, err := p.Activity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := make([]int, activityHours)
	want[activityHours-1], want[activityHours-2] = 1, 1
	for hour := range want {
		if got[hour] != want[hour] {
			t.Errorf("hour %d: got %d events, want %d", hour, got[hour], want[hour])
		}
	}
}
