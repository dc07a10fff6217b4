package outbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vastrelay/relay"
)

// AddDestination makes space a target of events accepted from now on, and
// resumes what the store holds for it. An empty label leaves the one that is
// known. Adding a destination that takes part already only sets its label.
func (o *Outbox) AddDestination(ctx context.Context, space, label string) (relay.Destination, error) {
	o.admin.Lock()
	defer o.admin.Unlock()
	if l := o.lane(space); l != nil {
		l.amend(func(d *relay.Destination) { setLabel(d, label) })
		return l.destination(), l.save(ctx)
	}

	known, err := o.store.Destinations(ctx)
	if err != nil {
		return relay.Destination{}, fmt.Errorf("add destination: %w", err)
	}
	d := relay.Destination{Space: space}
	if i := slices.IndexFunc(known, func(k relay.Destination) bool { return k.Space == space }); i >= 0 {
		d = known[i]
	}
	l := newLane(o, d)
	l.succeed(o.removed[space])
	l.amend(func(d *relay.Destination) {
		setLabel(d, label)
		if d.IDs == "" {
			d.IDs = relay.IDsUnknown
		}
	})
	if err := l.save(ctx); err != nil {
		return relay.Destination{}, err
	}

	delete(o.removed, space)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lanes[space] = l
	if o.running != nil {
		o.startLocked(l)
	}
	return l.destination(), nil
}

func setLabel(d *relay.Destination, label string) {
	if label != "" {
		d.Label = label
	}
}

// RemoveDestination ends space's part: it is no target of later events, and
// what waits for it stays in the store until it is added again. It returns
// when the lane has ended, which takes no longer than Run's end does.
func (o *Outbox) RemoveDestination(space string) {
	o.admin.Lock()
	defer o.admin.Unlock()
	l := o.lane(space)
	if l == nil {
		return
	}
	o.mu.Lock()
	delete(o.lanes, space)
	cancel, ended := l.cancel, l.ended
	o.mu.Unlock()
	if cancel != nil {
		cancel()
		<-ended
	}
	o.removed[space] = l
}

// succeed takes over what a lane of the same space that has ended knew and
// could not write: how its last attempt ended, without which that post would
// stay as being sent, and what became of the destination.
func (l *lane) succeed(old *lane) {
	if old == nil {
		return
	}
	l.unfinished = old.unfinished
	old.mu.Lock()
	defer old.mu.Unlock()
	if old.unsaved {
		l.dest, l.unsaved = old.dest, true
	}
}

// Destination returns what is known of space, and false when it takes no part.
func (o *Outbox) Destination(space string) (relay.Destination, bool) {
	l := o.lane(space)
	if l == nil {
		return relay.Destination{}, false
	}
	return l.destination(), true
}

// Destinations returns all that take part, ordered by space.
func (o *Outbox) Destinations() []relay.Destination {
	var all []relay.Destination
	for _, space := range o.spaces() {
		if d, ok := o.Destination(space); ok {
			all = append(all, d)
		}
	}
	return all
}

// LearnIDs keeps what was found out about space's client-assigned ids. It
// returns ErrNotFound when space takes no part.
func (o *Outbox) LearnIDs(ctx context.Context, space string, ids relay.IDSupport) error {
	l := o.lane(space)
	if l == nil {
		return fmt.Errorf("learn of ids: destination: %w", relay.ErrNotFound)
	}
	l.amend(func(d *relay.Destination) { d.IDs = ids })
	return l.save(ctx)
}

// Reopen says that a new URL leads into space. The destination is no longer
// parked, and what the old URL refused is tried anew; a hold stays, because
// Google counts by space. It returns ErrNotFound when space takes no part.
func (o *Outbox) Reopen(ctx context.Context, space string) error {
	l := o.lane(space)
	if l == nil {
		return fmt.Errorf("reopen: destination: %w", relay.ErrNotFound)
	}
	l.amend(func(d *relay.Destination) {
		unpark(d)
		d.RefusesIDs, d.RefusesCards = false, false
	})
	l.urls.Add(1)
	l.nudge()
	return l.save(ctx)
}

// Nudge ends every rest that was only a guess: after trouble with the network
// or at Google, and the wait of a parked destination for its next probe. A
// hold after a 429 stays. Call it when the network has changed, and when the
// computer wakes, since timers do not run while it sleeps.
func (o *Outbox) Nudge() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, l := range o.lanes {
		l.nudge()
	}
	signal(o.repause)
}

// RetryNow is Nudge on a person's word: it also ends holds after a 429. When
// Google says the same again, they begin anew.
func (o *Outbox) RetryNow() {
	o.mu.Lock()
	for _, l := range o.lanes {
		l.amend(func(d *relay.Destination) { d.HoldUntil = time.Time{} })
	}
	o.mu.Unlock()
	o.Nudge()
}

func (o *Outbox) lane(space string) *lane {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lanes[space]
}

// startLanes begins posting to every destination.
func (o *Outbox) startLanes(ctx context.Context) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.running = ctx
	for _, l := range o.lanes {
		o.startLocked(l)
	}
}

// startLocked starts l's goroutine under the running Run. A parked destination
// gets its probe at once, as after every start. o.mu is held.
func (o *Outbox) startLocked(l *lane) {
	l.nudge()
	ctx, cancel := context.WithCancel(o.running)
	ended := make(chan struct{})
	l.cancel, l.ended = cancel, ended
	o.active.Add(1)
	go func() {
		defer o.active.Done()
		defer close(ended)
		defer cancel()
		l.run(ctx)
	}()
}
