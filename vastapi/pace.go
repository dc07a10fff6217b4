package vastapi

import (
	"context"
	"sync"
	"time"
)

// maxLearnt bounds the gap that a server's threshold can ask for.
const maxLearnt = 30 * time.Second

// margin is added to a threshold that the server named.
const margin = 200 * time.Millisecond

// pacer keeps a gap between two calls of one route and lets one call at a time
// through. The gap counts from the end of a call, because how long the network
// took to bring it to the server is not known.
type pacer struct {
	turn chan struct{} // holds one token: the right to have a call under way

	mu   sync.Mutex
	gap  time.Duration
	next map[string]time.Time     // route -> earliest next call
	gaps map[string]time.Duration // route -> gap that the server named, when longer
}

func newPacer(gap time.Duration) *pacer {
	return &pacer{
		turn: make(chan struct{}, 1), gap: gap,
		next: make(map[string]time.Time), gaps: make(map[string]time.Duration),
	}
}

// begin waits for the route's gap and for the turn; end must follow. It returns
// ctx's error when ctx ends first.
func (p *pacer) begin(ctx context.Context, route string) error {
	for {
		if err := sleep(ctx, p.wait(route)); err != nil {
			return err
		}
		select {
		case p.turn <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		// Another call of the route may have been made while this one waited.
		if p.claim(route) {
			return nil
		}
		<-p.turn
	}
}

// end returns the turn, unless yield has done so, and starts the route's gap.
func (p *pacer) end(route string, yielded bool) {
	p.mu.Lock()
	p.push(route, max(p.gap, p.gaps[route]))
	p.mu.Unlock()
	if !yielded {
		<-p.turn
	}
}

// yield returns the turn while the call goes on.
func (p *pacer) yield() { <-p.turn }

// hold keeps the route quiet for d from now.
func (p *pacer) hold(route string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.push(route, d)
}

// learn remembers a threshold that the server named for the route.
func (p *pacer) learn(route string, named time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gap > 0 && named+margin > p.gap {
		p.gaps[route] = min(named+margin, maxLearnt)
	}
}

func (p *pacer) wait(route string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.next[route])
}

// claim starts the gap if the route is free now.
func (p *pacer) claim(route string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Until(p.next[route]) > 0 {
		return false
	}
	p.push(route, max(p.gap, p.gaps[route]))
	return true
}

// push moves the route's next call to d from now, never earlier than it was.
// The caller holds mu.
func (p *pacer) push(route string, d time.Duration) {
	if at := time.Now().Add(d); at.After(p.next[route]) {
		p.next[route] = at
	}
}

// sleep waits for d, or until ctx ends, and then returns ctx's cause.
func sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d <= 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
