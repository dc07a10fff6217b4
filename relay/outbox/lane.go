package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"vastrelay/relay"
)

// Deadlines of a lane.
const (
	storeDeadline = 10 * time.Second // for one write
	sendDeadline  = 20 * time.Second // for a Sender that breaks its own
	stopGrace     = 2 * time.Second  // for a post that is under way when the lane must end
	abandonAfter  = 250 * time.Millisecond
	recordGrace   = time.Second // for writing down how it ended
)

// lane carries the posts of one destination, one at a time. It is driven by a
// single goroutine that sleeps until a post is due or it is woken; an idle
// lane does nothing at all.
//
// A post in backoff is overtaken by those behind it, so that one message that
// Google cannot process blocks no other. Trouble that is not about one message
// makes the whole lane wait instead: see laneBackoff.
type lane struct {
	shared services
	pauser *pauser
	space  string
	wake   chan struct{}
	dest   *destinationRecord

	urls   atomic.Int64 // counts the URLs that Reopen told of
	nudged atomic.Bool  // the next turn resets backoff
	heldTo atomic.Int64 // until when nothing is attempted, in milliseconds of Unix time; for those who ask

	// Only the lane's goroutine touches what follows.
	backoff    laneBackoff
	resumed    bool // backoff begins where an earlier lane of this space left off
	storeFails int
	unfinished *outcome // an attempt that is over but not yet on disk
	refused    urlRefusals
}

// urlRefusals is what the URL in use was found to refuse. It is not kept on disk:
// after a restart one message is refused in its thread and sent without.
type urlRefusals struct {
	urls           int64                         // the lane's urls, by which the URL is told from later ones
	forms          map[relay.PostID]refusedForms // posts on their way to the next form
	noThreadsUntil time.Time
}

func newURLRefusals(urls int64) urlRefusals {
	return urlRefusals{urls: urls, forms: make(map[relay.PostID]refusedForms)}
}

// noThreadsFor is how long a space that refused a thread gets none.
const noThreadsFor = 24 * time.Hour

// outcome is a finished attempt on its way to disk.
type outcome struct {
	attempt relay.AttemptID
	post    relay.Post
	result  relay.Result
	endedAt time.Time
}

// Why a lane opens no attempt although nothing went wrong.
var (
	errHeld = errors.New("posting is paused")
	errIdle = errors.New("no post is due")
)

func newLane(shared services, pauser *pauser, d relay.Destination) *lane {
	return &lane{
		shared: shared, pauser: pauser, space: d.Space, wake: make(chan struct{}, 1),
		dest: &destinationRecord{store: shared.store, current: d}, refused: newURLRefusals(0),
	}
}

// run takes turns until ctx ends.
func (l *lane) run(ctx context.Context) {
	for ctx.Err() == nil {
		again, wait := l.turn(ctx)
		if wait {
			sleep(ctx, again, l.wake)
		}
	}
}

// turn does what is due now. wait says that nothing further is due before
// again; when that is zero, before the lane is woken.
func (l *lane) turn(ctx context.Context) (again time.Time, wait bool) {
	if err := l.finish(ctx); err != nil {
		l.noteStoreError(err)
		return l.storeTrouble(), true
	}
	if err := l.resume(ctx); err != nil {
		if ctx.Err() != nil {
			return time.Time{}, false
		}
		l.noteStoreError(err)
		return l.storeTrouble(), true
	}
	now := time.Now()
	if l.nudged.Swap(false) {
		l.backoff.reset()
	}
	at := l.backoff.until(l.dest.get(), now)
	l.heldTo.Store(at.UnixMilli())
	if at.After(now) {
		return at, true
	}

	p, attempt, next, err := l.beginDue(ctx, now)
	switch {
	case err == nil:
		l.storeFails = 0
	case ctx.Err() != nil:
		return time.Time{}, false
	case errors.Is(err, errHeld):
		return time.Time{}, true
	case errors.Is(err, errIdle):
		l.storeFails = 0
		return next, true
	default:
		l.noteStoreError(err)
		return l.storeTrouble(), true
	}
	// The pace counts from here: folding and opening an attempt take a while,
	// and not always the same.
	l.backoff.started(time.Now())
	l.settle(ctx, p, attempt)
	return time.Time{}, false
}

// resume takes up, once, the pace of the last attempt in this space, which an
// earlier run may have made: Google counts by space and knows nothing of
// restarts. A crash may also have come between saving an attempt and saving the
// hold that its 429 began.
func (l *lane) resume(ctx context.Context) error {
	if l.resumed {
		return nil
	}
	last, err := l.shared.store.LastAttempt(ctx, l.space)
	switch {
	case errors.Is(err, relay.ErrNotFound):
	case err != nil:
		return fmt.Errorf("look at the last attempt: %w", err)
	default:
		l.backoff.resume(last, time.Now())
		l.dest.amend(func(d *relay.Destination) { holdAfter(d, last) })
	}
	l.resumed = true
	return nil
}

// beginDue opens an attempt of the next post that is due. When none is, the
// error is errIdle and next says when the first will be.
func (l *lane) beginDue(ctx context.Context, now time.Time) (p relay.Post, attempt relay.AttemptID, next time.Time, err error) {
	p, attempt, err = l.begin(ctx, now, now)
	if !errors.Is(err, errIdle) {
		return p, attempt, time.Time{}, err
	}
	b, err := l.shared.store.Backlog(ctx, l.space)
	switch {
	case err != nil:
		return relay.Post{}, 0, time.Time{}, fmt.Errorf("look when a post is due: %w", err)
	case b.NextAt.Sub(now) <= longestBackoff:
		return relay.Post{}, 0, b.NextAt, errIdle
	}
	// A longer wait than longestBackoff is from before the clock was set back.
	p, attempt, err = l.begin(ctx, now, b.NextAt)
	return p, attempt, b.NextAt, err
}

// begin opens an attempt, at now, of the first post whose time has come by due.
// The gate is held throughout, so that a pause falls either before or after it.
func (l *lane) begin(ctx context.Context, now, due time.Time) (relay.Post, relay.AttemptID, error) {
	l.pauser.gate.RLock()
	defer l.pauser.gate.RUnlock()
	if l.pauser.paused().Active() {
		return relay.Post{}, 0, errHeld
	}
	p, err := l.pick(ctx, now, due)
	if err != nil {
		return relay.Post{}, 0, err
	}
	if p.MayRepeat, err = l.mayRepeat(ctx, p); err != nil {
		return relay.Post{}, 0, err
	}
	l.freeze(&p)
	p.State = relay.Sending
	p.Tries++
	writing, cancel := lingering(ctx, storeDeadline, recordGrace)
	defer cancel()
	attempt, err := l.shared.store.BeginAttempt(writing, p, now)
	if err != nil {
		return relay.Post{}, 0, fmt.Errorf("open an attempt: %w", err)
	}
	return p, attempt, nil
}

// settle sends p and records how that went, in the store, in the destination
// and in the lane's backoff.
func (l *lane) settle(ctx context.Context, p relay.Post, attempt relay.AttemptID) {
	urls := l.urls.Load()
	if urls != l.refused.urls {
		l.refused = newURLRefusals(urls)
	}
	var r relay.Result
	if ctx.Err() != nil {
		r = relay.Result{Outcome: relay.Unreachable, Reason: reasonStopped, Detail: "The program stopped before the message was sent."}
	} else {
		r = l.send(ctx, p)
		l.backoff.answered(time.Now())
	}

	// Without its monotonic part, which stops while the computer sleeps.
	f := facts{now: time.Now().Round(0), refused: l.refused.forms[p.ID], urlChanged: l.urls.Load() != urls}
	before, rung := l.dest.get(), p.Rung
	l.dest.amend(func(d *relay.Destination) { p = applyResult(p, d, r, f) })
	after := l.dest.get()
	l.backoff.after(p, after, r, f.now)
	l.heldTo.Store(l.backoff.until(after, f.now).UnixMilli())
	p = l.backoff.capNotBefore(p, f.now)
	l.remember(p, rung, r, f)
	l.report(p, r, before, after)

	l.unfinished = &outcome{attempt: attempt, post: p, result: r, endedAt: f.now}
	if err := l.finish(ctx); err != nil {
		l.noteStoreError(err) // The next turn tries again, and does nothing else before.
	}
}

// remember notes which form of p, sent on rung, was refused. A thread was the
// cause when the same form is accepted without one.
func (l *lane) remember(p relay.Post, rung relay.Rung, r relay.Result, f facts) {
	if p.State == relay.Done || p.State == relay.Dead {
		if r.Outcome == relay.Posted && !f.urlChanged && f.refused == (refusedForms{thread: true}) {
			l.refused.noThreadsUntil = f.now.Add(noThreadsFor)
			l.shared.log.Info("the space takes no threads, none are used for a day")
		}
		delete(l.refused.forms, p.ID)
		return
	}
	if r.Outcome == relay.ContentRefused && !f.urlChanged {
		f.refused.add(rung, r)
		l.refused.forms[p.ID] = f.refused
	}
}

// withoutThread reports whether p goes without a thread, as things are at now.
func (l *lane) withoutThread(p relay.Post, now time.Time) bool {
	// Ignore a wait longer than noThreadsFor: the clock was set back.
	left := l.refused.noThreadsUntil.Sub(now)
	off := left > 0 && left <= noThreadsFor
	return off || l.refused.forms[p.ID].thread
}

// finish writes the finished attempt, if there is one, and the destination,
// and tells the observer. After an error the attempt is still not on disk.
func (l *lane) finish(ctx context.Context) error {
	u := l.unfinished
	if u == nil {
		return nil
	}
	writing, cancel := lingering(ctx, storeDeadline, recordGrace)
	defer cancel()
	err := l.shared.store.FinishAttempt(writing, u.attempt, u.endedAt, u.result, u.post)
	switch {
	case errors.Is(err, relay.ErrNotFound):
		// Only the lane closes its attempts while it runs. Trying again would
		// stop the lane for ever.
		l.shared.log.Error("an attempt was closed by someone else", "event_id", firstID(u.post), "err", err)
	case err != nil:
		return fmt.Errorf("record an attempt: %w", err)
	}
	l.unfinished, l.storeFails = nil, 0
	// After an error the lane goes on with the destination in memory, and the
	// next change is saved with it.
	if err := l.dest.save(writing); err != nil {
		l.noteStoreError(err)
	}
	l.shared.counts.attempted(u.post, u.result)
	l.shared.observe(relay.Progress{Destination: l.dest.get(), Post: u.post, Result: u.result, At: u.endedAt})
	return nil
}

func (l *lane) report(p relay.Post, r relay.Result, before, after relay.Destination) {
	log := l.shared.log.With("event_id", firstID(p), "attempt", p.Tries, "status", r.Status)
	switch {
	case p.State == relay.Done:
		log.Debug("posted", "outcome", r.Outcome)
	case p.State == relay.Dead:
		log.Warn("message given up, it can be sent again by hand", "outcome", r.Outcome, "reason", r.Reason)
	default:
		log.Info("not posted yet", "outcome", r.Outcome, "reason", r.Reason)
	}
	switch {
	case !before.Parked() && after.Parked():
		l.shared.counts.parked()
		log.Warn("posting suspended, everything is kept", "reason", after.ParkReason)
	case before.Parked() && !after.Parked():
		log.Info("posting resumed")
	}
}

func (l *lane) noteStoreError(err error) {
	if l.storeFails == 0 {
		l.shared.log.Error("cannot use the event store, trying again", "err", err)
	}
}

// storeTrouble says when to try the store again.
func (l *lane) storeTrouble() time.Time {
	l.storeFails++
	return time.Now().Add(doubled(storeFirst, l.storeFails, storeMax))
}

// nudge ends the lane's backoff, and makes the probe of a parked destination due.
func (l *lane) nudge() {
	now := time.Now()
	l.dest.amend(func(d *relay.Destination) {
		if d.Parked() && d.ProbeAt.After(now) {
			d.ProbeAt = now
		}
	})
	l.nudged.Store(true)
	l.lookForWork()
}

// lookForWork wakes the lane.
func (l *lane) lookForWork() { signal(l.wake) }

// takeOver takes what an earlier lane of the same space could not write: how its
// last attempt ended, since that post would stay Sending otherwise, and the state
// of the destination.
func (l *lane) takeOver(old *lane) {
	if old == nil {
		return
	}
	l.unfinished = old.unfinished
	l.dest.takeOver(old.dest)
}

// signal sends on a channel of capacity one, unless a signal is waiting there
// already.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
