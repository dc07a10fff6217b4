package store

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
	"vastrelay/relay/store/journal"
)

// leave puts events into the arrivals of the closed database at path, as a
// program does that is killed right after it.
func leave(t testing.TB, path string, batches ...[]journal.Entry) {
	t.Helper()
	s, err := database.Connect(t.Context(), path, nil)
	must(t, err)
	j := journal.New(tables{})
	must(t, j.Load(t.Context(), s))
	for _, batch := range batches {
		var arrivals []*journal.Arrival
		for _, e := range batch {
			arrivals = append(arrivals, journal.NewArrival(e))
		}
		must(t, j.Append(s, start, arrivals))
	}
	must(t, s.Close())
}

// closedStore returns the path of a database that was made and closed.
func closedStore(t testing.TB) string {
	t.Helper()
	s := openNew(t)
	must(t, s.Close())
	return s.path
}

// changed makes a change to the closed database at path.
func changed(t testing.TB, path, query string) {
	t.Helper()
	s, err := database.Connect(t.Context(), path, nil)
	must(t, err)
	_, err = s.Exec(query)
	must(t, errors.Join(err, s.Close()))
}

func TestWhatArrivedBeforeACrashIsThereAfterIt(t *testing.T) {
	path := closedStore(t)
	leave(t, path,
		[]journal.Entry{{Event: eventN(1), Spaces: []string{spaceA}}, {Event: eventN(2), Spaces: []string{spaceA, spaceB}}},
		[]journal.Entry{{Event: eventN(3), Spaces: []string{spaceB}}, {Event: eventN(1), Spaces: []string{spaceB}}})
	s := openAt(t, path)
	// Known although it was never entered.
	if fresh, err := s.Accept(t.Context(), eventN(2), []string{spaceA}); fresh || err != nil {
		t.Errorf("Accept of what arrived before = %v, %v; want false, nil", fresh, err)
	}
	mustAccept(t, s, eventN(4), spaceA)
	ids := idsOf(mustEvents(t, s, relay.Query{}))
	if want := []string{eventN(4).ID, eventN(3).ID, eventN(2).ID, eventN(1).ID}; !slices.Equal(ids, want) {
		t.Errorf("events = %q, want %q", ids, want)
	}
	for space, want := range map[string]int{spaceA: 3, spaceB: 2} {
		if b, err := s.Backlog(t.Context(), space); b.Count != want || err != nil {
			t.Errorf("Backlog(%s) = %+v, %v; want %d", space, b, err, want)
		}
	}
	if d := mustDetail(t, s, eventN(1).ID); !d.StoredAt.Equal(start.Truncate(time.Microsecond)) {
		t.Errorf("stored at %v, want the time of the sync, %v", d.StoredAt, start)
	}
	if p := mustNext(t, s, spaceA); p.Events[0].ID != eventN(1).ID {
		t.Errorf("the first post is of %s, want the first that arrived", p.Events[0].ID)
	}
}

func TestLateEventIsReplacedAlsoFromArrivals(t *testing.T) {
	s := openNew(t)
	if fresh, err := s.Keep(t.Context(), eventN(1), relay.Late); !fresh || err != nil {
		t.Fatalf("Keep = %v, %v", fresh, err)
	}
	must(t, s.Close())
	leave(t, s.path, []journal.Entry{{Event: eventN(1), Spaces: []string{spaceA}}})
	again := openAt(t, s.path)
	if fresh, err := again.Accept(t.Context(), eventN(1), []string{spaceA}); fresh || err != nil {
		t.Errorf("Accept = %v, %v; want it known", fresh, err)
	}
	if d := mustDetail(t, again, eventN(1).ID); d.Verdict != relay.Accepted || len(d.Posts) != 1 {
		t.Errorf("verdict %s with %d posts, want accepted with 1", d.Verdict, len(d.Posts))
	}
}

func TestRowThatCannotBeReadIsSetAsideAndHoldsUpNothing(t *testing.T) {
	path := closedStore(t)
	leave(t, path, []journal.Entry{{Event: eventN(1), Spaces: []string{spaceA}}}, []journal.Entry{{Event: eventN(2), Spaces: []string{spaceA}}}, []journal.Entry{{Event: eventN(3), Spaces: []string{spaceA}}})
	changed(t, path, `UPDATE arrivals SET batch = substr(batch, 1, length(batch) - 1) WHERE num = 2`)
	s := openAt(t, path)
	ids := idsOf(mustEvents(t, s, relay.Query{}))
	if want := []string{eventN(3).ID, eventN(1).ID}; !slices.Equal(ids, want) {
		t.Errorf("events = %q, want those around the broken row, %q", ids, want)
	}
	var kept, rows int64
	readRow(t, s, `SELECT MAX(num), COUNT(*) FROM arrivals`, &kept, &rows)
	if kept != -1 || rows != 1 {
		t.Errorf("%d rows up to %d in arrivals, want the broken one alone, under -1", rows, kept)
	}
	// It was answered 204 at the time, yet should it come again it is new.
	mustAccept(t, s, eventN(2), spaceA)
}

func TestEventsAreEnteredByThemselves(t *testing.T) {
	s := openNew(t)
	mustAccept(t, s, eventN(1), spaceA)
	for events := 0; events == 0; {
		// Past the reads of the store, which would have it done.
		readRow(t, s, `SELECT COUNT(*) FROM events`, &events)
	}
}

func TestReadingAndAcceptingGoOnWhileNothingCanBeEntered(t *testing.T) {
	s := openNew(t)
	sized := func(n int) relay.Event {
		ev := eventN(n)
		ev.Payload = bytes.Repeat([]byte{'x'}, 3000) // a page takes one of them
		return ev
	}
	mustAccept(t, s, sized(1), spaceA)
	limit := func(pages int) {
		t.Helper()
		_, err := s.writer.connection.conn.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		must(t, err)
	}
	if b, err := s.Backlog(t.Context(), spaceA); b.Count != 1 || err != nil {
		t.Fatalf("Backlog = %+v, %v; want 1", b, err)
	}
	limit(1) // SQLite raises it to what is in use
	mustAccept(t, s, sized(2), spaceA)
	post := mustNext(t, s, spaceA) // what is in the tables goes on
	attempt := func() error { _, err := s.BeginAttempt(t.Context(), post, start); return err }
	if err := attempt(); ReasonOf(err) != ReasonFull {
		t.Errorf("BeginAttempt = %v, want full", err)
	}
	if _, err := s.Next(t.Context(), spaceB, start); ReasonOf(err) != ReasonFull {
		t.Errorf("Next where there may be a post = %v, want full", err)
	}
	if got := s.writer.disk.reason(); got != ReasonFull {
		t.Errorf("the disk's reason is %q, want full", got)
	}
	if b, err := s.Backlog(t.Context(), spaceA); b.Count != 1 || err != nil {
		t.Errorf("Backlog = %+v, %v; want what could be entered, 1", b, err)
	}
	if err := s.SavePause(t.Context(), relay.Pause{Since: start}); ReasonOf(err) != ReasonFull {
		t.Errorf("a change = %v, want full", err)
	}
	if fresh, err := s.Accept(t.Context(), sized(2), []string{spaceA}); fresh || err != nil {
		t.Errorf("Accept of what could not be entered = %v, %v; want it known", fresh, err)
	}
	limit(1 << 20)
	must(t, attempt())
	if b, err := s.Backlog(t.Context(), spaceA); b.Count != 2 || err != nil {
		t.Errorf("Backlog = %+v, %v; want 2", b, err)
	}
}

func TestRecordedDeliveryDoesNotHideTheAcceptedOneBeforeIt(t *testing.T) {
	s := openNew(t)
	release := holdWriter(t, s)
	accepted, recorded := make(chan bool, 1), make(chan bool, 1)
	go func() {
		fresh, err := s.Accept(t.Context(), eventN(1), []string{spaceA})
		accepted <- fresh && err == nil
	}()
	go func() {
		fresh, err := s.Keep(t.Context(), eventN(1), relay.Recorded)
		recorded <- fresh || err != nil
	}()
	waitQueued(s, 2)
	release() // the event arrives first, and the other does not wait for its being entered
	if !<-accepted || <-recorded {
		t.Error("the event is not the one that was accepted")
	}
	if d := mustDetail(t, s, eventN(1).ID); d.Verdict != relay.Accepted || len(d.Posts) != 1 {
		t.Errorf("verdict %s with %d posts, want accepted with 1", d.Verdict, len(d.Posts))
	}
}

func TestRowsAreSetAsideBesideEachOther(t *testing.T) {
	path := closedStore(t)
	for n := range 3 { // numbers begin anew with each start
		leave(t, path, []journal.Entry{{Event: eventN(n), Spaces: []string{spaceA}}})
		changed(t, path, `UPDATE arrivals SET batch = x'00' WHERE num > 0`)
		s := openAt(t, path)
		mustAccept(t, s, eventN(10+n), spaceA)
		if b, err := s.Backlog(t.Context(), spaceA); b.Count != n+1 || err != nil {
			t.Errorf("Backlog = %+v, %v; want %d", b, err, n+1)
		}
		if u, err := usageOf(t.Context(), s, Retention{}); u.SetAside != n+1 || err != nil {
			t.Errorf("%d rows were set aside, %v; want %d", u.SetAside, err, n+1)
		}
		must(t, s.Close())
	}
}

func TestManyEventsBehindAreAllEntered(t *testing.T) {
	path := closedStore(t)
	var batches [][]journal.Entry
	for n := range 40 {
		batches = append(batches, nil)
		for m := range 30 {
			batches[n] = append(batches[n], journal.Entry{Event: eventN(n*30 + m), Spaces: []string{spaceA}})
		}
	}
	leave(t, path, batches...)
	s := openAt(t, path)
	if b, err := s.Backlog(t.Context(), spaceA); b.Count != 40*30 || err != nil {
		t.Errorf("Backlog = %+v, %v; want %d", b, err, 40*30)
	}
	if s.writer.journal.Len() > 0 && !s.writer.journal.Behind() {
		t.Error("ids are kept of events that are in the tables")
	}
}

func TestUnsureCommitIsLookedUp(t *testing.T) {
	s := openNew(t)
	mustAccept(t, s, eventN(1), spaceA)
	// A commit that fails may have been made all the same.
	err := s.writer.do(t.Context(), func(x *database.Tx) error {
		if _, err := x.Exec("COMMIT"); err != nil {
			return err
		}
		other := journal.New(tables{})
		must(t, other.Load(t.Context(), x.Conn))
		must(t, other.Append(x.Conn, start, []*journal.Arrival{journal.NewArrival(journal.Entry{Event: eventN(2), Spaces: []string{spaceA}})}))
		return &database.DamagedError{Cause: "as far as anybody knows"}
	})
	if !errors.Is(err, relay.ErrStoreUnavailable) {
		t.Fatalf("the change = %v, want unavailable", err)
	}
	if fresh, err := s.Accept(t.Context(), eventN(2), []string{spaceA}); fresh || err != nil {
		t.Errorf("Accept = %v, %v; want it known", fresh, err)
	}
	mustAccept(t, s, eventN(3), spaceA)
	if b, err := s.Backlog(t.Context(), spaceA); b.Count != 3 || err != nil {
		t.Errorf("Backlog = %+v, %v; want 3", b, err)
	}
}
