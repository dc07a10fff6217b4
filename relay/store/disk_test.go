package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhatAnErrorTellsOfTheDisk(t *testing.T) {
	unavailable := func(r Reason) error { return &UnavailableError{Reason: r, Err: errors.New("a cause")} }
	const before Reason = "what was known before"
	for _, tt := range []struct {
		name string
		err  error
		want Reason
	}{
		{"an event that is on disk", nil, ""},
		{"a full disk", unavailable(ReasonFull), ReasonFull},
		{"a read-only disk", unavailable(ReasonReadOnly), ReasonReadOnly},
		{"a damaged database", unavailable(ReasonDamaged), ReasonDamaged},
		{"a disk that may not be written", unavailable(ReasonDenied), ReasonDenied},
		{"a folder that is gone", unavailable(ReasonMoved), ReasonMoved},
		{"a disk that gives errors", unavailable(ReasonOther), ReasonOther},
		{"a caller that gave up says nothing of the disk", context.DeadlineExceeded, before},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, note := range map[string]func(*diskHealth, error){"storing": (*diskHealth).stored, "entering": (*diskHealth).entered} {
				d := newDiskHealth()
				note(d, unavailable(before))
				note(d, tt.err)
				if got := d.reason(); got != tt.want {
					t.Errorf("%s: got %q, want %q", name, got, tt.want)
				}
			}
		})
	}
}

func TestEventsThatCannotBeEnteredAreTroubleAlsoWhileOthersAreStored(t *testing.T) {
	d := newDiskHealth()
	d.entered(&UnavailableError{Reason: ReasonFull, Err: errors.New("a cause")})
	d.stored(nil)
	if got := d.reason(); got != ReasonFull {
		t.Errorf("got %q, want %q", got, ReasonFull)
	}
}

// watched opens a store in a folder of its own and returns what WatchDisk has
// told of it so far.
func watched(t *testing.T) (*Store, func() []Reason) {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "events.db"), Options{})
	must(t, err)
	ctx, stop := context.WithCancel(t.Context())
	var mu sync.Mutex
	var all []Reason
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.WatchDisk(ctx, func(r Reason) {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, r)
		})
	}()
	t.Cleanup(func() {
		stop()
		<-ended
		must(t, s.Close())
	})
	return s, func() []Reason {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

func TestFullDiskIsToldOnceAndTakenBackWithoutAnEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, told := watched(t)
		mustAccept(t, s, eventN(1), spaceA)
		limit := func(pages int) {
			_, err := s.writer.connection.conn.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
			must(t, err)
		}
		must(t, s.writer.tryWrite(t.Context()))
		limit(1) // SQLite raises it to what is in use
		ev := eventN(2)
		ev.Payload = make([]byte, 1<<20)
		for range 2 {
			if _, err := s.Accept(t.Context(), ev, []string{spaceA}); ReasonOf(err) != ReasonFull {
				t.Fatalf("Accept = %v, want full", err)
			}
		}
		synctest.Wait()
		if got := told(); !slices.Equal(got, []Reason{ReasonFull}) {
			t.Errorf("told %q, want that it is full, once", got)
		}
		limit(1 << 20)
		time.Sleep(tryDiskAfter)
		synctest.Wait()
		if got := told(); !slices.Equal(got, []Reason{ReasonFull, ""}) {
			t.Errorf("told %q, want that it was full and is not any more", got)
		}
	})
}

func TestDamageIsNotTakenBackByWritingALittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, told := watched(t)
		s.writer.disk.stored(&UnavailableError{Reason: ReasonDamaged, Err: errors.New("a cause")})
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := told(); !slices.Equal(got, []Reason{ReasonDamaged}) {
			t.Errorf("told %q, want damage and no more", got)
		}
		mustAccept(t, s, eventN(1), spaceA)
		synctest.Wait()
		if got := told(); !slices.Equal(got, []Reason{ReasonDamaged, ""}) {
			t.Errorf("told %q, want it taken back by an event", got)
		}
	})
}

func TestMovedFolderIsNoticedWithoutAnEvent(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be moved on Windows")
	}
	synctest.Test(t, func(t *testing.T) {
		s, told := watched(t)
		mustAccept(t, s, eventN(1), spaceA)
		dir := filepath.Dir(s.path)
		must(t, os.Rename(dir, dir+"-away"))
		time.Sleep(checkPlaceEvery)
		synctest.Wait()
		if got := told(); !slices.Equal(got, []Reason{ReasonMoved}) {
			t.Errorf("told %q, want that it was moved", got)
		}
		must(t, os.Rename(dir+"-away", dir))
		time.Sleep(tryDiskAfter)
		synctest.Wait()
		if got := told(); !slices.Equal(got, []Reason{ReasonMoved, ""}) {
			t.Errorf("told %q, want that it is back", got)
		}
	})
}

// TestInPlace asks a store that works, one whose writing goroutine hangs, and one
// that is closed.
func TestInPlace(t *testing.T) {
	s := openNew(t)
	must(t, InPlace(t.Context(), s))
	release := holdWriter(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := InPlace(ctx, s); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while the writer hangs: got %v, want the end of the context", err)
	}
	release()
	must(t, InPlace(t.Context(), s))
	must(t, s.Close())
	if err := InPlace(t.Context(), s); ReasonOf(err) != ReasonClosed {
		t.Errorf("after Close: got %v", err)
	}
}
