// Package passes keeps what the next pass of the bridge's loop is asked for, until the
// loop makes it: by a person, by a change of settings, by a part that heard something.
//
// Requests is safe for concurrent use and starts nothing. The loop alone calls Begin,
// End and receives from Woken.
package passes

import (
	"cmp"
	"context"
	"sync"
	"time"
)

// Request is what a pass is asked for, by all who asked since the one before.
type Request struct {
	Restart    bool // every hop is proven anew
	Mended     bool // what a test failed for may have been mended
	Slept      bool // the computer's clock may have been set in its sleep
	Reconnect  bool // the tunnel connects anew
	ClockRight bool // it is certain again what time it is

	Disputed    bool  // a check of a hop says otherwise than the status
	Undelivered error // why a test of such a check did not arrive; nil: none failed so
}

// Asked reports whether a person, a change of theirs or the computer asked for a try.
// Without, what fails stays shown while it is tried.
func (r Request) Asked() bool { return r.Mended || r.Reconnect || r.ClockRight }

// with is r for one more reason.
func (r Request) with(reason Request) Request {
	return Request{
		Restart:     true,
		Mended:      r.Mended || reason.Mended,
		Slept:       r.Slept || reason.Slept,
		Reconnect:   r.Reconnect || reason.Reconnect,
		ClockRight:  r.ClockRight || reason.ClockRight,
		Disputed:    r.Disputed || reason.Disputed,
		Undelivered: cmp.Or(reason.Undelivered, r.Undelivered),
	}
}

// Requests is what the loop is asked to do.
type Requests struct {
	wake chan struct{} // holds at most one; the loop looks at everything on each

	mu     sync.Mutex // guards all below
	next   Request
	cancel context.CancelFunc // of the pass under way
	since  time.Time          // when the pass under way began; zero: none is
}

// New returns Requests that ask for nothing.
func New() *Requests { return &Requests{wake: make(chan struct{}, 1)} }

// Woken yields a value for each Wake since the last one was taken, at most one.
func (r *Requests) Woken() <-chan struct{} { return r.wake }

// Wake makes the loop look at everything once more, soon.
func (r *Requests) Wake() {
	select {
	case r.wake <- struct{}{}:
	default: // one that nobody has taken yet is enough
	}
}

// Restart makes the loop start over with fresh credentials and settings.
func (r *Requests) Restart() { r.add(Request{Mended: true}) }

// RestartAfterSleep is Reconnect after a sleep.
func (r *Requests) RestartAfterSleep() { r.add(Request{Slept: true, Reconnect: true}) }

// Reconnect is Restart, with the tunnel connected anew. It mends nothing.
func (r *Requests) Reconnect() { r.add(Request{Reconnect: true}) }

// RestartByClock is Restart for a clock that is certain again.
func (r *Requests) RestartByClock() { r.add(Request{ClockRight: true}) }

// CheckAgain makes the loop prove every hop anew, since a check of one says otherwise
// than the status. Nobody has asked for a try: what fails stays shown meanwhile, and
// neither a test nor a post is sent. undelivered is why a test of the check did not
// arrive, else nil.
func (r *Requests) CheckAgain(undelivered error) {
	r.add(Request{Disputed: true, Undelivered: undelivered})
}

// add asks for a restart for one more reason, and ends the pass under way.
func (r *Requests) add(reason Request) {
	r.mu.Lock()
	r.next = r.next.with(reason)
	if r.cancel != nil {
		r.cancel()
	}
	r.mu.Unlock()
	r.Wake()
}

// Begin says what the pass that begins is asked for; cancel ends that pass.
func (r *Requests) Begin(cancel context.CancelFunc) Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	asked := r.next
	r.next, r.cancel, r.since = Request{}, cancel, time.Now()
	return asked
}

// End notes that the pass under way has ended.
func (r *Requests) End() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.since = time.Time{}
}

// Running says for how long the pass under way has run; 0: none is.
func (r *Requests) Running() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since.IsZero() {
		return 0
	}
	return time.Since(r.since)
}
