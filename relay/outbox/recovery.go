package outbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vastrelay/relay"
)

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
	if err := o.pauser.load(ctx); err != nil {
		return pending, err
	}
	// A lane of an earlier Run may know more of an attempt than the store does.
	for _, l := range o.lanes.all() {
		if err := l.finish(ctx); err != nil {
			return pending, err
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

// firstID names a post in the log by its first event.
func firstID(p relay.Post) string {
	if len(p.Events) == 0 {
		return ""
	}
	return p.Events[0].ID
}
