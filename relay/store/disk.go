package store

import (
	"cmp"
	"context"
	"sync"
	"time"

	"vastrelay/relay/store/database"
)

const (
	// tryDiskAfter is how long a disk that took nothing is left alone.
	tryDiskAfter = 5 * time.Second
	// checkPlaceEvery is how often the files are looked for in their place.
	checkPlaceEvery = 10 * time.Second
)

// diskHealth is what the writing goroutine has learnt of the disk. It is safe for
// concurrent use.
type diskHealth struct {
	changed chan struct{} // holds a token when reason has changed

	mu       sync.Mutex
	storing  Reason // why events cannot be put on disk; empty: they can
	entering Reason // why events that are on disk cannot be entered into the tables
}

func newDiskHealth() *diskHealth { return &diskHealth{changed: make(chan struct{}, 1)} }

// reason is why events cannot be stored or entered; empty: they can.
func (d *diskHealth) reason() Reason {
	d.mu.Lock()
	defer d.mu.Unlock()
	return cmp.Or(d.storing, d.entering)
}

// stored notes the outcome of putting something on disk.
func (d *diskHealth) stored(err error) { d.note(&d.storing, err) }

// entered notes the outcome of entering events into the tables.
func (d *diskHealth) entered(err error) { d.note(&d.entering, err) }

// note leaves what is known as it is after an error that says nothing of the
// disk, such as that of a caller that gave up.
func (d *diskHealth) note(known *Reason, err error) {
	why := ReasonOf(err)
	if err != nil && why == "" {
		return
	}
	d.mu.Lock()
	changed := *known != why
	*known = why
	d.mu.Unlock()
	if !changed {
		return
	}
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// WatchDisk calls tell with why events cannot be stored, or not be entered into
// the tables, and with an empty Reason once they can: at once where there is
// trouble already, and then on each change until ctx ends. Only one call at a
// time is told.
//
// Trouble that ends while no event arrives is noticed, since a little is written
// every five seconds until that works; but not after ReasonDamaged, of which one
// write proves nothing. As long as there is none, it looks every ten seconds
// whether the files are in their place: where they are not, a second copy of the
// program can start.
func (s *Store) WatchDisk(ctx context.Context, tell func(Reason)) {
	var told Reason
	for {
		why := s.writer.disk.reason()
		if why != told {
			told = why
			tell(why)
		}
		pause, look := checkPlaceEvery, s.writer.lookAtPlace
		if why != "" && why != ReasonDamaged {
			pause, look = tryDiskAfter, s.writer.tryWrite
		}
		select {
		case <-ctx.Done():
			return
		case <-s.writer.disk.changed:
		case <-time.After(pause):
			_ = look(ctx) // The writing goroutine notes the outcome.
		}
	}
}

// TryWrite writes and syncs a little in s. Its error is what Accept would return: an
// *UnavailableError where events cannot be put on disk now.
func TryWrite(ctx context.Context, s *Store) error { return s.writer.tryWrite(ctx) }

// InPlace asks the writing goroutine to look whether the files of s are where they
// were opened. It writes nothing. Its error is an *UnavailableError, or that of ctx
// when the goroutine did not take the question up in time. While the goroutine is
// busy with the question itself, InPlace waits for it even after the end of ctx.
func InPlace(ctx context.Context, s *Store) error { return s.writer.lookAtPlace(ctx) }

// tryWrite writes and syncs a little, to learn whether events could be put on
// disk now. Its error is what Accept would return.
func (w *writer) tryWrite(ctx context.Context) error {
	return w.changeInPlace(ctx, "try to write", func(t *database.Tx) error { return setMeta(t, keyTried, t.Now) })
}

// lookAtPlace returns an *UnavailableError of ReasonMoved when the files of the
// store are not where they were opened any more. It writes nothing.
func (w *writer) lookAtPlace(ctx context.Context) error {
	return w.changeInPlace(ctx, "look at the event store", func(*database.Tx) error { return nil })
}
