package tunneltest

import (
	"context"
	"fmt"
	"sync"
)

// Changes lets a test wait for a state of a stand-in, which notes each change of it.
// The zero value is ready. It is safe for concurrent use.
type Changes struct {
	mu   sync.Mutex
	next chan struct{} // closed at the next change; nil while nobody waits
}

// Note wakes those who wait.
func (c *Changes) Note() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next != nil {
		close(c.next)
		c.next = nil
	}
}

// Await waits until holds returns true, which it asks again at every change. It
// returns the context's error, which names what is waited for, if that ends first.
// holds may call any method of the stand-in that only looks.
func (c *Changes) Await(ctx context.Context, what string, holds func() bool) error {
	for {
		c.mu.Lock()
		if c.next == nil {
			c.next = make(chan struct{})
		}
		next := c.next
		c.mu.Unlock()
		if holds() {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, context.Cause(ctx))
		case <-next:
		}
	}
}
