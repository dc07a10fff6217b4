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
	o.lanes.changing.Lock()
	defer o.lanes.changing.Unlock()
	if l := o.lanes.get(space); l != nil {
		l.dest.amend(func(d *relay.Destination) { setLabel(d, label) })
		return l.dest.get(), l.dest.save(ctx)
	}

	known, err := o.store.Destinations(ctx)
	if err != nil {
		return relay.Destination{}, fmt.Errorf("add destination: %w", err)
	}
	d := relay.Destination{Space: space}
	if i := slices.IndexFunc(known, func(k relay.Destination) bool { return k.Space == space }); i >= 0 {
		d = known[i]
	}
	l := newLane(o.services, o.pauser, d)
	l.takeOver(o.lanes.removed[space])
	l.dest.amend(func(d *relay.Destination) {
		setLabel(d, label)
		if d.IDs == "" {
			d.IDs = relay.IDsUnknown
		}
	})
	if err := l.dest.save(ctx); err != nil {
		return relay.Destination{}, err
	}
	o.lanes.add(l)
	return l.dest.get(), nil
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
	o.lanes.changing.Lock()
	defer o.lanes.changing.Unlock()
	o.lanes.remove(space)
}

// Destination returns what is known of space, and false when it takes no part.
func (o *Outbox) Destination(space string) (relay.Destination, bool) {
	l := o.lanes.get(space)
	if l == nil {
		return relay.Destination{}, false
	}
	return l.dest.get(), true
}

// Destinations returns all that take part, ordered by space.
func (o *Outbox) Destinations() []relay.Destination {
	var all []relay.Destination
	for _, l := range o.lanes.all() {
		all = append(all, l.dest.get())
	}
	return all
}

// LearnIDs keeps what was found out about space's client-assigned ids. It
// returns ErrNotFound when space takes no part.
func (o *Outbox) LearnIDs(ctx context.Context, space string, ids relay.IDSupport) error {
	l := o.lanes.get(space)
	if l == nil {
		return fmt.Errorf("learn of ids: destination: %w", relay.ErrNotFound)
	}
	l.dest.amend(func(d *relay.Destination) { d.IDs = ids })
	return l.dest.save(ctx)
}

// Reopen says that a new URL leads into space. The destination is no longer
// parked, and what the old URL refused is tried anew; a hold stays, because
// Google counts by space. It returns ErrNotFound when space takes no part.
func (o *Outbox) Reopen(ctx context.Context, space string) error {
	l := o.lanes.get(space)
	if l == nil {
		return fmt.Errorf("reopen: destination: %w", relay.ErrNotFound)
	}
	l.dest.amend(func(d *relay.Destination) {
		unpark(d)
		d.RefusesIDs, d.RefusesCards = false, false
	})
	l.urls.Add(1)
	l.nudge()
	return l.dest.save(ctx)
}

// Nudge lets every lane try again at once: it ends backoffs after trouble with
// the network or at Google, and a parked destination's wait for its next probe. A
// hold after a 429 stays. Call it when the network has changed, and when the
// computer wakes, since timers do not run while it sleeps.
func (o *Outbox) Nudge() {
	o.lanes.nudge()
	o.pauser.lookAgain()
}

// RetryNow does what Nudge does, and also ends holds after a 429, because a person
// asked for it. Another 429 begins a new hold.
func (o *Outbox) RetryNow() {
	for _, l := range o.lanes.all() {
		l.dest.amend(func(d *relay.Destination) { d.HoldUntil = time.Time{} })
	}
	o.Nudge()
}
