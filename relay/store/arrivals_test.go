package store

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// arrivalCases are events as they are kept in a row of arrivals and come back
// from it.
func arrivalCases() map[string]arrival {
	full := eventN(1)
	full.OccurredAt = full.OccurredAt.Truncate(time.Microsecond)
	bare := relay.Event{ID: "a"}
	odd := eventN(2)
	odd.Subject, odd.Message = "Ünïcode \x00 \xff", strings.Repeat("long ", 10_000)
	odd.UserID, odd.Attempt = -1, 1_000_000
	odd.Payload = []byte{}
	byBody := eventN(3)
	byBody.BodyID = "body-1"
	byBody.OccurredAt = byBody.OccurredAt.Truncate(time.Microsecond)
	return map[string]arrival{
		"an event without a signed id":        {byBody, []string{spaceA}},
		"an event as it comes":                {full, []string{spaceA}},
		"nothing but an id":                   {bare, nil},
		"odd text, an empty payload":          {odd, []string{spaceA, spaceB}},
		"for several spaces, also odd ones":   {full, []string{"", spaceB, "\x00"}},
		"a time before 1970":                  {relay.Event{ID: "b", ReceivedAt: time.UnixMicro(-1).UTC()}, nil},
		"a payload longer than a page of it":  {relay.Event{ID: "c", Payload: bytes.Repeat([]byte{0}, 1<<16)}, nil},
		"an event of a context and no target": {relay.Event{ID: "d", Context: relay.ContextHost}, nil},
	}
}

func TestArrivalsComeBackAsTheyWere(t *testing.T) {
	row := beginArrivals(start, 0)
	var want []arrival
	for name, a := range arrivalCases() {
		t.Run(name, func(t *testing.T) {
			alone := appendArrival(beginArrivals(start, 0), a)
			got, stored, err := decodeArrivals(alone)
			if err != nil || len(got) != 1 || !stored.Equal(start) || !reflect.DeepEqual(got[0], a) {
				t.Errorf("got %+v, stored at %v, %v; want %+v", got, stored, err, a)
			}
			for cut := range alone {
				if got, _, err := decodeArrivals(alone[:cut]); err == nil && len(got) > 0 {
					t.Fatalf("the row cut to %d of %d bytes gives %+v", cut, len(alone), got)
				}
				if cut > 500 {
					break
				}
			}
		})
		row, want = appendArrival(row, a), append(want, a)
	}
	if got, _, err := decodeArrivals(row); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("all in one row give %d events, %v; want the %d that went in", len(got), err, len(want))
	}
}

func TestTimesThatNoCalendarShowsAreNotKept(t *testing.T) {
	far := relay.Event{ID: "far", OccurredAt: time.Date(12_000, 1, 1, 0, 0, 0, 0, time.UTC)}
	got, _, err := decodeArrivals(appendArrival(beginArrivals(start, 0), arrival{event: far}))
	if err != nil || !got[0].event.OccurredAt.IsZero() {
		t.Errorf("got %+v, %v; want no time", got, err)
	}
}

func FuzzArrivals(f *testing.F) {
	row := beginArrivals(start, 0)
	for _, a := range arrivalCases() {
		f.Add(appendArrival(beginArrivals(start, 0), a))
		if len(a.event.Message) < 1000 {
			row = appendArrival(row, a)
		}
	}
	f.Add(row)
	f.Add([]byte{})
	f.Add([]byte{arrivalsForm + 1, 0})
	f.Add(formerRow(eventN(1)))
	f.Add([]byte{arrivalsForm, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, row []byte) {
		arrived, stored, err := decodeArrivals(row)
		if err != nil {
			if len(arrived) > 0 {
				t.Fatalf("%d events beside the error %v", len(arrived), err)
			}
			return
		}
		again := beginArrivals(stored, len(row))
		for _, a := range arrived {
			again = appendArrival(again, a)
		}
		got, _, err := decodeArrivals(again)
		if err != nil || len(got) != len(arrived) {
			t.Fatalf("what was read gives %d events, %v; want %d", len(got), err, len(arrived))
		}
	})
}

// leave puts events into the arrivals of the closed database at path, as a
// program does that is killed right after it.
func leave(t testing.TB, path string, batches ...[]arrival) {
	t.Helper()
	s, err := database.Connect(t.Context(), path, nil)
	must(t, err)
	var b backlog
	must(t, b.load(t.Context(), s))
	for _, batch := range batches {
		var requests []*request
		for _, a := range batch {
			requests = append(requests, &request{arrived: &arriving{id: a.event.ID, body: a.event.BodyID, arrival: a, encoded: appendArrival(nil, a)}})
		}
		must(t, b.append(s, start, requests))
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
		[]arrival{{eventN(1), []string{spaceA}}, {eventN(2), []string{spaceA, spaceB}}},
		[]arrival{{eventN(3), []string{spaceB}}, {eventN(1), []string{spaceB}}})
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
	leave(t, s.path, []arrival{{eventN(1), []string{spaceA}}})
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
	leave(t, path, []arrival{{eventN(1), []string{spaceA}}}, []arrival{{eventN(2), []string{spaceA}}}, []arrival{{eventN(3), []string{spaceA}}})
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
	told := make(chan Reason, 1)
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "events.db"), Options{OnBehind: func(r Reason) {
		select {
		case told <- r:
		default:
		}
	}})
	must(t, err)
	defer func() { must(t, s.Close()) }()
	sized := func(n int) relay.Event {
		ev := eventN(n)
		ev.Payload = bytes.Repeat([]byte{'x'}, 3000) // a page takes one of them
		return ev
	}
	mustAccept(t, s, sized(1), spaceA)
	limit := func(pages int) {
		t.Helper()
		_, err := s.writer.session.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
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
	if got := <-told; got != ReasonFull {
		t.Errorf("told %q, want full", got)
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
		leave(t, path, []arrival{{eventN(n), []string{spaceA}}})
		changed(t, path, `UPDATE arrivals SET batch = x'00' WHERE num > 0`)
		s := openAt(t, path)
		mustAccept(t, s, eventN(10+n), spaceA)
		if b, err := s.Backlog(t.Context(), spaceA); b.Count != n+1 || err != nil {
			t.Errorf("Backlog = %+v, %v; want %d", b, err, n+1)
		}
		if u, err := s.Usage(t.Context(), Retention{}); u.SetAside != n+1 || err != nil {
			t.Errorf("%d rows were set aside, %v; want %d", u.SetAside, err, n+1)
		}
		must(t, s.Close())
	}
}

func TestOrderOfTurns(t *testing.T) {
	waiting := func(after ...int64) (all []*request) {
		for _, n := range after {
			all = append(all, &request{after: n})
		}
		return all
	}
	asked := func(after int64) []*request { return []*request{{after: after, since: time.Now()}} }
	many := make(map[string]struct{})
	for n := range maxBehind {
		many[eventN(n).ID] = struct{}{}
	}
	for name, c := range map[string]struct {
		arriving, waiting, patient []*request
		ids                        map[string]struct{}
		entered, appended          int64
		shared, stopped            bool
		early, lull                bool
		want                       turn
		claimed                    int
	}{
		"nothing to do is rest":                                      {want: turnRest},
		"nothing to do after a stop is the end":                      {stopped: true, want: turnEnd},
		"an event goes before work that can wait":                    {arriving: waiting(0), patient: waiting(0), want: turnAppend, claimed: 1},
		"an event goes before what nobody waits for":                 {arriving: waiting(0), appended: 1, want: turnAppend, claimed: 1},
		"a change goes before an event":                              {arriving: waiting(0), waiting: waiting(0), want: turnCommit, claimed: 1},
		"and an event before the next change":                        {arriving: waiting(0), waiting: waiting(0), shared: true, want: turnAppend, claimed: 1},
		"a change goes before work that can wait":                    {waiting: waiting(0), patient: waiting(0, 0), want: turnCommit, claimed: 1},
		"work that can wait comes one at a time":                     {patient: waiting(0, 0), want: turnCommit, claimed: 1},
		"a change waits for what arrived before it":                  {waiting: waiting(3), appended: 3, entered: 2, want: turnEnter},
		"changes that need not wait are made together":               {waiting: waiting(1, 2, 3), appended: 3, entered: 2, want: turnCommit, claimed: 2},
		"entering that was waited for for long goes before an event": {arriving: waiting(0), waiting: waiting(3), appended: 3, entered: 2, want: turnEnter},
		"but not twice in a row":                                     {arriving: waiting(0), waiting: waiting(3), appended: 3, entered: 2, shared: true, want: turnAppend, claimed: 1},
		"entering that was just asked for lets events go first":      {arriving: waiting(0), waiting: asked(3), appended: 3, entered: 2, want: turnAppend, claimed: 1},
		"and comes at once where there are none":                     {waiting: asked(3), appended: 3, entered: 2, want: turnEnter},
		"but for a moment after several at once":                     {waiting: asked(3), appended: 3, entered: 2, lull: true, want: turnRest},
		"unless it was waited for for long":                          {waiting: waiting(3), appended: 3, entered: 2, lull: true, want: turnEnter},
		"a change that need not wait does not wait for that":         {waiting: asked(2), appended: 3, entered: 2, lull: true, want: turnCommit, claimed: 1},
		"too many behind takes turns with events":                    {arriving: waiting(0), ids: many, appended: 9, want: turnEnter},
		"and gives way every other time":                             {arriving: waiting(0), ids: many, appended: 9, shared: true, want: turnAppend, claimed: 1},
		"what nobody waits for is entered after a while":             {appended: 1, want: turnEnter},
		"and not before":                                             {appended: 1, early: true, want: turnRest},
		"work that can wait also waits for entering":                 {patient: waiting(0), appended: 1, early: true, want: turnRest},
		"a stop does not wait for entering":                          {appended: 1, stopped: true, want: turnEnd},
		"a stop waits for work that was taken on, behind or not":     {appended: 1, stopped: true, patient: waiting(0), want: turnCommit, claimed: 1},
		"a stop waits for those who wait for entering":               {appended: 1, stopped: true, waiting: waiting(1), want: turnEnter},
		"more events than a row may hold are left for the next one":  {arriving: waiting(make([]int64, arrivalBatch+1)...), want: turnAppend, claimed: arrivalBatch},
	} {
		t.Run(name, func(t *testing.T) {
			w := &writer{
				maxBatch: defaultBatch, arriving: c.arriving, waiting: c.waiting, patient: c.patient,
				stopped: c.stopped, shared: c.shared, backlog: backlog{ids: c.ids},
			}
			w.backlog.appended.Store(c.appended)
			w.backlog.entered.Store(c.entered)
			if c.lull {
				w.lullUntil = time.Now().Add(time.Hour)
			}
			if c.early {
				w.enterAt = time.Now().Add(time.Hour)
			}
			got, batch := w.next()
			if got != c.want || len(batch) != c.claimed {
				t.Errorf("turn %d with %d requests, want %d with %d", got, len(batch), c.want, c.claimed)
			}
		})
	}
}

func TestManyEventsBehindAreAllEntered(t *testing.T) {
	path := closedStore(t)
	var batches [][]arrival
	for n := range 40 {
		batches = append(batches, nil)
		for m := range 30 {
			batches[n] = append(batches[n], arrival{eventN(n*30 + m), []string{spaceA}})
		}
	}
	leave(t, path, batches...)
	s := openAt(t, path)
	if b, err := s.Backlog(t.Context(), spaceA); b.Count != 40*30 || err != nil {
		t.Errorf("Backlog = %+v, %v; want %d", b, err, 40*30)
	}
	if len(s.writer.backlog.ids) > 0 && !s.writer.backlog.behind() {
		t.Error("ids are kept of events that are in the tables")
	}
}

func TestUnsureCommitIsLookedUp(t *testing.T) {
	s := openNew(t)
	mustAccept(t, s, eventN(1), spaceA)
	// A commit that fails may have been made all the same.
	err := s.writer.do(t.Context(), func(x *database.Tx) error {
		if _, err := x.Exec(`INSERT INTO arrivals (num, batch) VALUES (?, ?)`, s.writer.backlog.appended.Load()+1,
			appendArrival(beginArrivals(start, 0), arrival{eventN(2), []string{spaceA}})); err != nil {
			return err
		}
		if _, err := x.Exec("COMMIT"); err != nil {
			return err
		}
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
