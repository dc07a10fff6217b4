package app

import (
	"context"
	"errors"
	"log/slog"

	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/intake"
	"vastrelay/relay/store"
)

// destinationGuard passes events to the outbox once there is a space to post to.
type destinationGuard struct {
	intake.Store
	hasDestination func() bool
}

// errNoDestination refuses, for now, an event that would never be posted: the
// destinations are in the event store, which cannot be read yet.
var errNoDestination = errors.New("there is no destination yet")

// Accept implements intake.Store.
func (g destinationGuard) Accept(ctx context.Context, ev relay.Event) (bool, error) {
	if !g.hasDestination() {
		return false, errNoDestination
	}
	return g.Store.Accept(ctx, ev)
}

// diskWatch shows whether events can be put on disk.
type diskWatch struct {
	store  *store.Store
	settle func() error         // writes the settings that could not be written at the start
	tell   func(words.Sentence) // shows why events cannot be put on disk; empty: they can
	log    *slog.Logger
}

// run watches until ctx ends.
func (w diskWatch) run(ctx context.Context) {
	w.store.WatchDisk(ctx, func(why store.Reason) {
		w.tell(diskSentence(why))
		if why != "" {
			return
		}
		if err := w.settle(); err != nil {
			w.log.Warn("writing the settings", "err", err)
		}
	})
}

// diskSentence says why events cannot be put on disk; empty for the empty reason.
func diskSentence(why store.Reason) words.Sentence {
	switch why {
	case store.ReasonFull:
		return words.New("disk.full")
	case store.ReasonReadOnly:
		return words.New("disk.read_only")
	case store.ReasonDenied:
		return words.New("disk.denied")
	case store.ReasonMoved:
		return words.New("disk.moved")
	case store.ReasonDamaged:
		return words.New("disk.damaged")
	case store.ReasonClosed:
		return words.New("disk.closed")
	case store.ReasonOther:
		return words.New("disk.unreachable")
	default:
		return words.Sentence{}
	}
}
