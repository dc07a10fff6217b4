package app

import (
	"context"
	"fmt"

	"vastrelay/app/gaps"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/outbox"
	"vastrelay/relay/store"
	"vastrelay/vastapi"
)

// Gaps tells when deliveries could not arrive, and fetches what was missed then. It is
// safe for concurrent use.
type Gaps struct{ tracker *gaps.Tracker }

// Gaps describes the gap that is open and the last ones that have ended.
func (g *Gaps) Gaps() status.Gaps { return g.tracker.Status() }

// CatchUp fetches from Vast.ai's inbox what could not be delivered in the last seven
// days and is missing here, and has it posted. It may take a minute when Vast.ai asks
// for fewer calls. Errors are a health.Problem or that of ctx.
func (g *Gaps) CatchUp(ctx context.Context) (status.CatchUp, error) {
	result, err := g.tracker.CatchUp(ctx)
	switch {
	case ctx.Err() != nil:
		return result, ctx.Err()
	case vastapi.ClassOf(err) == vastapi.Unexpected:
		return result, health.New(health.VastInboxUnusable).With(err.Error())
	default:
		return result, explained(err)
	}
}

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
