package tray

import (
	"context"
	"time"
)

const (
	awaitTimeout  = 15 * time.Second
	awaitInterval = 500 * time.Millisecond
)

// Await reports whether a tray is there, giving a panel that is still starting
// 15 seconds to come up. It returns early when ctx ends.
func Await(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, awaitTimeout)
	defer cancel()
	for !Available(ctx) {
		if !pause(ctx, awaitInterval) {
			return false
		}
	}
	return true
}

// KeepOptions is what Keep is made of. Every field is required.
type KeepOptions struct {
	// Post queues f for the UI goroutine and returns at once.
	Post func(f func())
	// Restart opens the toolkit's icon anew on the session bus of now, on the UI
	// goroutine.
	Restart func()
	// Reachable is told whether there is a session bus; it returns at once.
	Reachable func(yes bool)
}
