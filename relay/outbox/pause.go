package outbox

import (
	"context"
	"fmt"
	"time"

	"vastrelay/relay"
)

// expiryRetry is the wait after the store failed to end a pause.
const expiryRetry = 5 * time.Second

// Pause holds posting until the given time, or with the zero time until
// Resume. Receiving goes on. Once Pause has returned no post leaves, though
// one that is under way may still end; retry and dead-letter clocks stand
// still. Pausing while paused changes only the end. The pause is on disk and
// outlives the program.
func (o *Outbox) Pause(ctx context.Context, until time.Time) error {
	o.gate.Lock()
	defer o.gate.Unlock()
	p := o.Paused()
	if !p.Active() {
		p.Since = time.Now().Round(0)
	}
	p.Until = until.Round(0) // Only the wall clock counts: it goes on while the computer sleeps.
	return o.setPause(ctx, p)
}

// Resume posts again. With keep, what waits now is kept without posting, and
// kept says how many posts that were. A parked destination gets its probe at
// once. Without a pause Resume does nothing. After an error posting is still
// paused and Resume can be called again.
func (o *Outbox) Resume(ctx context.Context, keep bool) (kept int, err error) {
	o.gate.Lock()
	defer o.gate.Unlock()
	return o.resumeGated(ctx, keep)
}

// Paused returns the pause in force; the zero Pause when posting is on. Before
// Open or Run it knows only of pauses made since NewOutbox.
func (o *Outbox) Paused() relay.Pause {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.pause
}

// resumeGated ends the pause. o.gate is held for writing.
func (o *Outbox) resumeGated(ctx context.Context, keep bool) (kept int, err error) {
	p, now := o.Paused(), time.Now().Round(0)
	if !p.Active() {
		return 0, nil
	}
	if keep {
		if kept, err = o.store.KeepWaiting(ctx, now); err != nil {
			return 0, fmt.Errorf("keep what waits: %w", err)
		}
	}
	// A timed pause that ran out while the program was off ended back then.
	stood := now.Sub(p.Since)
	if !p.Until.IsZero() {
		stood = min(stood, p.Until.Sub(p.Since))
	}
	if stood > 0 {
		if err := o.shiftClocks(ctx, stood); err != nil {
			return kept, err
		}
		o.mu.Lock()
		o.pause.Since = now // A second try must not shift the same time again.
		o.mu.Unlock()
	}
	if err := o.setPause(ctx, relay.Pause{}); err != nil {
		return kept, err
	}
	o.Nudge()
	return kept, nil
}

// shiftClocks moves retry clocks later by d, on disk and in the lanes.
func (o *Outbox) shiftClocks(ctx context.Context, d time.Duration) error {
	if err := o.store.ShiftRetryClocks(ctx, d); err != nil {
		return fmt.Errorf("set retry clocks forward: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, l := range o.lanes {
		l.shift(d)
	}
	return nil
}

// shift follows what ShiftRetryClocks did to the destination on disk.
func (l *lane) shift(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range []*time.Time{&l.dest.HoldUntil, &l.dest.ProbeAt} {
		if !t.IsZero() {
			*t = t.Add(d)
		}
	}
}

// loadPause puts the pause that is on disk in force.
func (o *Outbox) loadPause(ctx context.Context) error {
	o.gate.Lock()
	defer o.gate.Unlock()
	p, err := o.store.Pause(ctx)
	if err != nil {
		return fmt.Errorf("read the pause: %w", err)
	}
	o.mu.Lock()
	o.pause = p
	o.mu.Unlock()
	return nil
}

// setPause puts p on disk and in force.
func (o *Outbox) setPause(ctx context.Context, p relay.Pause) error {
	if err := o.store.SavePause(ctx, p); err != nil {
		return fmt.Errorf("save the pause: %w", err)
	}
	o.mu.Lock()
	o.pause = p
	o.mu.Unlock()
	signal(o.repause)
	return nil
}

// watchPause ends timed pauses, which posts what was held, until ctx ends.
func (o *Outbox) watchPause(ctx context.Context) {
	for ctx.Err() == nil {
		until := o.Paused().Until
		if !until.IsZero() && !time.Now().Before(until) {
			until = time.Time{}
			if err := o.expire(ctx); err != nil && ctx.Err() == nil {
				o.log.Error("cannot end the pause, trying again", "err", err)
				until = time.Now().Add(expiryRetry)
			}
		}
		sleep(ctx, until, o.repause)
	}
}

// expire ends the pause if it is still one that has run out.
func (o *Outbox) expire(ctx context.Context) error {
	o.gate.Lock()
	defer o.gate.Unlock()
	if until := o.Paused().Until; until.IsZero() || time.Now().Before(until) {
		return nil
	}
	_, err := o.resumeGated(ctx, false)
	return err
}
