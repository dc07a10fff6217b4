package store

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
	"vastrelay/relay/store/journal"
)

// unsigned is an event whose id comes from a header, in a body of its own.
func unsigned(id, body string) relay.Event {
	ev := eventN(1)
	ev.ID, ev.BodyID = id, body
	return ev
}

// enterAll waits until what has arrived is in the tables.
func enterAll(t *testing.T, s *Store) {
	t.Helper()
	must(t, s.writer.settle(t.Context()))
}

func TestAnEventWithoutASignedIDIsKnownByItsBody(t *testing.T) {
	accept := func(ev relay.Event) func(*testing.T, *Store) bool {
		return func(t *testing.T, s *Store) bool {
			fresh, err := s.Accept(t.Context(), ev, []string{spaceA})
			must(t, err)
			return fresh
		}
	}
	keep := func(ev relay.Event, v relay.Verdict) func(*testing.T, *Store) bool {
		return func(t *testing.T, s *Store) bool {
			fresh, err := s.Keep(t.Context(), ev, v)
			must(t, err)
			return fresh
		}
	}
	enter := func(t *testing.T, s *Store) bool { enterAll(t, s); return false }
	tests := []struct {
		name   string
		steps  []func(*testing.T, *Store) bool
		wait   time.Duration // before the last step
		fresh  bool          // what the last step says
		events int           // in the end
	}{
		{"three header ids, one after the other", []func(*testing.T, *Store) bool{accept(unsigned("h1", "body-a")), accept(unsigned("h2", "body-a")), accept(unsigned("h3", "body-a"))}, 0, false, 1},
		{"the first by a version that took header ids as they are", []func(*testing.T, *Store) bool{accept(unsigned("h1", "body-a")), enter, accept(unsigned("header-h1", "body-a"))}, 0, false, 1},
		{"the first is in the tables already", []func(*testing.T, *Store) bool{accept(unsigned("h1", "body-a")), enter, accept(unsigned("h2", "body-a"))}, 0, false, 1},
		{"without a header first", []func(*testing.T, *Store) bool{accept(unsigned("body-a", "body-a")), enter, accept(unsigned("h1", "body-a"))}, 0, false, 1},
		{"without a header later", []func(*testing.T, *Store) bool{accept(unsigned("h1", "body-a")), enter, accept(unsigned("body-a", "body-a"))}, 0, false, 1},
		{"another body is another event", []func(*testing.T, *Store) bool{accept(unsigned("h1", "body-a")), accept(unsigned("h2", "body-b"))}, 0, true, 2},
		{"just before a day is over", []func(*testing.T, *Store) bool{accept(unsigned("h1", "body-a")), enter, accept(unsigned("h2", "body-a"))}, bodyMemory - time.Second, false, 1},
		{"after a day it is news", []func(*testing.T, *Store) bool{accept(unsigned("h1", "body-a")), enter, accept(unsigned("h2", "body-a"))}, bodyMemory, true, 2},
		{"events with signed ids are not compared", []func(*testing.T, *Store) bool{accept(unsigned("h1", "")), accept(unsigned("h2", ""))}, 0, true, 2},
		{"late under one id, late under another", []func(*testing.T, *Store) bool{keep(unsigned("h1", "body-a"), relay.Late), keep(unsigned("h2", "body-a"), relay.Late)}, 0, false, 1},
		{"late under one id, in time under another", []func(*testing.T, *Store) bool{keep(unsigned("h1", "body-a"), relay.Late), accept(unsigned("h2", "body-a"))}, 0, true, 1},
		{"accepted under one id, late under another", []func(*testing.T, *Store) bool{accept(unsigned("h1", "body-a")), keep(unsigned("h2", "body-a"), relay.Late)}, 0, false, 1},
		{"recorded under one id, accepted under another", []func(*testing.T, *Store) bool{keep(unsigned("h1", "body-a"), relay.Recorded), accept(unsigned("h2", "body-a"))}, 0, false, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, now := clockStore(t)
			var fresh bool
			for i, step := range tt.steps {
				if i == len(tt.steps)-1 {
					*now = now.Add(tt.wait)
				}
				fresh = step(t, s)
			}
			enterAll(t, s)
			if got := counts(t, s)["events"]; fresh != tt.fresh || got != tt.events {
				t.Errorf("got fresh %v and %d events, want %v and %d", fresh, got, tt.fresh, tt.events)
			}
		})
	}
}

func TestTheSameBodyAtOnceUnderManyIDs(t *testing.T) {
	s := openNew(t)
	var group sync.WaitGroup
	var mu sync.Mutex
	news := 0
	for i := range 100 {
		group.Go(func() {
			fresh, err := s.Accept(t.Context(), unsigned(fmt.Sprint("h", i), "body-a"), []string{spaceA})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			if fresh {
				news++
			}
		})
	}
	group.Wait()
	enterAll(t, s)
	if got := counts(t, s); news != 1 || got["events"] != 1 || got["posts"] != 1 {
		t.Errorf("got %d new events and %v, want one of each", news, got)
	}
}

func TestABodyIsKnownAfterACrash(t *testing.T) {
	path := closedStore(t)
	leave(t, path, []journal.Entry{{Event: unsigned("h1", "body-a"), Spaces: []string{spaceA}}})
	s := openAt(t, path)
	if fresh, err := s.Accept(t.Context(), unsigned("h2", "body-a"), []string{spaceA}); fresh || err != nil {
		t.Errorf("Accept = %v, %v; want it known by its body", fresh, err)
	}
	if known, err := s.Known(t.Context(), unsigned("h3", "body-a")); !known || err != nil {
		t.Errorf("Known = %v, %v; want it known by its body", known, err)
	}
	enterAll(t, s)
	must(t, s.Close())
	copied := filepath.Join(t.TempDir(), "events.db")
	if _, incomplete, err := database.Salvage(t.Context(), path, copied, schema()); incomplete || err != nil {
		t.Fatalf("salvage: %v, %v", incomplete, err)
	}
	for name, path := range map[string]string{"the next run": path, "what was carried over": copied} {
		s := openAt(t, path)
		if fresh, err := s.Accept(t.Context(), unsigned("h4", "body-a"), []string{spaceA}); fresh || err != nil {
			t.Errorf("%s: Accept = %v, %v; want it known by its body", name, fresh, err)
		}
	}
}

func TestKnown(t *testing.T) {
	s := openNew(t)
	mustAccept(t, s, eventN(1), spaceA)
	for n, v := range map[int]relay.Verdict{2: relay.Recorded, 3: relay.Late, 4: relay.Unreadable} {
		_, err := s.Keep(t.Context(), eventN(n), v)
		must(t, err)
	}
	for n, want := range map[int]bool{1: true, 2: true, 3: false, 4: false, 5: false} {
		if got, err := s.Known(t.Context(), eventN(n)); got != want || err != nil {
			t.Errorf("event %d: got %v, %v, want %v", n, got, err, want)
		}
	}
}

func TestBodiesAreForgottenAfterADay(t *testing.T) {
	s, now := clockStore(t)
	mustAccept(t, s, unsigned("h1", "body-a"), spaceA)
	enterAll(t, s)
	*now = now.Add(bodyMemory / 2)
	mustAccept(t, s, unsigned("h2", "body-b"), spaceA)
	enterAll(t, s)
	*now = now.Add(bodyMemory / 2)
	_, err := s.History.Retain(t.Context(), Retention{})
	must(t, err)
	var left string
	readRow(t, s, `SELECT group_concat(hash) FROM bodies`, &left)
	if left != "body-b" {
		t.Errorf("got %q left, want the younger one", left)
	}
}

// formerRow is a row of arrivals as the program before wrote it.
func formerRow(ev relay.Event) []byte {
	text := func(row []byte, text string) []byte {
		return append(binary.AppendUvarint(row, uint64(len(text))), text...)
	}
	at := func(row []byte, at time.Time) []byte { return binary.AppendVarint(append(row, 1), at.UnixMicro()) }
	row := binary.AppendVarint([]byte{1}, start.UnixMicro())
	for _, field := range []string{ev.ID, string(ev.Role), ev.Type, ev.Subject, ev.Message} {
		row = text(row, field)
	}
	row = binary.AppendVarint(row, ev.UserID)
	row = binary.AppendVarint(row, int64(ev.Attempt))
	row = at(at(row, ev.OccurredAt), ev.ReceivedAt)
	row = text(append(row, 1), string(ev.Payload))
	return text(binary.AppendUvarint(row, 1), spaceA)
}

func TestWhatTheProgramBeforeLeftIsEntered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	databaseOf(t, path, 4)
	old, err := database.Connect(t.Context(), path, nil)
	must(t, err)
	_, err = old.Exec(`INSERT INTO arrivals (num, batch) VALUES (1, ?)`, formerRow(eventN(1)))
	must(t, err)
	must(t, old.Close())
	s := openAt(t, path)
	got := mustDetail(t, s, eventN(1).ID)
	if got.Event.Subject != eventN(1).Subject || string(got.Event.Payload) != string(eventN(1).Payload) || len(got.Posts) != 1 {
		t.Errorf("got %+v, want the event that was left", got)
	}
}
