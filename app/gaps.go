package app

import (
	"context"
	"fmt"

	"vastrelay/relay"
	"vastrelay/relay/outbox"
	"vastrelay/relay/store"
)

// gapEvents takes the events of the program's own that tell of gaps.
type gapEvents struct {
	posts  *outbox.Outbox
	store  *store.Store
	stored func() // told of each event that is new
}

// Post implements gaps.Events. Without a destination the event would be kept
// without ever being posted, so that it has to wait for one.
func (g gapEvents) Post(ctx context.Context, ev relay.Event) error {
	if len(g.posts.Destinations()) == 0 {
		return errNoDestination
	}
	return g.note(g.posts.Accept(ctx, ev))
}

// Keep implements gaps.Events.
func (g gapEvents) Keep(ctx context.Context, ev relay.Event) error {
	return g.note(g.store.Accept(ctx, ev, nil))
}

// note tells of an event that is new.
func (g gapEvents) note(fresh bool, err error) error {
	if err != nil {
		return fmt.Errorf("take an event of the program's own: %w", err)
	}
	if fresh {
		g.stored()
	}
	return nil
}
