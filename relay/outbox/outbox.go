package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
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

	// Posts reports whether an event is posted at all; nil means always. One that is
	// not is on disk like any other, and no post is made for it, also later. It is
	// called for each event as it is accepted, from any goroutine.
	Posts func(relay.Event) bool

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
	services
	lanes   *laneSet
	pauser  *pauser
	revival revival
	busy    atomic.Bool // Run runs
}

// services are what all lanes share. They are safe for concurrent use.
type services struct {
	store   relay.Store
	sender  relay.Sender
	form    func() relay.Rung
	folds   func() bool
	posts   func(relay.Event) bool
	observe func(relay.Progress)
	counts  *eventCounts
	log     *slog.Logger
}

// New returns an Outbox without destinations. It does not touch the
// store.
func New(o Options) *Outbox {
	if o.Store == nil || o.Sender == nil {
		panic("outbox: New needs a store and a sender")
	}
	shared := services{
		store: o.Store, sender: o.Sender, form: o.Form, folds: o.Folds, posts: o.Posts, observe: o.Observe, counts: newEventCounts(), log: o.Logger,
	}
	if shared.form == nil {
		shared.form = func() relay.Rung { return relay.RungCard }
	}
	if shared.folds == nil {
		shared.folds = func() bool { return true }
	}
	if shared.posts == nil {
		shared.posts = func(relay.Event) bool { return true }
	}
	if shared.observe == nil {
		shared.observe = func(relay.Progress) {}
	}
	if shared.log == nil {
		shared.log = slog.Default()
	}
	b := &Outbox{services: shared, lanes: newLaneSet()}
	b.pauser = newPauser(o.Store, b.lanes, shared.log)
	b.revival = revival{store: o.Store, gate: &b.pauser.gate}
	return b
}

// Open reads the pause from the store, so that Paused is right before Run has
// started. Calling it is optional, and an error changes nothing.
func (o *Outbox) Open(ctx context.Context) error { return o.pauser.load(ctx) }

// Accept puts ev on disk with one post for each destination. When it returns
// without an error the event is synced and will be posted, whatever happens to
// the program. fresh is false when the event was accepted before, in this run
// or an earlier one; nothing is written then. An event that was kept as Late
// is fresh. Without a destination, or where Options.Posts says so, the event is on
// disk and nothing is posted, also later: add the destinations before deliveries can
// arrive.
func (o *Outbox) Accept(ctx context.Context, ev relay.Event) (fresh bool, err error) {
	var spaces []string
	if o.posts(ev) {
		spaces = o.lanes.spaces()
	}
	began := time.Now()
	fresh, err = o.store.Accept(ctx, ev, spaces)
	if err != nil {
		return false, fmt.Errorf("accept event %s: %w", ev.ID, err)
	}
	if !ev.Own() {
		o.counts.kept(relay.Accepted, fresh, time.Since(began))
	}
	if fresh {
		o.lanes.wake(spaces)
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

// Backlog describes what waits for all destinations together. Its NextAt is when the
// next attempt is made: a lane that holds back makes none before that is over.
func (o *Outbox) Backlog(ctx context.Context) (relay.Backlog, error) {
	lanes, err := o.Lanes(ctx)
	if err != nil {
		return relay.Backlog{}, err
	}
	var sum relay.Backlog
	for _, l := range lanes {
		sum.Count += l.Backlog.Count
		sum.Oldest = earlier(sum.Oldest, l.Backlog.Oldest)
		sum.NextAt = earlier(sum.NextAt, o.lanes.nextAttempt(l))
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
	if !o.busy.CompareAndSwap(false, true) {
		return errors.New("run the outbox: it runs already")
	}
	defer o.busy.Store(false)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if o.recoverPosts(ctx) {
		o.lanes.start(ctx)
		o.pauser.watch(ctx)
	}
	o.lanes.wait()
	return nil
}

// earlier returns the earlier of two times, of which the zero one means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
