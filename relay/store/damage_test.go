package store

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// filledAt makes a closed database with n events, two of which are no longer
// waiting, and one destination.
func filledAt(t *testing.T, path string, n int) {
	t.Helper()
	s := openAt(t, path)
	must(t, s.SaveDestination(t.Context(), relay.Destination{Space: spaceA, Label: "Ops"}))
	var events []relay.Event
	for i := range n {
		ev := eventN(i)
		ev.Message = strings.Repeat("long ", 200)
		events = append(events, ev)
	}
	acceptAll(t, s, events...)
	try(t, s, frozenPost(mustNext(t, s, spaceA)), relay.Posted, relay.Done)
	try(t, s, frozenPost(mustNext(t, s, spaceA)), relay.ContentRefused, relay.Dead)
	fillIndex(t, s)
	must(t, s.Close())
}

// overwriteLeaf puts junk over a page that holds rows of the table.
func overwriteLeaf(t *testing.T, path, table string) {
	t.Helper()
	s := openAt(t, path)
	var page int64
	readRow(t, s, `SELECT MAX(pageno) FROM dbstat WHERE name = '`+table+`' AND pagetype = 'leaf'`, &page)
	must(t, s.Close())
	overwrite(t, path, (page-1)*4096, 4096)
}

// overwrite puts junk over part of a file.
func overwrite(t *testing.T, path string, at int64, n int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt(bytes.Repeat([]byte{0xa5}, n), at)
	must(t, err)
	must(t, f.Close())
}

func TestDamagedDatabaseIsSetAsideAndReplaced(t *testing.T) {
	for _, tc := range []struct {
		name    string
		damage  func(t *testing.T, path string)
		least   int // how many of 100 events are carried over at least
		partial bool
	}{
		{"junk from the first byte", func(t *testing.T, path string) { overwrite(t, path, 0, 4096) }, 0, true},
		{"no database at all", func(t *testing.T, path string) {
			must(t, os.WriteFile(path, []byte(strings.Repeat("this is a letter\n", 999)), 0o600))
		}, 0, true},
		{"a page of junk among the events", func(t *testing.T, path string) { overwriteLeaf(t, path, "events") }, 50, true},
		{"a page of junk among the payloads", func(t *testing.T, path string) { overwriteLeaf(t, path, "payloads") }, 100, true},
		{"a page of junk in the index of texts", func(t *testing.T, path string) { overwriteLeaf(t, path, "search_data") }, 100, false},
		{"the end is missing", func(t *testing.T, path string) {
			info, err := os.Stat(path)
			must(t, err)
			must(t, os.Truncate(path, info.Size()-5*4096))
		}, 50, true},
		{"a log without its database", func(t *testing.T, path string) {
			must(t, os.Rename(path, path+"-wal"))
		}, 0, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "events.db")
			filledAt(t, path, 100)
			tc.damage(t, path)
			before := filesOf(t, path)

			if _, err := Open(t.Context(), path, Options{}); ReasonOf(err) != ReasonDamaged {
				t.Fatalf("Open without OnDamaged = %v, want damaged", err)
			}
			var told []Damage
			s, err := Open(t.Context(), path, Options{OnDamaged: func(d Damage) { told = append(told, d) }})
			if err != nil {
				t.Fatalf("Open = %v", err)
			}
			defer func() { _ = s.Close() }()
			if len(told) != 1 || told[0].Err == nil || told[0].Incomplete != tc.partial || told[0].Recovered < tc.least {
				t.Fatalf("told %+v, want once, with an error and at least %d recovered", told, tc.least)
			}
			t.Logf("%v: recovered %d of 100", told[0].Err, told[0].Recovered)
			for suffix, want := range before {
				if got, err := os.ReadFile(told[0].Path + suffix); !bytes.Equal(got, want) || err != nil {
					t.Errorf("the copy%s differs from what was damaged: %v", suffix, err)
				}
			}
			mustAccept(t, s, eventN(1000), spaceB)
			soundAfterSalvage(t, s, told[0].Recovered+1)
			must(t, s.Close())
			must(t, openAt(t, path).Close())
		})
	}
}

// soundAfterSalvage checks that what was carried over hangs together.
func soundAfterSalvage(t *testing.T, s *Store, events int) {
	t.Helper()
	page := mustEvents(t, s, relay.Query{Limit: 500})
	if len(page) != events {
		t.Errorf("%d events, want %d", len(page), events)
	}
	for _, e := range page {
		d := mustDetail(t, s, e.ID)
		if fate, _ := derive(d); fate != e.Fate {
			t.Errorf("event %s is %s, its posts say %s", e.ID, e.Fate, fate)
		}
	}
	var broken int
	readRow(t, s, `SELECT COUNT(*) FROM pragma_foreign_key_check`, &broken)
	if broken > 0 {
		t.Errorf("%d rows refer to nothing", broken)
	}
}

func TestSoundDatabaseIsCarriedOverWhole(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "events.db"), filepath.Join(dir, "copy.db")
	filledAt(t, from, 20)
	events, incomplete, err := database.Salvage(t.Context(), from, to, schema())
	if events != 20 || incomplete || err != nil {
		t.Fatalf("salvage = %d, %v, %v; want 20, whole", events, incomplete, err)
	}
	a, b := openAt(t, from), openAt(t, to)
	for i := range 20 {
		want, got := mustDetail(t, a, eventN(i).ID), mustDetail(t, b, eventN(i).ID)
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("event %d = %+v, want %+v", i, got, want)
		}
	}
	if p := waitingPost(t, b, 50); p.ID != 21 {
		t.Errorf("the next post is %d, want 21", p.ID)
	}
}

func TestReplacingThatACrashCutShortIsFinished(t *testing.T) {
	t.Run("the damaged one was set aside, the fresh one is ready", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "events.db")
		filledAt(t, path+".fresh", 5)
		s := openAt(t, path)
		if got := len(mustEvents(t, s, relay.Query{})); got != 5 {
			t.Errorf("%d events, want 5", got)
		}
	})
	t.Run("the damaged one was set aside without its log", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "events.db")
		filledAt(t, path+".fresh", 5)
		other := openNew(t)
		mustAccept(t, other, eventN(77), spaceA)
		log := filesOf(t, other.path)["-wal"]
		must(t, os.WriteFile(path+"-wal", log, 0o600))
		s := openAt(t, path)
		if got := len(mustEvents(t, s, relay.Query{})); got != 5 {
			t.Errorf("%d events, want 5", got)
		}
		aside, err := filepath.Glob(path + ".damaged-*-wal")
		if err != nil || len(aside) != 1 {
			t.Fatalf("logs set aside: %v, %v; want one", aside, err)
		}
		if got, err := os.ReadFile(aside[0]); !bytes.Equal(got, log) || err != nil {
			t.Errorf("the log set aside has %d bytes, %v; want %d", len(got), err, len(log))
		}
	})
	t.Run("the damaged one is still there, the fresh one may be half", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "events.db")
		filledAt(t, path, 5)
		must(t, os.WriteFile(path+".fresh", []byte("half"), 0o600))
		s := openAt(t, path)
		if got := len(mustEvents(t, s, relay.Query{})); got != 5 {
			t.Errorf("%d events, want 5", got)
		}
		if _, err := os.Lstat(path + ".fresh"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the half one is still there (%v)", err)
		}
	})
}

func TestCrashInTheFirstMomentOfADatabaseIsGotOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+"?_pragma=cache_size(1)")
	must(t, err)
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(t.Context(), `CREATE TABLE half (x); BEGIN; INSERT INTO half
		WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 99) SELECT randomblob(4000) FROM c`)
	must(t, err)
	to := filepath.Join(t.TempDir(), "events.db")
	for _, suffix := range []string{"", "-journal"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil || len(b) == 0 {
			t.Fatalf("events.db%s has %d bytes, %v; want some", suffix, len(b), err)
		}
		must(t, os.WriteFile(to+suffix, b, 0o600))
	}
	s := openAt(t, to)
	mustAccept(t, s, eventN(1), spaceA)
	if _, err := os.Lstat(to + "-journal"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the journal is still there (%v)", err)
	}
}

func TestDamageInUseIsSaidAndMendedAtTheNextOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	filledAt(t, path, 100)
	s := openAt(t, path)
	var page int64
	readRow(t, s, `SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_event_ids_1'`, &page)
	overwrite(t, path, (page-1)*4096, 4096)
	// A new connection has nothing in its cache yet.
	_ = s.writer.do(t.Context(), func(*database.Tx) error { return &database.DamagedError{Cause: "connect again"} })
	for range 3 {
		if _, err := s.Accept(t.Context(), eventN(500), []string{spaceA}); ReasonOf(err) != ReasonDamaged ||
			!errors.Is(err, relay.ErrStoreUnavailable) {
			t.Fatalf("Accept = %v, want damaged", err)
		}
	}
	if p := mustNext(t, s, spaceA); len(p.Events) != 1 {
		t.Errorf("Next = %+v, want what is sound to be read all the same", p)
	}
	must(t, s.Close())

	var told []Damage
	s, err := Open(t.Context(), path, Options{OnDamaged: func(d Damage) { told = append(told, d) }})
	must(t, err)
	defer func() { _ = s.Close() }()
	if len(told) != 1 || told[0].Recovered != 100 {
		t.Errorf("told %+v, want all 100 events recovered", told)
	}
	if fresh, err := s.Accept(t.Context(), eventN(5), []string{spaceA}); fresh || err != nil {
		t.Errorf("Accept of a known event = %v, %v; want false, nil", fresh, err)
	}
	mustAccept(t, s, eventN(500), spaceA)
}

func TestDamageMetInUseIsLookedForAtTheNextOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	s := openAt(t, path)
	mustAccept(t, s, eventN(1), spaceA)
	err := s.writer.do(t.Context(), func(*database.Tx) error { return &database.DamagedError{Cause: "a page is torn"} })
	if ReasonOf(err) != ReasonDamaged || !errors.Is(err, relay.ErrStoreUnavailable) {
		t.Errorf("do = %v, want damaged", err)
	}
	if _, err := os.Lstat(path + ".check"); err != nil {
		t.Errorf("no mark was left (%v)", err)
	}
	mustAccept(t, s, eventN(2), spaceA) // the page was not this one
	must(t, s.Close())
	s = openAt(t, path)
	if _, err := os.Lstat(path + ".check"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the mark is still there after a check that passed (%v)", err)
	}
	if got := len(mustEvents(t, s, relay.Query{})); got != 2 {
		t.Errorf("%d events, want 2", got)
	}
}
