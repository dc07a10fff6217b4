package reach

import (
	"context"
	"sync"
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

// sameSleep is how long after the system's own word the clock may show the same
// sleep.
const sameSleep = 3 * lookEvery

// WatchTime calls woke each time the computer has slept, as the system says or the
// clock shows, and set each time its clock was set, forward or back, until ctx
// ends. The monotonic clock, and with it every timer, stands still in sleep on
// most systems; the wall clock tells. A sleep counts as setting the clock too. Both
// may be called from two goroutines at once and must return fast.
func WatchTime(ctx context.Context, woke, set func()) {
	woke = oncePerSleep(woke)
	var following sync.WaitGroup
	defer following.Wait()
	following.Go(func() { followSleep(ctx, woke) })
	watchTime(ctx, func() time.Time { return time.Now().Round(0) }, woke, set)
}

// oncePerSleep makes two words of the same sleep one.
func oncePerSleep(woke func()) func() {
	var (
		mu   sync.Mutex
		last time.Time
	)
	return func() {
		mu.Lock()
		again := !last.IsZero() && time.Since(last) < sameSleep
		last = time.Now()
		mu.Unlock()
		if !again {
			woke()
		}
	}
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
