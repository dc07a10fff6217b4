package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"vastrelay/relay"
)

// Options say what an Outbox works with.
type Options struct {
	Store  relay.Store  // required
	Sender relay.Sender // required

	// Form is the rung on which new posts start, by the person's choice; nil
	// means RungCard. It is called for each post, from any goroutine.
	Form func() relay.Rung

	// Folds reports whether waiting events may be folded into digests; nil
	// means always. It must be false while another copy of the program posts
	// the same events: the two would fold differently, and ids tell only equal
	// posts apart. It is called as Form is.
	Folds func() bool

	// Observe is told of each attempt once it is on disk. It is called from
	// the lanes, at the same time from several, and must return at once. Nil
	// means nobody listens.
	Observe func(relay.Progress)

	Logger *slog.Logger // nil: slog.Default
}

// Outbox puts events on disk and carries them to their destinations, each
// through a lane of its own, until they are delivered, dead, or kept by a
// person's choice.
//
// A destination takes part from AddDestination to RemoveDestination; the store
// may remember others. Accept works at any time; posts leave while Run runs.
// An Outbox is safe for concurrent use.
type Outbox struct {
	store   relay.Store
	sender  relay.Sender
	form    func() relay.Rung
	folds   func() bool
	observe func(relay.Progress)
	counts  *eventCounts
	log     *slog.Logger

	// gate is held for reading from a lane's look at the pause until its
	// attempt is open, and for writing to change the pause: after Pause has
	// returned no post leaves.
	gate sync.RWMutex

	admin   sync.Mutex       // held while destinations come and go
	removed map[string]*lane // the last lane of each space that was removed; guarded by admin

	mu      sync.Mutex // guards all below
	lanes   map[string]*lane
	pause   relay.Pause
	busy    bool            // Run runs
	running context.Context //nolint:containedctx // Run's, for lanes that are added later; nil unless lanes may run.
	active  sync.WaitGroup  // counts the running lanes; Add only under mu and while running is set

	repause chan struct{} // the pause has changed
}

// New returns an Outbox without destinations. It does not touch the
// store.
func New(o Options) *Outbox {
	if o.Store == nil || o.Sender == nil {
		panic("relay: an outbox needs a store and a sender")
	}
	b := &Outbox{
		store: o.Store, sender: o.Sender, form: o.Form, folds: o.Folds, observe: o.Observe, counts: newEventCounts(), log: o.Logger,
		lanes: make(map[string]*lane), removed: make(map[string]*lane), repause: make(chan struct{}, 1),
	}
	if b.form == nil {
		b.form = func() relay.Rung { return relay.RungCard }
	}
	if b.folds == nil {
		b.folds = func() bool { return true }
	}
	if b.observe == nil {
		b.observe = func(relay.Progress) {}
	}
	if b.log == nil {
		b.log = slog.Default()
	}
	return b
}

// Open reads the pause from the store, so that Paused is right before Run has
// started. Calling it is optional, and an error changes nothing.
func (o *Outbox) Open(ctx context.Context) error { return o.loadPause(ctx) }

// Accept puts ev on disk with one post for each destination. When it returns
// without an error the event is synced and will be posted, whatever happens to
// the program. fresh is false when the event was accepted before, in this run
// or an earlier one; nothing is written then. An event that was kept as Late
// is fresh. Without a destination the event is on disk and nothing is posted,
// also later: add the destinations before deliveries can arrive.
func (o *Outbox) Accept(ctx context.Context, ev relay.Event) (fresh bool, err error) {
	spaces := o.spaces()
	began := time.Now()
	fresh, err = o.store.Accept(ctx, ev, spaces)
	if err != nil {
		return false, fmt.Errorf("accept event %s: %w", ev.ID, err)
	}
	o.counts.kept(relay.Accepted, fresh, time.Since(began))
	if fresh {
		o.wakeLanes(spaces)
	}
	return fresh, nil
}

// Keep puts ev on disk under v without posting it. fresh is false when its id
// is known already.
func (o *Outbox) Keep(ctx context.Context, ev relay.Event, v relay.Verdict) (fresh bool, err error) {
	began := time.Now()
	fresh, err = o.store.Keep(ctx, ev, v)
	if err != nil {
		return false, fmt.Errorf("keep event %s as %s: %w", ev.ID, v, err)
	}
	o.counts.kept(v, fresh, time.Since(began))
	return fresh, nil
}

// Known reports whether ev was accepted or recorded before; one that was is
// counted as a duplicate.
func (o *Outbox) Known(ctx context.Context, ev relay.Event) (bool, error) {
	known, err := o.store.Known(ctx, ev)
	if err != nil {
		return false, fmt.Errorf("look for event %s: %w", ev.ID, err)
	}
	if known {
		o.counts.kept(relay.Accepted, false, 0)
	}
	return known, nil
}

// Counters returns what this run has done, but for the requests that were
// refused before they came here: these the Receiver counts.
func (o *Outbox) Counters() relay.Counters { return o.counts.snapshot() }

// Backlog describes what waits for all destinations together.
func (o *Outbox) Backlog(ctx context.Context) (relay.Backlog, error) {
	lanes, err := o.Lanes(ctx)
	if err != nil {
		return relay.Backlog{}, err
	}
	var sum relay.Backlog
	for _, l := range lanes {
		sum.Count += l.Backlog.Count
		sum.Oldest = earlier(sum.Oldest, l.Backlog.Oldest)
		sum.NextAt = earlier(sum.NextAt, l.Backlog.NextAt)
	}
	return sum, nil
}

// Lanes describes all destinations that take part, ordered by space.
func (o *Outbox) Lanes(ctx context.Context) ([]relay.Lane, error) {
	var lanes []relay.Lane
	for _, d := range o.Destinations() {
		b, err := o.store.Backlog(ctx, d.Space)
		if err != nil {
			return nil, fmt.Errorf("count waiting posts: %w", err)
		}
		lanes = append(lanes, relay.Lane{Destination: d, Backlog: b})
	}
	return lanes, nil
}

// Run posts what waits until ctx ends, then returns nil. First it settles what
// an earlier run left unfinished; while the store cannot do that, it tries
// again and posts nothing. When ctx ends no further post leaves; one that is
// under way may take two more seconds and is then recorded as ambiguous under
// its ids. Run returns an error at once when it runs already.
func (o *Outbox) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o.mu.Lock()
	if o.busy {
		o.mu.Unlock()
		return errors.New("run the outbox: it runs already")
	}
	o.busy = true
	o.mu.Unlock()

	if o.recoverPosts(ctx) {
		o.startLanes(ctx)
		o.watchPause(ctx)
	}

	o.mu.Lock()
	o.running = nil
	o.mu.Unlock()
	o.active.Wait()
	o.mu.Lock()
	o.busy = false
	o.mu.Unlock()
	return nil
}

// recoverPosts settles what an earlier run left behind. It reports false when
// ctx ended first.
func (o *Outbox) recoverPosts(ctx context.Context) bool {
	var pending []relay.Post
	for failures := 1; ; failures++ {
		var err error
		if pending, err = o.recoverOnce(ctx, pending); err == nil {
			return ctx.Err() == nil
		}
		if ctx.Err() != nil {
			return false
		}
		if failures == 1 {
			o.log.Error("cannot read what is waiting, trying again", "err", err)
		}
		sleep(ctx, time.Now().Add(doubled(storeFirst, failures, storeMax)), nil)
	}
}

// recoverOnce tries to restore the pause and the posts whose attempts were cut
// off. It returns the posts that are still to be marked.
func (o *Outbox) recoverOnce(ctx context.Context, pending []relay.Post) ([]relay.Post, error) {
	if err := o.loadPause(ctx); err != nil {
		return pending, err
	}
	// A lane of an earlier Run may know more of an attempt than the store does.
	for _, space := range o.spaces() {
		if l := o.lane(space); l != nil {
			if err := l.finish(ctx); err != nil {
				return pending, err
			}
		}
	}

	known, err := o.store.Destinations(ctx)
	if err != nil {
		return pending, fmt.Errorf("read the destinations: %w", err)
	}
	interrupted, err := o.store.Interrupted(ctx, time.Now())
	pending = append(pending, interrupted...)
	if err != nil {
		return pending, fmt.Errorf("settle interrupted attempts: %w", err)
	}
	for len(pending) > 0 {
		post := pending[0]
		safe := slices.ContainsFunc(known, func(d relay.Destination) bool { return d.Space == post.Space && honoursIDs(d) })
		if !safe && !post.MayRepeat {
			post.State, post.MayRepeat = relay.Waiting, true
			if err := o.store.UpdatePost(ctx, post); err != nil {
				return pending, fmt.Errorf("mark an interrupted post: %w", err)
			}
		}
		o.log.Info("post was cut off and is tried again", "event_id", firstID(post), "attempt", post.Tries)
		pending = pending[1:]
	}
	return nil, nil
}

func (o *Outbox) spaces() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	spaces := make([]string, 0, len(o.lanes))
	for space := range o.lanes {
		spaces = append(spaces, space)
	}
	slices.Sort(spaces)
	return spaces
}

func (o *Outbox) wakeLanes(spaces []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, space := range spaces {
		if l := o.lanes[space]; l != nil {
			l.rouse()
		}
	}
}

// earlier returns the earlier of two times, of which the zero one means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// firstID names a post in the log by its first event.
func firstID(p relay.Post) string {
	if len(p.Events) == 0 {
		return ""
	}
	return p.Events[0].ID
}

// sleep returns when at has come, wake has fired or ctx has ended. A zero at
// never comes.
func sleep(ctx context.Context, at time.Time, wake <-chan struct{}) {
	var due <-chan time.Time
	if !at.IsZero() {
		timer := time.NewTimer(time.Until(at))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-ctx.Done():
	case <-due:
	case <-wake:
	}
}

// lingering returns a context for a write that must not be lost to a stop: it
// ends after limit, or afterStop later than ctx if that is sooner.
func lingering(ctx context.Context, limit, afterStop time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(afterStop, cancel)
		context.AfterFunc(longer, func() { timer.Stop() })
	})
	return longer, func() { stop(); cancel() }
}
