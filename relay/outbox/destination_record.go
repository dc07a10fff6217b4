package outbox

import (
	"context"
	"fmt"
	"sync"
	"time"

	"vastrelay/relay"
)

// destinationRecord is what is known of a destination, in memory and on disk. It
// is safe for concurrent use.
type destinationRecord struct {
	store relay.Store

	saving  sync.Mutex // held while the destination is written
	mu      sync.Mutex // guards current and unsaved
	current relay.Destination
	unsaved bool // current is ahead of the store
}

func (r *destinationRecord) get() relay.Destination {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current
}

// amend changes the destination in memory; save follows.
func (r *destinationRecord) amend(change func(*relay.Destination)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.current
	change(&d)
	if d != r.current {
		r.current, r.unsaved = d, true
	}
}

// save writes the destination when it is ahead of the store.
func (r *destinationRecord) save(ctx context.Context) error {
	r.saving.Lock()
	defer r.saving.Unlock()
	r.mu.Lock()
	d, unsaved := r.current, r.unsaved
	r.unsaved = false
	r.mu.Unlock()
	if !unsaved {
		return nil
	}
	if err := r.store.SaveDestination(ctx, d); err != nil {
		r.mu.Lock()
		r.unsaved = true
		r.mu.Unlock()
		return fmt.Errorf("save destination: %w", err)
	}
	return nil
}

// shift follows what Store.ShiftRetryClocks did to the destination on disk.
func (r *destinationRecord) shift(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range []*time.Time{&r.current.HoldUntil, &r.current.ProbeAt} {
		if !t.IsZero() {
			*t = t.Add(d)
		}
	}
}

// takeOver takes what old, which nobody uses any more, could not write.
func (r *destinationRecord) takeOver(old *destinationRecord) {
	old.mu.Lock()
	defer old.mu.Unlock()
	if old.unsaved {
		r.current, r.unsaved = old.current, true
	}
}
