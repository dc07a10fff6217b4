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
// clocks show, with the moment just before, and set each time its clock was set,
// forward or back, until ctx ends. The monotonic clock, and with it every timer,
// stands still in sleep on most systems; the wall clock tells. Where the uptime is
// known, a clock that was set is told from a sleep; elsewhere one that is put
// forward by more than half a minute counts as a sleep too, and a sleep everywhere
// as setting the clock. A process that was stopped for so long has slept as well.
// Both may be called from two goroutines at once and must return fast.
func WatchTime(ctx context.Context, woke func(since time.Time), set func()) {
	w := &timeWatch{wall: func() time.Time { return time.Now().Round(0) }, uptime: uptime, woke: woke, set: set}
	w.tick()
	var following sync.WaitGroup
	defer following.Wait()
	following.Go(func() { followSleep(ctx, func() { w.slept(bySystem, w.lastTick()) }) })
	w.run(ctx)
}

// timeWatch tells a sleep from a clock that was set. It is safe for concurrent use,
// but for run.
type timeWatch struct {
	wall   func() time.Time
	uptime func() (time.Duration, bool) // since the computer was started, sleep included, where that is known
	woke   func(since time.Time)
	set    func()

	mu     sync.Mutex
	ticked time.Time // the wall clock at the last look
	told   time.Time // when a sleep was told last, which a second word of it may follow
	by     sleepSign // by which it was told
}

// sleepSign is how a sleep is known. Each says one sleep once.
type sleepSign int

const (
	byClock sleepSign = iota
	bySystem
)

// run looks at the clocks until ctx ends.
func (w *timeWatch) run(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	before, began := w.tick(), time.Now()
	upBefore, _ := w.uptime()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now, passed := w.wall(), time.Since(began)
		up, known := w.uptime()
		away := now.Sub(before)
		if known {
			away = up - upBefore
		}
		if away-lookEvery > asleep {
			w.slept(byClock, before)
		}
		if (now.Sub(before) - passed).Abs() > setBy {
			w.set()
		}
		before, upBefore, began = w.tick(), up, time.Now()
	}
}

// tick notes the wall clock and returns it.
func (w *timeWatch) tick() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ticked = w.wall()
	return w.ticked
}

// lastTick is the wall clock at the last look: a moment before a sleep that has just
// ended.
func (w *timeWatch) lastTick() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ticked
}

// slept tells of a sleep since the given time, of which the other sign may tell too. A
// second word of the same sign is another sleep: a computer may wake for a moment.
func (w *timeWatch) slept(by sleepSign, since time.Time) {
	w.mu.Lock()
	again := !w.told.IsZero() && by != w.by && time.Since(w.told) < sameSleep
	if !again {
		w.told, w.by = time.Now(), by
	}
	w.mu.Unlock()
	if !again {
		w.woke(since)
	}
}
