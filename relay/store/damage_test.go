package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"vastrelay/relay"
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
	must(t, s.Close())
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
			must(t, os.WriteFile(path, []byte(strings.Repeat("this is a letter\n", 999)), fileMode))
		}, 0, true},
		{"a page of junk in the middle", func(t *testing.T, path string) { overwrite(t, path, 24*4096, 4096) }, 50, true},
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
	must(t, s.reader.db.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM pragma_foreign_key_check`).Scan(&broken))
	if broken > 0 {
		t.Errorf("%d rows refer to nothing", broken)
	}
}

func TestSoundDatabaseIsCarriedOverWhole(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "events.db"), filepath.Join(dir, "copy.db")
	filledAt(t, from, 20)
	events, incomplete, err := salvage(t.Context(), from, to)
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
		filledAt(t, freshOf(path), 5)
		s := openAt(t, path)
		if got := len(mustEvents(t, s, relay.Query{})); got != 5 {
			t.Errorf("%d events, want 5", got)
		}
	})
	t.Run("the damaged one was set aside without its log", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "events.db")
		filledAt(t, freshOf(path), 5)
		other := openNew(t)
		mustAccept(t, other, eventN(77), spaceA)
		log := filesOf(t, other.path)["-wal"]
		must(t, os.WriteFile(path+"-wal", log, fileMode))
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
		must(t, os.WriteFile(freshOf(path), []byte("half"), fileMode))
		s := openAt(t, path)
		if got := len(mustEvents(t, s, relay.Query{})); got != 5 {
			t.Errorf("%d events, want 5", got)
		}
		if there, err := exists(freshOf(path)); there || err != nil {
			t.Errorf("the half one is still there (%v)", err)
		}
	})
}

func TestCrashInTheFirstMomentOfADatabaseIsGotOver(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	db, err := sql.Open(driverName, source(path, "rwc", []string{"cache_size(1)"}))
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
		must(t, os.WriteFile(to+suffix, b, fileMode))
	}
	s := openAt(t, to)
	mustAccept(t, s, eventN(1), spaceA)
	if left, err := exists(to + "-journal"); left || err != nil {
		t.Errorf("the journal is still there (%v)", err)
	}
}

func TestDamageMetInUseIsLookedForAtTheNextOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	s := openAt(t, path)
	mustAccept(t, s, eventN(1), spaceA)
	err := s.writer.do(t.Context(), func(*tx) error { return &damagedError{cause: "a page is torn"} })
	if ReasonOf(err) != ReasonDamaged || !errors.Is(err, relay.ErrStoreUnavailable) {
		t.Errorf("do = %v, want damaged", err)
	}
	if marked, err := exists(markOf(path)); !marked || err != nil {
		t.Errorf("no mark was left (%v)", err)
	}
	mustAccept(t, s, eventN(2), spaceA) // the page was not this one
	must(t, s.Close())
	s = openAt(t, path)
	if marked, err := exists(markOf(path)); marked || err != nil {
		t.Errorf("the mark is still there after a check that passed (%v)", err)
	}
	if got := len(mustEvents(t, s, relay.Query{})); got != 2 {
		t.Errorf("%d events, want 2", got)
	}
}

func TestFullDiskIsSaidAndGotOver(t *testing.T) {
	s := openNew(t)
	mustAccept(t, s, eventN(1), spaceA)
	limit := func(pages int) {
		t.Helper()
		must(t, s.writer.do(t.Context(), func(x *tx) error {
			var now int
			return x.row(fmt.Sprintf("PRAGMA max_page_count = %d", pages), nil, &now)
		}))
	}
	limit(1) // SQLite raises it to what is in use
	big := eventN(2)
	big.Payload = make([]byte, 1<<20)
	for range 2 {
		_, err := s.Accept(t.Context(), big, []string{spaceA})
		if ReasonOf(err) != ReasonFull || !errors.Is(err, relay.ErrStoreUnavailable) {
			t.Fatalf("Accept on a full disk = %v, want full", err)
		}
	}
	if _, err := s.Detail(t.Context(), big.ID); !errors.Is(err, relay.ErrNotFound) {
		t.Errorf("Detail of the event that did not fit = %v, want %v", err, relay.ErrNotFound)
	}
	limit(1 << 20)
	mustAccept(t, s, big, spaceA)
	if b, err := s.Backlog(t.Context(), spaceA); b.Count != 2 || err != nil {
		t.Errorf("Backlog = %+v, %v; want 2", b, err)
	}
}

func TestFullDiskAnswersTheWholeBatch(t *testing.T) {
	s := openNew(t)
	must(t, s.writer.do(t.Context(), func(x *tx) error {
		var now int
		return x.row("PRAGMA max_page_count = 1", nil, &now)
	}))
	release := holdWriter(t, s)
	got := make(chan error, 10)
	for i := range 10 {
		go func() {
			ev := eventN(i)
			ev.Payload = make([]byte, 1<<20)
			_, err := s.Accept(context.Background(), ev, nil)
			got <- err
		}()
	}
	waitQueued(s, 10)
	release()
	for range 10 {
		if err := <-got; ReasonOf(err) != ReasonFull {
			t.Errorf("Accept = %v, want full", err)
		}
	}
	if got := len(mustEvents(t, s, relay.Query{})); got != 0 {
		t.Errorf("%d events are stored although all were refused", got)
	}
}

func TestReadOnlyStoreIsSaidAndGotOver(t *testing.T) {
	s := openNew(t)
	must(t, s.writer.do(t.Context(), func(x *tx) error {
		_, err := x.exec("PRAGMA query_only = 1")
		return err
	}))
	_, err := s.Accept(t.Context(), eventN(1), []string{spaceA})
	if ReasonOf(err) != ReasonReadOnly || !errors.Is(err, relay.ErrStoreUnavailable) {
		t.Errorf("Accept = %v, want read-only", err)
	}
	// The connection is opened again, which is all that it takes here.
	mustAccept(t, s, eventN(1), spaceA)
}

func TestStoreWhoseFolderIsGoneIsSaidAndGotOver(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be moved on Windows")
	}
	dir := filepath.Join(t.TempDir(), "data")
	must(t, os.Mkdir(dir, 0o700))
	s := openAt(t, filepath.Join(dir, "events.db"))
	must(t, os.Rename(dir, dir+"-away"))
	// Whatever broke the connection, the next one cannot be opened.
	_ = s.writer.do(t.Context(), func(*tx) error { return &damagedError{cause: "the folder is gone"} })
	_, err := s.Accept(t.Context(), eventN(1), nil)
	if ReasonOf(err) != ReasonOther || !errors.Is(err, relay.ErrStoreUnavailable) {
		t.Errorf("Accept = %v, want other", err)
	}
	must(t, os.Rename(dir+"-away", dir))
	mustAccept(t, s, eventN(1), spaceA)
}

func TestOpenSaysWhyItCannot(t *testing.T) {
	dir := t.TempDir()
	for name, path := range map[string]string{
		"the folder does not exist": filepath.Join(dir, "no", "events.db"),
		"it is a folder":            dir,
	} {
		if _, err := Open(t.Context(), path, Options{}); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "no", "events.db"), Options{}); ReasonOf(err) != ReasonOther {
		t.Errorf("Open in no folder = %v, want other", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, filepath.Join(dir, "events.db"), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Open under an ended context = %v, want %v", err, context.Canceled)
	}
}

func TestFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	path := filepath.Join(t.TempDir(), "a ?#%20&é=;'b", "events.db?mode=memory")
	must(t, os.Mkdir(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(path, nil, 0o644))
	must(t, os.Chmod(path, 0o644))
	s := openAt(t, path)
	mustAccept(t, s, eventN(1), spaceA)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("events.db%s: %v, %v; want mode 0600", suffix, info, err)
		}
	}
	must(t, s.Close())
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("folder after Close = %v, %v; want the database alone", entries, err)
	}
}

func TestLinkIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "events.db")
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), path); err != nil {
		t.Skip(err)
	}
	if _, err := Open(t.Context(), path, Options{}); err == nil {
		t.Error("a symbolic link was opened")
	}
}

func TestEveryReasonHasASentenceOfItsOwn(t *testing.T) {
	seen := make(map[string]bool)
	for _, r := range []Reason{ReasonFull, ReasonReadOnly, ReasonDamaged, ReasonClosed, ReasonOther} {
		if s := r.Sentence(); s == "" || seen[s] {
			t.Errorf("sentence of %s = %q, want one of its own", r, s)
		} else {
			seen[s] = true
		}
	}
	if got := Reason("").Sentence(); got != "" {
		t.Errorf("sentence of no reason = %q, want none", got)
	}
	if got := ReasonOf(relay.ErrNotFound); got != "" {
		t.Errorf("ReasonOf(%v) = %q, want none", relay.ErrNotFound, got)
	}
}

func TestDriveCacheIsFlushedOnMacOS(t *testing.T) {
	for goos, want := range map[string]bool{"darwin": true, "linux": false, "windows": false} {
		p := writePragmas(goos)
		if got := slices.Contains(p, "fullfsync(1)") && slices.Contains(p, "checkpoint_fullfsync(1)"); got != want {
			t.Errorf("%s: fullfsync %v, want %v", goos, got, want)
		}
	}
}

func TestSourceOfAWindowsPath(t *testing.T) {
	got, _, _ := strings.Cut(source("C:/Data folder/events.db", "rw", nil), "?")
	if want := "file:///C:/Data%20folder/events.db"; got != want {
		t.Errorf("source = %q, want %q", got, want)
	}
}
