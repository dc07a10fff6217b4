package tunnel

import (
	"context"
	"sync/atomic"
	"time"
)

// RunState is what a Provider keeps of its Run: whether one is under way, and
// whether a restart is wanted. It is safe for concurrent use.
type RunState struct {
	running atomic.Bool
	restart chan struct{} // holds one token while a restart is wanted
}

// NewRunState returns the state of a provider that does not run.
func NewRunState() *RunState { return &RunState{restart: make(chan struct{}, 1)} }

// Begin marks a Run as under way until end is called. While one is, it returns
// ErrRunning.
func (r *RunState) Begin() (end func(), err error) {
	if !r.running.CompareAndSwap(false, true) {
		return nil, ErrRunning
	}
	return func() { r.running.Store(false) }, nil
}

// Restart asks the Run under way for a restart; without one it does nothing.
func (r *RunState) Restart() {
	if !r.running.Load() {
		return
	}
	select {
	case r.restart <- struct{}{}:
	default:
	}
}

// Restarts yields a value when a restart is wanted.
func (r *RunState) Restarts() <-chan struct{} { return r.restart }

// DropRestart forgets a restart that the connection about to be made answers.
func (r *RunState) DropRestart() {
	select {
	case <-r.restart:
	default:
	}
}

// Wait waits for d, the end of ctx or a restart, and reports whether it was the
// restart.
func (r *RunState) Wait(ctx context.Context, d time.Duration) (restarted bool) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	case <-r.restart:
		return true
	}
	return false
}
