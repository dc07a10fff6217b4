package tunnel

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// Runner is what the Providers of all vendors share: it makes one attempt at a link
// after another, with the pauses of the retry policy between them. Make one with
// NewRunner. It is safe for concurrent use.
type Runner struct {
	Pauses Pauses // not to be changed while Run is under way

	log     *slog.Logger
	running atomic.Bool
	restart chan struct{} // holds one token while a restart is wanted
}

// NewRunner returns a Runner with the pauses of the program, which logs the causes of
// failures.
func NewRunner(log *slog.Logger) *Runner {
	return &Runner{Pauses: DefaultPauses(), log: log, restart: make(chan struct{}, 1)}
}

// Attempt is how an attempt at a link ended.
type Attempt struct {
	WasOnline bool          // the link was up
	Online    time.Duration // for how long
	Restart   bool          // a restart was asked for
	Again     bool          // the failure has been dealt with: the next attempt is due at once
	Failure   Failure       // why it ended, where nobody asked for it
}

// Run makes attempts until ctx ends, then returns nil, or returns the *PermanentError
// of one. It reports the states between attempts to report, an attempt those within
// it. While a Run is under way, another returns ErrRunning.
func (r *Runner) Run(ctx context.Context, report func(Link), attempt func(context.Context, *Reporter) Attempt) error {
	if !r.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer r.running.Store(false)
	rep := NewReporter(report)
	rep.Set(Link{State: Connecting})
	var past History
	for ctx.Err() == nil {
		r.dropRestart()
		made := attempt(ctx, rep)
		if made.WasOnline {
			past = r.Pauses.Online(past, made.Online)
		}
		switch {
		case ctx.Err() != nil:
			continue // whatever else happened, a stop was asked for
		case made.Restart:
			past = History{WasOnline: past.WasOnline}
			rep.Interrupted(past.WasOnline)
		case made.Failure.Permanent != nil:
			rep.Stopped(made.Failure.Permanent)
			return made.Failure.Permanent
		case !made.Again:
			past = r.postpone(ctx, past, made.Failure, rep)
		}
		if r.Pauses.Between > 0 {
			sleep(ctx, r.Pauses.Between)
		}
	}
	rep.Stopped(nil)
	return nil
}

// postpone reports that the next attempt comes later, and waits until it is due or a
// restart is asked for. The same cause is a warning in the log only once in a row.
func (r *Runner) postpone(ctx context.Context, past History, f Failure, rep *Reporter) History {
	now := time.Now()
	past, link := r.Pauses.After(past, f, now, rand.Float64()) //nolint:gosec // spreads load, guards nothing
	level := slog.LevelWarn
	if last := rep.Last().Err; last != nil && last.Error() == f.Err.Error() {
		level = slog.LevelDebug
	}
	wait := link.RetryAt.Sub(now)
	r.log.Log(ctx, level, "no tunnel, will try again", "attempt", past.Failures, "code", f.Code, "err", f.Err, "pause", wait)
	rep.Set(link)
	select {
	case <-ctx.Done():
	case <-time.After(wait):
	case <-r.restart:
		past = History{WasOnline: past.WasOnline}
	}
	rep.Trying()
	return past
}

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// Restart asks the Run under way for a restart; without one it does nothing.
func (r *Runner) Restart() {
	if !r.running.Load() {
		return
	}
	select {
	case r.restart <- struct{}{}:
	default:
	}
}

// Restarts yields a value when a restart is wanted; an attempt that takes it ends.
func (r *Runner) Restarts() <-chan struct{} { return r.restart }

// dropRestart forgets a restart that the connection about to be made answers.
func (r *Runner) dropRestart() {
	select {
	case <-r.restart:
	default:
	}
}
