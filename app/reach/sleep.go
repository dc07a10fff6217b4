package reach

import (
	"context"
	"time"
)

const (
	lookEvery = 5 * time.Second
	// asleep is how much further than expected the wall clock must have gone.
	// A busy computer is late by less; a clock that is set right may be by more,
	// and then looking at everything does no harm.
	asleep = 30 * time.Second
	// setBy is by how much the wall clock must have gone further than the
	// monotonic one, or less far, to have been set.
	setBy = 2 * time.Second
)

// WatchTime calls woke each time the computer seems to have slept, and set each
// time its clock was set, forward or back, until ctx ends. The monotonic clock,
// and with it every timer, stands still in sleep on most systems; the wall clock
// tells. A sleep counts as setting the clock too. Both must return fast.
func WatchTime(ctx context.Context, woke, set func()) {
	watchTime(ctx, func() time.Time { return time.Now().Round(0) }, woke, set)
}

func watchTime(ctx context.Context, wall func() time.Time, woke, set func()) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	before, began := wall(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now, passed := wall(), time.Since(began)
		if now.Sub(before)-lookEvery > asleep {
			woke()
		}
		if (now.Sub(before) - passed).Abs() > setBy {
			set()
		}
		before, began = now, time.Now()
	}
}
