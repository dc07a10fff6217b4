package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"vastrelay/relay"
)

// ErrNoDestination means that nothing can be posted because no destination
// takes part.
var ErrNoDestination = errors.New("there is no destination to post to")

// Resend posts events again, each into every destination that takes part, and
// returns how many posts that makes go out. In a destination an event is
//
//	a dead letter         revived, under the ids that it has: where an attempt
//	                      of it was stored after all, Google says so
//	kept without posting  set waiting, under the ids that it has, if any
//	waiting for a retry   tried now, under the ids that it has
//	on its way            left alone
//	posted, or not there  sent in a new post under new ids, marked "resent"
//
// A digest is revived as a whole, since its members are frozen. While posting
// is paused everything is prepared and leaves at Resume.
//
// An event that is unknown, or was never accepted, gives ErrNotFound and does
// not stop the others; trouble with the store does. All errors are joined.
// Without a destination the error is ErrNoDestination.
func (o *Outbox) Resend(ctx context.Context, eventIDs ...string) (posts int, err error) {
	spaces := o.lanes.spaces()
	if len(spaces) == 0 {
		return 0, fmt.Errorf("resend: %w", ErrNoDestination)
	}
	var failed []error
	for _, id := range eventIDs {
		n, err := o.revival.event(ctx, id, spaces)
		posts += n
		if err != nil {
			failed = append(failed, fmt.Errorf("resend event %s: %w", id, err))
		}
		if err != nil && !errors.Is(err, relay.ErrNotFound) {
			break
		}
	}
	o.resent(posts)
	return posts, errors.Join(failed...)
}

// ResendDead revives every dead letter of the destinations that take part, as
// Resend does, and returns how many those are.
func (o *Outbox) ResendDead(ctx context.Context) (posts int, err error) {
	dead, err := o.store.DeadPosts(ctx)
	if err != nil {
		return 0, fmt.Errorf("resend the dead letters: %w", err)
	}
	defer func() { o.resent(posts) }()
	for _, p := range dead {
		if o.lanes.get(p.Space) == nil {
			continue
		}
		switch err := o.revival.post(ctx, p); {
		case err == nil:
			posts++
		case !errors.Is(err, relay.ErrNotFound): // It was revived in the meantime.
			return posts, fmt.Errorf("resend the dead letters: %w", err)
		}
	}
	return posts, nil
}

// PostAnyway accepts an event that was kept as Late and posts it into every
// destination that takes part. It returns ErrNotFound when the event is not
// kept as Late, and ErrNoDestination, changing nothing, when there is no
// destination.
func (o *Outbox) PostAnyway(ctx context.Context, eventID string) error {
	spaces := o.lanes.spaces()
	if len(spaces) == 0 {
		return fmt.Errorf("post late event %s: %w", eventID, ErrNoDestination)
	}
	if err := o.store.Promote(ctx, eventID, spaces, time.Now()); err != nil {
		return fmt.Errorf("post late event %s: %w", eventID, err)
	}
	o.counts.promoted()
	o.lanes.wake(spaces)
	return nil
}

// resent counts posts that a person asked for, and ends backoffs, so that they go
// out at once.
func (o *Outbox) resent(posts int) {
	o.counts.resent(posts)
	o.Nudge()
}

// revival makes events and posts go out again.
type revival struct {
	store relay.Store
	gate  *sync.RWMutex // the pauser's
}

// event does what Resend does for one event. The gate keeps the lanes
// from opening an attempt of a post that was just looked at.
func (r revival) event(ctx context.Context, id string, spaces []string) (posts int, err error) {
	r.gate.Lock()
	defer r.gate.Unlock()
	d, err := r.store.Detail(ctx, id)
	if err != nil {
		return 0, err
	}
	for _, space := range spaces {
		n, err := r.eventInto(ctx, id, space, d.Posts)
		posts += n
		if err != nil {
			return posts, err
		}
	}
	return posts, nil
}

// eventInto sends the event id, with its posts, again into one space. r.gate
// is held for writing.
func (r revival) eventInto(ctx context.Context, id, space string, posts []relay.PostDetail) (set int, err error) {
	now := time.Now()
	pending := false // the event is going to be sent under ids that it has
	for _, listed := range posts {
		p := listed.Post
		if p.Space != space || p.State == relay.Done {
			continue
		}
		pending = true
		switch {
		case p.State == relay.Dead:
			err = r.postGated(ctx, p)
		case p.State == relay.Kept:
			p.State, p.NotBefore = relay.Waiting, time.Time{}
			p.Answers, p.FirstAnswer = 0, time.Time{} // As of a dead letter: its failures are over.
			err = r.store.UpdatePost(ctx, p)
		case p.State == relay.Waiting && p.NotBefore.After(now):
			p.NotBefore = time.Time{}
			err = r.store.UpdatePost(ctx, p)
		default:
			continue
		}
		if err != nil {
			return set, err
		}
		set++
	}
	if pending {
		return set, nil
	}
	if _, err := r.store.Resend(ctx, id, space, now); err != nil {
		return set, err
	}
	return set + 1, nil
}

// post takes the gate and calls postGated.
func (r revival) post(ctx context.Context, p relay.Post) error {
	r.gate.Lock()
	defer r.gate.Unlock()
	return r.postGated(ctx, p)
}

// postGated sets a dead post waiting. One that was refused in every form starts
// with the first form again: the cause may be mended, and the shortest form says
// the least. r.gate is held for writing.
func (r revival) postGated(ctx context.Context, p relay.Post) error {
	if _, below := p.Rung.Below(); !below && p.Rung != "" {
		p.Rung = ""
		if err := r.store.UpdatePost(ctx, p); err != nil {
			return err
		}
	}
	return r.store.Revive(ctx, p.ID, time.Now())
}
