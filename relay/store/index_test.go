package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
	"vastrelay/relay/store/fulltext"
)

// fillIndex indexes all that can be indexed.
func fillIndex(t testing.TB, s *Store) {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = s.indexer.Step(context.WithoutCancel(t.Context()), true); err != nil {
			t.Fatalf("index: %v", err)
		}
	}
}

// soundIndex checks the index and returns how many blocks are in it.
func soundIndex(t *testing.T, s *Store) (blocks int) {
	t.Helper()
	must(t, s.writer.do(t.Context(), func(x *database.Tx) error {
		if _, err := x.Exec(`INSERT INTO search (search, rank) VALUES ('integrity-check', 0)`); err != nil {
			return err
		}
		var documents int
		if err := x.Row(`SELECT (SELECT COUNT(*) FROM search_docsize), (SELECT COUNT(*) FROM search_blocks)`, nil,
			&documents, &blocks); err != nil {
			return err
		}
		if documents != blocks {
			t.Errorf("%d documents for %d blocks", documents, blocks)
		}
		return nil
	}))
	return blocks
}

// rareEvent makes the nth event of a long history, in which words are of every
// frequency, and the clock is sometimes wrong.
func rareEvent(r *rand.Rand, n int) relay.Event {
	ev := eventN(n)
	ev.Type = []string{"outbid", "low_credit", "rental_started"}[min(r.IntN(100), 2)]
	ev.Subject = fmt.Sprintf("Instance %d outbid", 10_000+r.IntN(50_000))
	ev.Message = strings.Repeat("Gerät ", r.IntN(2)) + fmt.Sprintf("bid $%d.%02d", r.IntN(9), r.IntN(100))
	for frequency := 3; frequency < 800; frequency *= 3 {
		if r.IntN(frequency) == 0 {
			ev.Message += fmt.Sprintf(" OnceIn%dtimes", frequency)
		}
	}
	if r.IntN(150) == 0 {
		ev.Message += " qz"
	}
	ev.ReceivedAt = ev.ReceivedAt.Add(time.Duration(r.IntN(30)) * time.Second)
	if r.IntN(40) == 0 {
		ev.ReceivedAt = ev.ReceivedAt.Add(time.Duration(r.IntN(2000)-1000) * time.Second)
	}
	return ev
}

// longStore makes a store with a long history of which all but the end is
// indexed, or nothing, and in which some events were replaced afterwards.
func longStore(t *testing.T, indexed bool) *Store {
	t.Helper()
	s := openNew(t)
	s.History.scan = 300
	r := rand.New(rand.NewPCG(7, 7))
	events := 5 * s.History.scan
	var all []relay.Event
	for n := range events {
		ev := rareEvent(r, n)
		if 40 <= n && n < 60 {
			// Of the first blocks, but as new as what the index is first asked for.
			ev.ReceivedAt = eventN(events - s.History.scan - n).ReceivedAt
			ev.Message += " oncein3times oncein27times"
		}
		all = append(all, ev)
	}
	var late []relay.Event
	for n := range 20 {
		ev := rareEvent(r, events+n)
		ev.Message = "was late, word latehorse"
		_, err := s.Keep(t.Context(), ev, relay.Late)
		must(t, err)
		late = append(late, ev)
	}
	acceptAll(t, s, all...)
	if indexed {
		fillIndex(t, s)
	}
	for i, ev := range late[:10] {
		ev.Message = "came in time, word timehorse"
		ev.ReceivedAt = eventN(50 * i).ReceivedAt // by a clock that went wrong
		mustAccept(t, s, ev, spaceA)
	}
	acceptAll(t, s, rareEvent(r, 2*events), rareEvent(r, 2*events+1))
	return s
}

func TestSearchFindsTheSameWithAndWithoutTheIndex(t *testing.T) {
	s := longStore(t, true)
	searches := []string{
		"instance", "INSTANCE outbid", "12", "345", "4567", "23456", "instance 33", "absent", "qz", "zqx", "zj", "$", "€", ".5", "gerät",
		"oncein3times", "oncein9times", "oncein27times", "oncein81times", "oncein243times", "oncein729times",
		"oncein81times oncein27times", "oncein9times 12", "latehorse", "timehorse", "horse late", `"`, `a"b c`, "aaa", "x",
		"AND OR NOT", "in8 in2 qz", strings.Repeat("oncein27times", 20), "oncein27times " + strings.Repeat("ab ", 40),
	}
	middle := eventN(2 * s.History.scan).ReceivedAt
	for _, search := range searches {
		for name, q := range map[string]relay.Query{
			"all":           {},
			"a small page":  {Limit: 3},
			"a large page":  {Limit: 150},
			"a later page":  {BeforeTime: middle, BeforeID: eventN(2 * s.History.scan).ID},
			"a frequent":    {Type: "rental_started"},
			"a rare type":   {Type: "low_credit"},
			"a fate":        {Fate: relay.FateWaiting},
			"a rare fate":   {Fate: relay.FateLate, Limit: 2},
			"fate and type": {Fate: relay.FateWaiting, Type: "rental_started", BeforeTime: middle},
		} {
			q.Search = search
			got, want := mustEvents(t, s, q), scanned(t, s, q)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("search %q of %s finds %d: %q\nwant %d: %q", search, name, len(got), idsOf(got), len(want), idsOf(want))
			}
		}
	}
}

// scanned answers q without the index.
func scanned(t *testing.T, s *Store, q relay.Query) (page []relay.Summary) {
	t.Helper()
	must(t, s.reads.snapshot(t.Context(), "scan", func(r database.Querier) (err error) {
		page, err = readSummaries(t.Context(), r, selectEvents(q))
		return err
	}))
	return page
}

func TestSearchNeedsNoIndex(t *testing.T) {
	s := longStore(t, false)
	for _, search := range []string{"oncein27times", "horse", "absent", "qz"} {
		q := relay.Query{Search: search, Limit: 90}
		if got, want := mustEvents(t, s, q), scanned(t, s, q); !reflect.DeepEqual(got, want) {
			t.Errorf("search %q finds %q, want %q", search, idsOf(got), idsOf(want))
		}
	}
}

func TestSearchPagesThroughTheIndexWithoutGapsOrRepeats(t *testing.T) {
	s := longStore(t, true)
	for _, search := range []string{"oncein27times", "horse", "qz"} {
		var got []string
		q := relay.Query{Search: search, Limit: 7}
		for {
			page := mustEvents(t, s, q)
			got = append(got, idsOf(page)...)
			if len(page) < q.Limit {
				break
			}
			last := page[len(page)-1]
			q.BeforeTime, q.BeforeID = last.ReceivedAt, last.ID
		}
		if want := idsOf(mustEvents(t, s, relay.Query{Search: search, Limit: maxPage})); !slices.Equal(got, want) {
			t.Errorf("pages of %q = %q, want %q", search, got, want)
		}
	}
}

func TestIndexGoesOnWhereACrashLeftIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	s := openAt(t, path)
	fillIndex(t, s) // an empty store
	var events []relay.Event
	for n := range fulltext.BlockSize * 80 {
		events = append(events, eventN(n))
	}
	acceptAll(t, s, events...)
	for range 2 {
		if _, err := s.indexer.Step(t.Context(), true); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := soundIndex(t, s), 2*fulltext.QuietBlocks; got != want {
		t.Errorf("%d blocks after two steps, want %d", got, want)
	}

	if _, err := s.indexer.Step(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if got, want := soundIndex(t, s), 2*fulltext.QuietBlocks+fulltext.BusyBlocks; got != want {
		t.Errorf("%d blocks after a step while others write, want %d", got, want)
	}

	after := openAt(t, copyDatabase(t, path))
	acceptAll(t, after, eventN(len(events)))
	fillIndex(t, after)
	if got, want := soundIndex(t, after), 80; got != want {
		t.Errorf("%d blocks, want %d", got, want)
	}
}

func TestIndexIsFilledByItself(t *testing.T) {
	s := openNew(t)
	var events []relay.Event
	for n := range fulltext.BlockSize*40 - 1 { // numbers count from 1
		events = append(events, eventN(n))
	}
	acceptAll(t, s, events...)
	s.indexer.Noticed(fulltext.After)
	// Waiting for what must come needs no clock: the test ends when it has.
	for blocks := 0; blocks < 40; {
		readRow(t, s, `SELECT COUNT(*) FROM search_blocks`, &blocks)
	}
	if got := soundIndex(t, s); got != 40 {
		t.Errorf("%d blocks, want 40", got)
	}
}

func TestWorkThatCanWaitGoesLast(t *testing.T) {
	s := openNew(t)
	release := holdWriter(t, s)
	var order []string // written by the writing goroutine alone
	ended := make(chan error, 4)
	note := func(name string) func(*database.Tx) error {
		return func(*database.Tx) error { order = append(order, name); return nil }
	}
	go func() { ended <- s.writer.doLater(t.Context(), note("can wait")) }()
	for queued := false; !queued; {
		s.writer.queue.mu.Lock()
		queued = len(s.writer.queue.background) == 1
		s.writer.queue.mu.Unlock()
		runtime.Gosched()
	}
	for range 3 {
		go func() { ended <- s.writer.do(t.Context(), note("cannot")) }()
	}
	waitQueued(s, 3)
	release()
	for range 4 {
		must(t, <-ended)
	}
	if want := []string{"cannot", "cannot", "cannot", "can wait"}; !slices.Equal(order, want) {
		t.Errorf("order = %q, want %q", order, want)
	}
}
