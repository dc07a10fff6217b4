package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

func TestFullDiskIsSaidAndGotOver(t *testing.T) {
	s := openNew(t)
	mustAccept(t, s, eventN(1), spaceA)
	limit := func(pages int) {
		t.Helper()
		must(t, s.writer.do(t.Context(), func(x *database.Tx) error {
			var now int
			return x.Row(fmt.Sprintf("PRAGMA max_page_count = %d", pages), nil, &now)
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
	must(t, s.writer.do(t.Context(), func(x *database.Tx) error {
		var now int
		return x.Row("PRAGMA max_page_count = 1", nil, &now)
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
	must(t, s.writer.do(t.Context(), func(x *database.Tx) error {
		_, err := x.Exec("PRAGMA query_only = 1")
		return err
	}))
	_, err := s.Accept(t.Context(), eventN(1), []string{spaceA})
	if ReasonOf(err) != ReasonReadOnly || !errors.Is(err, relay.ErrStoreUnavailable) {
		t.Errorf("Accept = %v, want read-only", err)
	}
	must(t, s.writer.tryWrite(t.Context()))
	must(t, s.writer.do(t.Context(), func(x *database.Tx) error {
		_, err := x.Exec("PRAGMA query_only = 1")
		return err
	}))
	if err := s.writer.tryWrite(t.Context()); ReasonOf(err) != ReasonReadOnly {
		t.Errorf("tryWrite = %v, want read-only as well", err)
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
	_ = s.writer.do(t.Context(), func(*database.Tx) error { return &database.DamagedError{Cause: "the folder is gone"} })
	_, err := s.Accept(t.Context(), eventN(1), nil)
	if ReasonOf(err) != ReasonMoved || !errors.Is(err, relay.ErrStoreUnavailable) {
		t.Errorf("Accept = %v, want moved", err)
	}
	must(t, os.Rename(dir+"-away", dir))
	mustAccept(t, s, eventN(1), spaceA)
}
