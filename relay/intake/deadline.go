package intake

import (
	"context"
	"sync"
	"time"
)

const (
	// acceptDeadline bounds the store's work for one delivery. Vast.ai waits 10
	// seconds for an answer.
	acceptDeadline = 9 * time.Second
	// deadlineStep is for how long deliveries that arrive one after the other
	// share a deadline, which leaves the last of them that much less.
	deadlineStep = time.Second
)

// deadlines hands out contexts that end within acceptDeadline. In a burst, a
// timer for each delivery, set and taken back, would cost about a twentieth of
// what is accepted. It is safe for concurrent use, and its zero value is ready.
type deadlines struct {
	mu    sync.Mutex      // guards all below
	ctx   context.Context //nolint:containedctx // Nobody's in particular: of all that arrive within a step.
	until time.Time       // the end of the step
}

// next returns a context for a delivery that arrives now. It ends between
// acceptDeadline-deadlineStep and acceptDeadline later, and by nothing else.
func (d *deadlines) next() context.Context {
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !now.Before(d.until) {
		ctx, cancel := context.WithDeadline(context.Background(), now.Add(acceptDeadline))
		context.AfterFunc(ctx, cancel) // it is never ended early
		d.ctx, d.until = ctx, now.Add(deadlineStep)
	}
	return d.ctx
}
