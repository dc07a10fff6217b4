package app

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/intake"
	"vastrelay/relay/store"
)

// reportingStore passes events to the outbox and reports whether they could be
// put on disk.
type reportingStore struct {
	intake.Store
	report func(why store.Reason) // why they cannot; empty: they can
	// hasDestination reports whether there is a space to post to.
	hasDestination func() bool
}

// errNoDestination refuses, for now, an event that would never be posted: the
// destinations are in the event store, which cannot be read yet.
var errNoDestination = errors.New("there is no destination yet")

// Accept implements intake.Store.
func (s reportingStore) Accept(ctx context.Context, ev relay.Event) (bool, error) {
	if !s.hasDestination() {
		return false, errNoDestination
	}
	fresh, err := s.Store.Accept(ctx, ev)
	reportDisk(err, s.report)
	return fresh, err
}

// Keep implements intake.Store.
func (s reportingStore) Keep(ctx context.Context, ev relay.Event, v relay.Verdict) (bool, error) {
	fresh, err := s.Store.Keep(ctx, ev, v)
	reportDisk(err, s.report)
	return fresh, err
}

// reportDisk reports what err, the end of a write, says of the disk. An error
// that says nothing of it, such as a caller that gave up, is not reported.
func reportDisk(err error, report func(why store.Reason)) {
	switch {
	case err == nil:
		report("")
	case errors.Is(err, relay.ErrStoreUnavailable):
		report(store.ReasonOf(err))
	}
}

const (
	// retryDiskAfter is how long a disk that refused a write is left alone.
	retryDiskAfter = 5 * time.Second
	// checkFilesEvery is how often the files are looked for in their place. Where
	// they are not, a second copy of the program could start.
	checkFilesEvery = 10 * time.Second
)

// diskWatch tells whether events can be put on disk, and tries a disk that
// refused a write until it takes one: nobody should look for a fault that ended
// while no event came.
type diskWatch struct {
	store  *store.Store
	settle func() error          // writes the settings that could not be written at the start
	tell   func(sentence string) // shows why events cannot be put on disk; empty: they can
	log    *slog.Logger

	trouble chan store.Reason // holds one; empty: the reason has been told
}

func newDiskWatch(log *slog.Logger) *diskWatch {
	return &diskWatch{log: log, trouble: make(chan store.Reason, 1)}
}

// report tells why events cannot be put on disk; empty: they can. It is called
// for each event and returns at once.
func (w *diskWatch) report(why store.Reason) {
	if why == "" {
		w.tell("")
		return
	}
	w.tell(why.Sentence())
	if why != store.ReasonDamaged { // after corruption, one successful write proves nothing
		w.watch("")
	}
}

// watch has the disk tried until it is well again. why is told first unless it
// is empty. It returns at once, and may be called before run.
func (w *diskWatch) watch(why store.Reason) {
	select {
	case w.trouble <- why:
	default: // it is being tried already
	}
}

// run watches until ctx ends.
func (w *diskWatch) run(ctx context.Context) {
	checkFiles := time.NewTicker(checkFilesEvery)
	defer checkFiles.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-checkFiles.C:
			if err := w.store.CheckPlace(ctx); err != nil {
				reportDisk(err, w.report)
			}
			continue
		case why := <-w.trouble:
			if why != "" {
				w.tell(why.Sentence())
			}
			if why == store.ReasonDamaged {
				continue
			}
		}
		timer := time.NewTimer(retryDiskAfter)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		w.retry(ctx)
	}
}

// retry writes to the disk. Where that fails, the report has it tried again.
func (w *diskWatch) retry(ctx context.Context) {
	err := w.store.TryWrite(ctx)
	reportDisk(err, w.report)
	if err != nil {
		return
	}
	if err := w.settle(); err != nil {
		w.log.Warn("writing the settings", "err", err)
	}
}
