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
)

// WatchSleep calls woke each time the computer seems to have slept, until ctx
// ends. The monotonic clock, and with it every timer, stands still meanwhile on
// most systems; the wall clock tells. woke must return fast.
func WatchSleep(ctx context.Context, woke func()) {
	watchSleep(ctx, func() time.Time { return time.Now().Round(0) }, woke)
}

func watchSleep(ctx context.Context, wall func() time.Time, woke func()) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	before := wall()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := wall()
		if now.Sub(before)-lookEvery > asleep {
			woke()
		}
		before = now
	}
}
