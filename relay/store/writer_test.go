package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// holdWriter makes the writing goroutine wait within a request of its own
// until release is called, so that a test can fill the queue behind it.
func holdWriter(t testing.TB, s *Store) (release func()) {
	t.Helper()
	entered, leave := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- s.writer.do(context.Background(), func(*database.Tx) error {
			close(entered)
			<-leave
			return nil
		})
	}()
	<-entered
	return func() {
		close(leave)
		if err := <-ended; err != nil {
			t.Errorf("the holding request: %v", err)
		}
	}
}

// waitQueued returns once n requests wait.
func waitQueued(s *Store, n int) {
	for {
		s.writer.queue.mu.Lock()
		waiting := len(s.writer.queue.changes) + len(s.writer.queue.events)
		s.writer.queue.mu.Unlock()
		if waiting >= n {
			return
		}
		runtime.Gosched()
	}
}

func TestManyAcceptsAtOnceAreAllStored(t *testing.T) {
	s := openNew(t)
	const callers, each = 32, 20
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				ev := eventN(c*each + i)
				if fresh, err := s.Accept(t.Context(), ev, []string{spaceA}); !fresh || err != nil {
					t.Errorf("Accept = %v, %v; want true, nil", fresh, err)
				}
				// What has been accepted is seen by every read that follows.
				if _, err := s.Detail(t.Context(), ev.ID); err != nil {
					t.Errorf("Detail right after Accept: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if b, err := s.Backlog(t.Context(), spaceA); b.Count != callers*each || err != nil {
		t.Errorf("Backlog = %+v, %v; want %d posts", b, err, callers*each)
	}
}

func TestRequestThatFailsHalfwayIsUndoneAlone(t *testing.T) {
	s := openNew(t)
	broken := errors.New("broken")
	release := holdWriter(t, s)
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			if fresh, err := s.Accept(t.Context(), eventN(i), []string{spaceA}); !fresh || err != nil {
				t.Errorf("Accept = %v, %v; want true, nil", fresh, err)
			}
		})
		wg.Go(func() {
			err := s.writer.do(t.Context(), func(t *database.Tx) error {
				if _, err := t.Exec(`INSERT INTO meta (key, value) VALUES (?, 1)`, fmt.Sprint("broken", i)); err != nil {
					return err
				}
				if i%2 == 0 {
					_, err := t.Exec(`INSERT INTO post_events (post, position, event) VALUES (999, 0, 999)`)
					return err
				}
				return broken
			})
			if err == nil || errors.Is(err, relay.ErrStoreUnavailable) || i%2 == 1 && !errors.Is(err, broken) {
				t.Errorf("broken request %d = %v, want its own error", i, err)
			}
		})
	}
	waitQueued(s, 20)
	release()
	wg.Wait()
	if b, _ := s.Backlog(t.Context(), spaceA); b.Count != 10 {
		t.Errorf("%d posts, want 10", b.Count)
	}
	var rows int
	if readRow(t, s, `SELECT COUNT(*) FROM meta`, &rows); rows != 0 {
		t.Errorf("%d rows in meta, want nothing of the broken requests", rows)
	}
}

func TestRequestWhoseContextEndsInTheQueueIsDropped(t *testing.T) {
	s := openNew(t)
	release := holdWriter(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan error, 1)
	go func() {
		_, err := s.Accept(ctx, eventN(1), []string{spaceA})
		got <- err
	}()
	waitQueued(s, 1)
	cancel()
	if err := <-got; !errors.Is(err, context.Canceled) {
		t.Errorf("Accept = %v, want %v", err, context.Canceled)
	}
	release()
	mustAccept(t, s, eventN(2), spaceA)
	if _, err := s.Detail(t.Context(), eventN(1).ID); !errors.Is(err, relay.ErrNotFound) {
		t.Errorf("Detail of the dropped event = %v, want %v", err, relay.ErrNotFound)
	}
	if _, err := s.Accept(ctx, eventN(3), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Accept under an ended context = %v, want %v", err, context.Canceled)
	}
}

func TestContextThatEndsAfterTheRequestWasTakenDoesNotHideTheCommit(t *testing.T) {
	s := openNew(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.writer.do(ctx, func(t *database.Tx) error {
		cancel()
		return setMeta(t, "key", start)
	})
	if err != nil {
		t.Errorf("do = %v, want nil: it was committed", err)
	}
	var value int64
	if readRow(t, s, `SELECT value FROM meta WHERE key = 'key'`, &value); value != start.UnixMicro() {
		t.Errorf("the value under the key is %d, want %d", value, start.UnixMicro())
	}
}

func TestCloseCommitsWhatWaitsAndRefusesTheRest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	s := openAt(t, path)
	release := holdWriter(t, s)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if fresh, err := s.Accept(context.Background(), eventN(i), []string{spaceA}); !fresh || err != nil {
				t.Errorf("Accept = %v, %v; want true, nil", fresh, err)
			}
		})
	}
	waitQueued(s, 20)
	closed := make(chan error, 2)
	for range 2 {
		go func() { closed <- s.Close() }()
	}
	for open := true; open; runtime.Gosched() {
		s.writer.queue.mu.Lock()
		open = !s.writer.queue.stopped
		s.writer.queue.mu.Unlock()
	}
	_, err := s.Accept(context.Background(), eventN(99), nil)
	if ReasonOf(err) != ReasonClosed || !errors.Is(err, relay.ErrStoreUnavailable) {
		t.Errorf("Accept while closing = %v, want closed", err)
	}
	select {
	case <-closed:
		t.Error("Close returned before the requests that waited")
	default:
	}
	release()
	wg.Wait()
	for range 2 {
		must(t, <-closed)
	}
	must(t, s.Close())
	if _, err := s.Next(context.Background(), spaceA, start); ReasonOf(err) != ReasonClosed {
		t.Errorf("Next after Close = %v, want closed", err)
	}
	if _, err := s.History.Events(context.Background(), relay.Query{}); ReasonOf(err) != ReasonClosed {
		t.Errorf("Events after Close = %v, want closed", err)
	}
	s = openAt(t, path)
	if b, err := s.Backlog(t.Context(), spaceA); b.Count != 20 || err != nil {
		t.Errorf("Backlog after reopening = %+v, %v; want 20", b, err)
	}
}

func TestReadsDuringWrites(t *testing.T) {
	s := openNew(t)
	mustAccept(t, s, eventN(0), spaceA)
	release := holdWriter(t, s)
	// The writer sits inside an open write transaction: reads go on.
	if _, err := s.History.Events(t.Context(), relay.Query{}); err != nil {
		t.Errorf("Events: %v", err)
	}
	if _, err := s.Next(t.Context(), spaceA, start); err != nil {
		t.Errorf("Next: %v", err)
	}
	release()

	var writing, reading sync.WaitGroup
	done := make(chan struct{})
	for range 3 {
		reading.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, err := s.History.Events(t.Context(), relay.Query{Search: "instance"}); err != nil {
					t.Errorf("Events: %v", err)
					return
				}
				if _, err := s.History.Tally(t.Context(), start); err != nil {
					t.Errorf("Tally: %v", err)
					return
				}
			}
		})
	}
	for c := range 4 {
		writing.Go(func() {
			for i := range 25 {
				if _, err := s.Accept(t.Context(), eventN(1+c*25+i), []string{spaceA}); err != nil {
					t.Errorf("Accept: %v", err)
				}
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()
}
