package bridge

import (
	"context"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/health"
	"vastrelay/app/status"
)

const (
	// remeasureEvery is how often the clock is measured while something is wrong
	// with it. Else that happens whenever every hop is proven.
	remeasureEvery = 20 * time.Second
	// forever is longer than any run.
	forever = 1 << 62
)

// clockWatch measures by how much this computer's clock is off, and shows it.
type clockWatch struct {
	*core
	measure chan struct{} // holds at most one; the clock is measured on each
}

// run measures the clock whenever that is asked for, and every 20 s
// while deliveries are held up by it.
func (w *clockWatch) run(ctx context.Context) {
	for {
		wait := time.Duration(forever)
		if s := w.o.Receiving.Clock.State(); s.Disputed || s.Held {
			wait = remeasureEvery
		}
		select {
		case <-ctx.Done():
			return
		case <-w.measure:
		case <-time.After(wait):
		}
		w.o.Receiving.Clock.Measure(ctx)
		w.note()
	}
}

// measureSoon has the clock measured anew. It returns at once.
func (w *clockWatch) measureSoon() {
	signal(w.measure)
}

// note shows what has become of the clock. It returns at once and is cheap while
// nothing changes.
func (w *clockWatch) note() {
	s := w.o.Receiving.Clock.State()
	trouble := checks.ClockTrouble(s)
	var begins, ends bool
	w.board.updateIfNew(func(in *status.Input) (changed bool) {
		begins = !trouble.IsZero() && in.Trouble.Clock.IsZero()
		changed = trouble != in.Trouble.Clock
		ends = trouble.IsZero() && changed
		in.Trouble.Clock = trouble
		if old := in.ClockOffset; s.Measured && (old == nil || (*old-s.Offset).Abs() > time.Second) {
			in.ClockOffset, changed = &s.Offset, true
		}
		return changed
	})
	if begins {
		w.measureSoon() // run looks when to measure again
	}
	if ends && w.board.hop(health.HopAddress).State != health.HopOK {
		w.requests.RestartByClock() // a test that was refused for its time is worth repeating at once
	}
}
