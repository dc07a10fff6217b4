package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// million is how many events the large benchmarks look into.
const million = 1_000_000

// millionStart is when the first event of the large benchmarks arrived, and
// millionStep how long after each the next one did.
var millionStart = time.UnixMicro(1700000000000000)

const millionStep = time.Second

// fill writes n posted events, one in a thousand of them a dead letter, the
// way the store would, but in a few statements. The first arrived at a step after start.
func fill(t testing.TB, s *Store, n int, start time.Time, step time.Duration) {
	t.Helper()
	const count = `WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < ?) `
	at := fmt.Sprintf("%d + x * %d", start.UnixMicro(), step.Microseconds())
	for _, query := range []string{
		count + `INSERT INTO event_ids SELECT x, printf('%08x-0000-4000-8000-%012d', x * 2654435761 % 4294967296, x), 'accepted', x FROM c`,
		count + `INSERT INTO events SELECT x, 'client', CASE x % 7 WHEN 0 THEN 'low_credit' ELSE 'outbid' END, 4711, x,
			` + at + `, x, 1, CASE x % 1000 WHEN 0 THEN 'failed' ELSE 'posted' END, 0,
			printf('Instance %d outbid', x), printf('Your instance %d was outbid and is paused. Your bid of $0.25/hr was beaten.', x),
			NULL, 0, 0 FROM c`,
		count + `INSERT INTO payloads SELECT x, randomblob(300), NULL FROM c`,
		count + `INSERT INTO posts (id, space, kind, state, tries, created_at) SELECT x, 'AAAAaaaa111', 'single',
			CASE x % 1000 WHEN 0 THEN 'dead' ELSE 'posted' END, 1, x FROM c`,
		count + `INSERT INTO post_events SELECT x, 0, x FROM c`,
		count + `INSERT INTO attempts (post, number, rung, started_at, ended_at, outcome) SELECT x, 1, 'card', x, x, 'posted' FROM c`,
	} {
		if err := s.writer.do(t.Context(), func(x *database.Tx) error {
			_, err := x.Exec(query, n)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkMillion measures what windows and lanes ask of a store that holds a
// million events, and how long that store takes to open.
func BenchmarkMillion(b *testing.B) {
	path := filepath.Join(b.TempDir(), "events.db")
	s := openAt(b, path)
	fill(b, s, million, millionStart, millionStep)
	begun := time.Now()
	fillIndex(b, s)
	b.Logf("indexed in %v", time.Since(begun))
	var size int64
	readRow(b, s, `SELECT (c.page_count - f.freelist_count) * p.page_size
		FROM pragma_page_count() c, pragma_freelist_count() f, pragma_page_size() p`, &size)
	middle := millionStart.Add(million / 2 * millionStep)
	search := func(q relay.Query) func() error {
		return func() error { _, err := s.History.Events(b.Context(), q); return err }
	}
	activity := func(n int, each time.Duration) func() error {
		bounds := []time.Time{millionStart.Add(million * millionStep)}
		for range n {
			bounds = slices.Insert(bounds, 0, bounds[0].Add(-each))
		}
		return func() error { _, err := s.History.Activity(b.Context(), bounds); return err }
	}
	for name, do := range map[string]func() error{
		"first page":          func() error { _, err := s.History.Events(b.Context(), relay.Query{}); return err },
		"later page":          func() error { _, err := s.History.Events(b.Context(), relay.Query{BeforeTime: middle}); return err },
		"failed":              func() error { _, err := s.History.Events(b.Context(), relay.Query{Fate: relay.FateFailed}); return err },
		"type":                func() error { _, err := s.History.Events(b.Context(), relay.Query{Type: "low_credit"}); return err },
		"search common":       search(relay.Query{Search: "beaten"}),
		"search common, deep": search(relay.Query{Search: "beaten", BeforeTime: middle}),
		"search one":          search(relay.Query{Search: "123456"}),
		"search several":      search(relay.Query{Search: "instance 99999"}),
		"search same digits":  search(relay.Query{Search: "instance 777777"}),
		"search hundredth":    search(relay.Query{Search: "4242"}),
		"search none":         search(relay.Query{Search: "absent"}),
		"search long":         search(relay.Query{Search: "bid of $0.25/hr was beaten. Instance 77 outbid"}),
		"search type, fate":   search(relay.Query{Search: "123456", Type: "outbid", Fate: relay.FatePosted}),
		"search short, none":  search(relay.Query{Search: "zq"}),
		"search short, few":   search(relay.Query{Search: "r."}),
		"next":                func() error { _, err := s.Next(b.Context(), spaceA, start); return ignoreNotFound(err) },
		"backlog":             func() error { _, err := s.Backlog(b.Context(), spaceA); return err },
		"activity, 24 hours":  activity(24, time.Hour),
		"activity, 7 days":    activity(7, 24*time.Hour),
		"activity, all":       activity(30, million*millionStep/30),
		"usage":               func() error { _, err := usageOf(b.Context(), s, Retention{}); return err },
		"page after":          func() error { _, err := s.History.Events(b.Context(), relay.Query{AfterTime: middle}); return err },
		"unread":              func() error { _, err := s.History.Unread(b.Context()); return err },
		"mark one read":       func() error { return s.History.MarkRead(b.Context(), "00000000-0000-4000-8000-000000000000") },
		"mark all read":       func() error { return s.History.MarkAllRead(b.Context()) },
		"tally":               func() error { _, err := s.History.Tally(b.Context(), middle); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size)/million, "bytes/event")
		})
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			s, err := Open(b.Context(), path, Options{})
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// millionFolder names the folder in which TestWriteMillion makes its store.
const millionFolder = "VASTRELAY_TEST_MILLION"

// TestWriteMillion makes a store with a million events of the last 80 days, none
// of them old enough to be removed, for measurements of the whole program.
func TestWriteMillion(t *testing.T) {
	folder := os.Getenv(millionFolder)
	if folder == "" {
		t.Skip("makes a large store for other measurements: set " + millionFolder)
	}
	const days = 80 * 24 * time.Hour
	s := openAt(t, filepath.Join(folder, "events.db"))
	fill(t, s, million, time.Now().Add(-days), days/million)
	fillIndex(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// ignoreNotFound returns err unless it says that there is nothing.
func ignoreNotFound(err error) error {
	if errors.Is(err, relay.ErrNotFound) {
		return nil
	}
	return err
}
