package outbox

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"vastrelay/relay"
)

// expiryRetry is the wait after the store failed to end a pause.
const expiryRetry = 5 * time.Second

// pauser holds the pause, in memory and on disk. It is safe for concurrent use.
type pauser struct {
	store relay.Store
	lanes *laneSet
	log   *slog.Logger

	// gate is held for reading from a lane's look at the pause until its
	// attempt is open, and for writing to change the pause: after Pause has
	// returned no post leaves.
	gate sync.RWMutex

	mu      sync.Mutex // guards pause
	pause   relay.Pause
	changed chan struct{} // the pause may have changed
}

func newPauser(store relay.Store, lanes *laneSet, log *slog.Logger) *pauser {
	return &pauser{store: store, lanes: lanes, log: log, changed: make(chan struct{}, 1)}
}

// Pause holds posting until the given time, or with the zero time until
// Resume. Receiving goes on. Once Pause has returned no post leaves, though
// one that is under way may still end; retry and dead-letter clocks stand
// still. Pausing while paused changes only the end. The pause is on disk and
// outlives the program.
func (o *Outbox) Pause(ctx context.Context, until time.Time) error { return o.pauser.begin(ctx, until) }

// Resume posts again. With keep, what waits now is kept without posting, and
// kept says how many posts that were. A parked destination gets its probe at
// once. Without a pause Resume does nothing. After an error posting is still
// paused and Resume can be called again.
func (o *Outbox) Resume(ctx context.Context, keep bool) (kept int, err error) {
	return o.pauser.end(ctx, keep)
}

// Paused returns the pause in force; the zero Pause when posting is on. Before
// Open or Run it knows only of pauses made since New.
func (o *Outbox) Paused() relay.Pause { return o.pauser.paused() }

func (p *pauser) paused() relay.Pause {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pause
}

// set puts pause in force.
func (p *pauser) set(pause relay.Pause) {
	p.mu.Lock()
	p.pause = pause
	p.mu.Unlock()
}

// lookAgain makes watch look at the clock.
func (p *pauser) lookAgain() { signal(p.changed) }

func (p *pauser) begin(ctx context.Context, until time.Time) error {
	p.gate.Lock()
	defer p.gate.Unlock()
	pause := p.paused()
	if !pause.Active() {
		pause.Since = time.Now().Round(0)
	}
	pause.Until = until.Round(0) // Only the wall clock counts: it goes on while the computer sleeps.
	return p.save(ctx, pause)
}

func (p *pauser) end(ctx context.Context, keep bool) (kept int, err error) {
	p.gate.Lock()
	defer p.gate.Unlock()
	return p.endGated(ctx, keep)
}

// endGated ends the pause. p.gate is held for writing.
func (p *pauser) endGated(ctx context.Context, keep bool) (kept int, err error) {
	pause, now := p.paused(), time.Now().Round(0)
	if !pause.Active() {
		return 0, nil
	}
	if keep {
		if kept, err = p.store.KeepWaiting(ctx, now); err != nil {
			return 0, fmt.Errorf("keep what waits: %w", err)
		}
	}
	// A timed pause that ran out while the program was off ended back then.
	stood := now.Sub(pause.Since)
	if !pause.Until.IsZero() {
		stood = min(stood, pause.Until.Sub(pause.Since))
	}
	if stood > 0 {
		if err := p.shiftClocks(ctx, stood); err != nil {
			return kept, err
		}
		pause.Since = now // A second try must not shift the same time again.
		p.set(pause)
	}
	if err := p.save(ctx, relay.Pause{}); err != nil {
		return kept, err
	}
	p.lanes.nudge()
	return kept, nil
}

// shiftClocks moves retry clocks later by d, on disk and in the lanes.
func (p *pauser) shiftClocks(ctx context.Context, d time.Duration) error {
	if err := p.store.ShiftRetryClocks(ctx, d); err != nil {
		return fmt.Errorf("set retry clocks forward: %w", err)
	}
	for _, l := range p.lanes.all() {
		l.dest.shift(d)
	}
	return nil
}

// load puts the pause that is on disk in force.
func (p *pauser) load(ctx context.Context) error {
	p.gate.Lock()
	defer p.gate.Unlock()
	pause, err := p.store.Pause(ctx)
	if err != nil {
		return fmt.Errorf("read the pause: %w", err)
	}
	p.set(pause)
	return nil
}

// save puts pause on disk and in force.
func (p *pauser) save(ctx context.Context, pause relay.Pause) error {
	if err := p.store.SavePause(ctx, pause); err != nil {
		return fmt.Errorf("save the pause: %w", err)
	}
	p.set(pause)
	p.lookAgain()
	return nil
}

// watch ends timed pauses, which posts what was held, until ctx ends.
func (p *pauser) watch(ctx context.Context) {
	for ctx.Err() == nil {
		until := p.paused().Until
		if !until.IsZero() && !time.Now().Before(until) {
			until = time.Time{}
			if err := p.expire(ctx); err != nil && ctx.Err() == nil {
				p.log.Error("cannot end the pause, trying again", "err", err)
				until = time.Now().Add(expiryRetry)
			}
		}
		sleep(ctx, until, p.changed)
	}
}

// expire ends the pause if it is still one that has run out.
func (p *pauser) expire(ctx context.Context) error {
	p.gate.Lock()
	defer p.gate.Unlock()
	if until := p.paused().Until; until.IsZero() || time.Now().Before(until) {
		return nil
	}
	_, err := p.endGated(ctx, false)
	return err
}
