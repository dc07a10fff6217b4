package gaps

import (
	"context"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
)

const (
	// markEvery is how often the moment up to which deliveries arrive is written.
	markEvery = time.Minute
	// doubtFor is for how long after a sleep the status may still say what it said
	// before.
	doubtFor = 30 * time.Second
	// settledAfter is how long after a start or a sleep something that is still
	// wrong counts as a gap with a cause of its own.
	settledAfter = 2 * time.Minute
	// saveAgain is when something that could not be stored is tried again.
	saveAgain = time.Minute
	// stopDeadline bounds what is written when the program stops.
	stopDeadline = time.Second
	// never is longer than any run.
	never = 1 << 62
)

// recorder notes when gaps begin and end. What follows signals belongs to the
// goroutine of run.
type recorder struct {
	o       Options
	book    *book
	signals *signals

	seen      time.Time // the last look
	known     bool      // deliveries are known to have arrived, in this run or an earlier one
	receiving bool      // at the last look
	networked bool      // there was a network when deliveries last arrived
	marked    time.Time // the moment in the file
	resumed   time.Time // when the program ran on, in a gap that began while it did not; zero otherwise
	tookOver  time.Time // the StandbySeen of which the takeover is recorded
	remade    time.Time // the WebhookSeen since which the time without a webhook is recorded
	woke      time.Time // since when the status is in doubt; zero: it is not
}

// run looks at each change, and when something is due, until ctx ends.
func (r *recorder) run(ctx context.Context) {
	r.start(ctx)
	for ctx.Err() == nil {
		next := time.After(r.look(ctx))
		select {
		case <-ctx.Done():
		case <-r.signals.wake:
		case <-next:
		}
	}
	r.stop(ctx)
}

// start opens the gap that lies between the last run and this one, if there was a
// last run.
func (r *recorder) start(ctx context.Context) {
	now := r.o.Now()
	r.seen = now
	last, err := mark{r.o.MarkFile}.load()
	if err != nil {
		r.o.Logger.Warn("finding out when deliveries last arrived", "err", err)
	}
	r.book.load(ctx)
	open, isOpen := r.book.open()
	switch {
	case isOpen && !last.After(open.Start.Add(shortest)): // it goes on
		r.known, r.resumed = true, now
	case !last.IsZero():
		r.book.end(last) // of a gap that is open still, the end could not be stored
		r.begin(later(last, r.book.lastEnd()), relay.GapNotRunning)
		r.known, r.resumed = true, now
	}
}

// look notes what has changed and returns after how long something is due.
func (r *recorder) look(ctx context.Context) time.Duration {
	now, s := r.o.Now(), r.o.Program.Status()
	if since := r.signals.takeSlept(); !since.IsZero() {
		r.slept(since, now)
	}
	before := r.receiving
	r.receiving = r.isReceiving(s, now)
	open, isOpen := r.book.open()
	switch {
	case r.receiving && s.StandbySeen.After(r.tookOver):
		r.takeOver(s.StandbySeen, now)
	case r.receiving && s.WebhookSeen.After(r.remade):
		r.noteWebhook(s.WebhookSeen, isOpen, now)
	case r.receiving && isOpen:
		r.endNow(now)
	case r.receiving:
	case isOpen && !r.resumed.IsZero() && now.Sub(r.resumed) >= settledAfter:
		r.split(s, open)
	case !isOpen && before:
		r.begin(r.lostAt(s, now), r.cause(s))
	}
	if r.receiving {
		r.known, r.networked, r.resumed = true, r.o.Routed(), time.Time{}
		r.mark(now)
	}
	r.signals.receiving(r.receiving, now)
	r.seen = now
	r.book.load(ctx)
	return r.due(now, r.book.save(ctx, now))
}

// slept ends what was open when the computer fell asleep and opens a gap for the
// sleep. The status is in doubt until it changes or doubtFor has passed. What another
// computer takes, it takes while this one sleeps as well.
func (r *recorder) slept(since, now time.Time) {
	r.woke, r.resumed = now, now
	open, isOpen := r.book.open()
	switch {
	case !r.known || isOpen && (open.Cause == relay.GapSleep || open.Cause == relay.GapStandby):
	case isOpen && since.Before(open.Start.Add(shortest)):
		// A moment before falling asleep, or after waking up, the network is gone.
		r.book.restate(r.gap(earlier(since, open.Start), relay.GapSleep))
	default:
		r.book.end(since)
		r.begin(since, relay.GapSleep)
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// split ends a gap at the moment at which the program ran on, and opens another
// one for what is wrong since.
func (r *recorder) split(s status.Status, open relay.Gap) {
	at, cause := r.resumed, r.cause(s)
	r.resumed = time.Time{}
	if cause != open.Cause {
		r.book.end(at)
		r.begin(at, cause)
	}
}

// takeOver records the time between the last word that another computer has the
// address and now, at which this one has it: nobody had it for a part of that.
func (r *recorder) takeOver(seen, now time.Time) {
	r.tookOver = seen
	if open, isOpen := r.book.open(); isOpen {
		seen = later(seen, open.Start)
		r.book.end(seen)
	}
	r.begin(seen, relay.GapTakeover)
	r.endNow(now)
}

// noteWebhook records the time from seen, at which Vast.ai last had the webhook, until
// now, at which it has it again, unless the gap is open already.
func (r *recorder) noteWebhook(seen time.Time, isOpen bool, now time.Time) {
	r.remade = seen
	if !isOpen {
		r.begin(r.webhookLostAt(seen), relay.GapWebhook)
		r.signals.receiving(false, now) // so that the reporter is told that deliveries arrive again
	}
	r.endNow(now)
}

// webhookLostAt is since when a webhook that was last seen then may have been gone:
// what arrived after that proves that it was still there.
func (r *recorder) webhookLostAt(seen time.Time) time.Time {
	return later(seen, later(r.signals.lastDelivery(), r.book.lastEnd()))
}

// endNow ends the open gap now. The file says so first: a kill before the store has
// the end then lengthens no gap that was shown as over.
func (r *recorder) endNow(now time.Time) {
	r.marked = time.Time{}
	r.mark(now)
	r.book.end(now)
}

// isReceiving reports whether deliveries arrive, as of now.
func (r *recorder) isReceiving(s status.Status, now time.Time) bool {
	delivered := r.signals.lastDelivery()
	switch {
	case !receives(s):
		r.woke = time.Time{} // what it says from now on is new
		return provenByDelivery(s, delivered, now)
	case r.woke.IsZero() || delivered.After(r.woke) || now.Sub(r.woke) >= doubtFor:
		r.woke = time.Time{}
		return true
	default:
		return false
	}
}

// lostAt is when deliveries ceased to arrive: when the status changed, which is
// between the last look and this one, or when Vast.ai last had a webhook that is gone.
func (r *recorder) lostAt(s status.Status, now time.Time) time.Time {
	if s.WebhookSeen.After(r.remade) && s.Hop(health.HopAddress).State == health.HopOK {
		return earlier(r.webhookLostAt(s.WebhookSeen), now)
	}
	at := later(changedAt(s), later(r.seen, r.signals.lastDelivery()))
	return earlier(at, now)
}

// cause is why deliveries do not arrive. A network that was missing already while
// they did is not the cause.
func (r *recorder) cause(s status.Status) relay.GapCause {
	return causeOf(s, func() bool { return !r.networked || r.o.Routed() })
}

func (r *recorder) begin(at time.Time, cause relay.GapCause) { r.book.begin(r.gap(at, cause)) }

// gap is a gap that has not ended.
func (r *recorder) gap(at time.Time, cause relay.GapCause) relay.Gap {
	return relay.Gap{Start: at, Cause: cause, MayLose: mayLose(cause, r.o.FinalWhileAway())}
}

// mark writes that deliveries arrive at now, at most once a minute.
func (r *recorder) mark(now time.Time) {
	if since := now.Sub(r.marked); since >= 0 && since < markEvery {
		return
	}
	if err := (mark{r.o.MarkFile}).save(now); err != nil {
		r.o.Logger.Debug("noting that deliveries arrive", "err", err)
	}
	r.marked = now
}

// due is how long after now something is to be done unless something changes.
func (r *recorder) due(now time.Time, saved bool) time.Duration {
	wait := time.Duration(never)
	at := func(t time.Time) { wait = min(wait, max(t.Sub(now), time.Second)) }
	open, isOpen := r.book.open()
	if r.receiving {
		at(r.marked.Add(markEvery))
	}
	if isOpen && open.Length(now) < shortest {
		at(open.Start.Add(shortest))
	}
	if isOpen && !r.resumed.IsZero() {
		at(r.resumed.Add(settledAfter))
	}
	if !r.woke.IsZero() {
		at(r.woke.Add(doubtFor))
	}
	if !saved {
		at(now.Add(saveAgain))
	}
	return wait
}

// stop writes where the gap begins that lasts until the next start. A gap that is
// open ends here, unless it is for the same cause as that one.
func (r *recorder) stop(ctx context.Context) {
	now := r.o.Now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopDeadline)
	defer cancel()
	open, isOpen := r.book.open()
	ends := isOpen && open.Cause != relay.GapNotRunning
	switch {
	case ends:
		r.endNow(now)
	case r.receiving:
		r.marked = time.Time{}
		r.mark(now)
	}
	r.book.save(ctx, now)
}
