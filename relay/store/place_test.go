package store

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"vastrelay/relay"
)

// moves are the ways in which the files of an open database can get out of their
// place. dir holds events.db; other is a database with an event of its own.
func moves() map[string]func(t *testing.T, dir, other string) {
	db := func(dir string) string { return filepath.Join(dir, "events.db") }
	replace := func(t *testing.T, path, by string) {
		content, err := os.ReadFile(by)
		must(t, err)
		must(t, os.Remove(path))
		must(t, os.WriteFile(path, content, 0o600))
	}
	return map[string]func(t *testing.T, dir, other string){
		"the folder is renamed":                        func(t *testing.T, dir, _ string) { must(t, os.Rename(dir, dir+"-away")) },
		"the folder is deleted":                        func(t *testing.T, dir, _ string) { must(t, os.RemoveAll(dir)) },
		"the folder is deleted and an empty one made":  func(t *testing.T, dir, _ string) { must(t, os.RemoveAll(dir)); must(t, os.Mkdir(dir, 0o700)) },
		"the database alone is deleted":                func(t *testing.T, dir, _ string) { must(t, os.Remove(db(dir))) },
		"the database is replaced by another":          func(t *testing.T, dir, other string) { replace(t, db(dir), other) },
		"the database is replaced by a copy of itself": func(t *testing.T, dir, _ string) { replace(t, db(dir), db(dir)) },
		"another database is renamed to its name":      func(t *testing.T, dir, other string) { must(t, os.Rename(other, db(dir))) },
		"the write-ahead log alone is deleted":         func(t *testing.T, dir, _ string) { must(t, os.Remove(db(dir)+"-wal")) },
		"the write-ahead log is replaced by a copy":    func(t *testing.T, dir, _ string) { replace(t, db(dir)+"-wal", db(dir)+"-wal") },
	}
}

func TestNothingIsReportedAsKeptInFilesThatAreNotInTheirPlace(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file can be neither moved nor deleted on Windows")
	}
	for name, move := range moves() {
		t.Run(name, func(t *testing.T) {
			other := filepath.Join(t.TempDir(), "events.db")
			stranger := openAt(t, other)
			mustAccept(t, stranger, eventN(99), spaceA)
			must(t, stranger.Close())
			dir := filepath.Join(t.TempDir(), "data")
			must(t, os.Mkdir(dir, 0o700))
			s := openAt(t, filepath.Join(dir, "events.db"))
			mustAccept(t, s, eventN(1), spaceA)
			must(t, s.writer.lookAtPlace(t.Context()))

			move(t, dir, other)
			for what, err := range map[string]error{
				"a new event":            second(s.Accept(t.Context(), eventN(2), []string{spaceA})),
				"an event that is known": second(s.Accept(t.Context(), eventN(1), []string{spaceA})),
				"an event that is kept":  second(s.Keep(t.Context(), eventN(3), relay.Recorded)),
				"trying to write":        s.writer.tryWrite(t.Context()),
				"looking":                s.writer.lookAtPlace(t.Context()),
			} {
				if ReasonOf(err) != ReasonMoved || !errors.Is(err, relay.ErrStoreUnavailable) {
					t.Errorf("%s: got %v, want moved", what, err)
				}
			}

			// What was accepted before is still posted, and nothing else is.
			post := mustNext(t, s, spaceA)
			if post.Events[0].ID != eventN(1).ID {
				t.Errorf("next post: got %s, want the event from before", post.Events[0].ID)
			}
			if _, err := s.BeginAttempt(t.Context(), post, start); err != nil {
				t.Errorf("begin an attempt: %v, want it to go on", err)
			}
			var foreign atomic.Int32
			var group sync.WaitGroup
			for range 16 { // more than there are connections, so that new ones are made
				group.Go(func() {
					page, _ := s.History.Events(t.Context(), relay.Query{})
					for _, e := range page {
						if e.ID == eventN(99).ID {
							foreign.Add(1)
						}
					}
				})
			}
			group.Wait()
			if n := foreign.Load(); n > 0 {
				t.Errorf("%d reads saw the other database", n)
			}
		})
	}
}

func second[A any](_ A, err error) error { return err }

func TestFolderThatIsPutBackIsUsedAgain(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be moved on Windows")
	}
	dir := filepath.Join(t.TempDir(), "data")
	must(t, os.Mkdir(dir, 0o700))
	s := openAt(t, filepath.Join(dir, "events.db"))
	must(t, os.Rename(dir, dir+"-away"))
	if _, err := s.Accept(t.Context(), eventN(1), []string{spaceA}); ReasonOf(err) != ReasonMoved {
		t.Errorf("Accept = %v, want moved", err)
	}
	must(t, os.Rename(dir+"-away", dir))
	if _, err := s.Accept(t.Context(), eventN(1), []string{spaceA}); err != nil {
		t.Errorf("Accept after the folder was put back = %v", err)
	}
	if b, err := s.Backlog(t.Context(), spaceA); b.Count != 1 || err != nil {
		t.Errorf("Backlog = %+v, %v; want the event once", b, err)
	}
}

func TestCallerMayAddFilesThatMustBeInPlace(t *testing.T) {
	var gone atomic.Bool
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "events.db"), Options{InPlace: func() error {
		if gone.Load() {
			return errors.New("the lock is gone")
		}
		return nil
	}})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	mustAccept(t, s, eventN(1), spaceA)
	gone.Store(true)
	if _, err := s.Accept(t.Context(), eventN(2), []string{spaceA}); ReasonOf(err) != ReasonMoved {
		t.Errorf("Accept = %v, want moved", err)
	}
	gone.Store(false)
	must(t, s.writer.lookAtPlace(t.Context()))
}
