// Package counts counts the events of today and the posts that wait, anew after
// whatever may have changed them, and knows since when posts wait for too long.
//
// A Counter is safe for concurrent use. Run alone counts; no mutex is held while the
// store is asked or the counts are told.
package counts

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"vastrelay/app/backlog"
	"vastrelay/app/status"
	"vastrelay/relay"
)

// Interval is the shortest time between two counts, so that a burst of events does
// not turn into a count per event.
const Interval = 250 * time.Millisecond

// retryAfter is how long after a count that failed the next one is made, where nothing
// asks for it before.
const retryAfter = 10 * time.Second

// Tally counts what has happened.
type Tally interface {
	// Tally counts the events since then.
	Tally(ctx context.Context, since time.Time) (relay.Tally, error)
}

// Queue is what waits to be posted.
type Queue interface {
	// Backlog counts the posts that wait.
	Backlog(ctx context.Context) (relay.Backlog, error)
}

// Pauser holds posting.
type Pauser interface {
	// Paused says until when posting is held, if it is.
	Paused() relay.Pause
}

// Counts are the counts of one moment.
type Counts struct {
	Today    relay.Tally
	Waiting  relay.Backlog
	Progress status.Progress // of posting what waits; zero: few wait
}

// Options are what a Counter counts. Every field is required.
type Options struct {
	Tally  Tally
	Queue  Queue
	Pauser Pauser
	Logger *slog.Logger
	// Counted is called by Run after each count, with the news that asked for it.
	Counted func(c Counts, news status.Change)
}

// Counter counts events and waiting posts. Create it with New.
type Counter struct {
	o       Options
	soon    chan struct{}   // holds at most one
	backlog backlog.Tracker // only Run touches it and posted
	posted  int             // of the backlog, at the last count
	failing bool            // the last count failed; only Run touches it

	mu    sync.Mutex // guards all below
	news  status.Change
	waits waits
}

// New returns a counter that counts nothing until Run. Posts could leave from now on.
func New(o Options) *Counter {
	return &Counter{o: o, soon: make(chan struct{}, 1), waits: waits{running: time.Now()}}
}

// Soon has everything counted anew, and then tells the news. It returns at once.
func (c *Counter) Soon(news status.Change) {
	c.mu.Lock()
	c.news |= news
	c.mu.Unlock()
	select {
	case c.soon <- struct{}{}:
	default:
	}
}

// Woke notes that posts can leave again only from now on.
func (c *Counter) Woke() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits.running = time.Now()
}

// Overdue returns since when the oldest event has waited for too long at now; zero:
// none has.
func (c *Counter) Overdue(now time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waits.overdue(now)
}

// Run counts when Soon asks for it, at midnight, and when a pause runs out or an event
// has waited for too long, which nobody reports. What could not be counted is counted
// a little later, and its news are told then. It returns when ctx ends.
func (c *Counter) Run(ctx context.Context) {
	c.count(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.soon:
		case <-time.After(c.wait()):
		}
		c.count(ctx)
		select {
		case <-ctx.Done():
			return
		case <-time.After(Interval):
		}
	}
}

// wait is how long nothing is counted unless somebody asks.
func (c *Counter) wait() time.Duration {
	if c.failing {
		return retryAfter
	}
	return max(time.Until(c.nextChange()), Interval)
}

// nextChange is when the counts change although nothing happens.
func (c *Counter) nextChange() time.Time {
	next := status.StartOfDay(time.Now(), 1)
	if until := c.o.Pauser.Paused().Until; !until.IsZero() && until.Before(next) {
		next = until
	}
	c.mu.Lock()
	overdue := c.waits.overdueAt()
	c.mu.Unlock()
	if overdue.After(time.Now()) && overdue.Before(next) {
		next = overdue
	}
	return next
}

// count reads today's tally and the backlog, and tells both. Where one cannot be read,
// the news are left for the next count.
func (c *Counter) count(ctx context.Context) {
	c.mu.Lock()
	news := c.news
	c.news = 0
	c.mu.Unlock()
	tally, waiting, err := c.read(ctx)
	if err != nil {
		if ctx.Err() == nil && !c.failing {
			c.o.Logger.Warn("counting events and posts", "err", err)
		}
		c.failing = true
		c.mu.Lock()
		c.news |= news
		c.mu.Unlock()
		return
	}
	c.failing = false
	now, paused := time.Now(), c.o.Pauser.Paused().Active()
	progress := c.backlog.Note(now, backlog.Sample{Waiting: waiting.Count, NextAt: waiting.NextAt, Paused: paused})
	c.mu.Lock()
	if progress.Posted > c.posted {
		c.waits.moved = now
	}
	c.waits.look(waiting.Oldest, paused, now)
	c.mu.Unlock()
	c.posted = progress.Posted
	c.o.Counted(Counts{Today: tally, Waiting: waiting, Progress: progress}, news)
}

// read reads what count tells.
func (c *Counter) read(ctx context.Context) (tally relay.Tally, waiting relay.Backlog, err error) {
	if tally, err = c.o.Tally.Tally(ctx, status.StartOfDay(time.Now(), 0)); err != nil {
		return tally, waiting, err
	}
	waiting, err = c.o.Queue.Backlog(ctx)
	return tally, waiting, err
}
