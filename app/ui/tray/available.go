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
