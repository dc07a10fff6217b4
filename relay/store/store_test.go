package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
	"vastrelay/relay/store/journal"
)

// spaceA and spaceB are the destinations of most tests.
const (
	spaceA = "AAAAaaaa111"
	spaceB = "BBBBbbbb222"
)

// start is the moment at which most tests begin.
var start = time.Date(2026, 11, 21, 12, 0, 0, 123456000, time.UTC)

// openAt opens a store whose clock stands at start and closes it at the end.
func openAt(t testing.TB, path string) *Store {
	t.Helper()
	return openWithClock(t, path, start)
}

// openWithClock opens a store whose clock stands at now and closes it at the end.
func openWithClock(t testing.TB, path string, now time.Time) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// openNew opens a store in a folder of its own.
func openNew(t testing.TB) *Store {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "events.db"))
}

// eventN makes the nth event of a test; it arrives n seconds after start.
func eventN(n int) relay.Event {
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
	return relay.Event{
		ID:         id,
		Role:       relay.RoleClient,
		Type:       "outbid",
		Subject:    fmt.Sprintf("Instance %d outbid", n),
		Message:    fmt.Sprintf("Your instance %d was outbid and is paused.", n),
		UserID:     4711,
		OccurredAt: start.Add(time.Duration(n)*time.Second - time.Second),
		ReceivedAt: start.Add(time.Duration(n) * time.Second),
		Attempt:    1,
		Payload:    []byte(`{"event_id":"` + id + `"}`),
	}
}

// ownEvent is the nth event, made by the program itself.
func ownEvent(n int) relay.Event {
	ev := eventN(n)
	ev.ID, ev.Type = "gap-"+ev.ID, relay.GapType
	return ev
}

// mustAccept accepts ev for spaces and fails the test unless it is fresh.
func mustAccept(t testing.TB, s *Store, ev relay.Event, spaces ...string) {
	t.Helper()
	fresh, err := s.Accept(t.Context(), ev, spaces)
	if err != nil || !fresh {
		t.Fatalf("Accept(%s) = %v, %v; want true, nil", ev.ID, fresh, err)
	}
}

// acceptAll accepts fresh events for spaceA, all in one commit.
func acceptAll(t testing.TB, s *Store, events ...relay.Event) {
	t.Helper()
	err := s.writer.do(t.Context(), func(x *database.Tx) error {
		for _, ev := range events {
			if err := (tables{}).Enter(x, journal.Entry{Event: ev, Spaces: []string{spaceA}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("accept %d events: %v", len(events), err)
	}
}

// mustNext returns the next post of space as of a day after start.
func mustNext(t testing.TB, s *Store, space string) relay.Post {
	t.Helper()
	p, err := s.Next(t.Context(), space, start.AddDate(0, 0, 1))
	if err != nil {
		t.Fatalf("Next(%s): %v", space, err)
	}
	return p
}

// mustDetail returns the detail of an event.
func mustDetail(t testing.TB, s *Store, id string) relay.Detail {
	t.Helper()
	d, err := s.Detail(context.WithoutCancel(t.Context()), id)
	if err != nil {
		t.Fatalf("Detail(%s): %v", id, err)
	}
	return d
}

// readRow reads the one row of a query.
func readRow(t testing.TB, s *Store, query string, dest ...any) {
	t.Helper()
	must(t, s.reads.readTables("read a row", func(r database.Querier) error {
		return database.Row(context.WithoutCancel(t.Context()), r, query, nil, dest...)
	}))
}

// must fails the test when err is not nil.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// usageOf measures a store, as Retain does.
func usageOf(ctx context.Context, s *Store, r Retention) (Usage, error) {
	ids, err := s.History.idBytes(ctx)
	if err != nil {
		return Usage{}, err
	}
	return s.History.usage(ctx, r.orDefaults(), ids)
}
