//go:build unix

package reach

import (
	"context"
	"testing"
	"time"
)

func TestTheSystemIsListenedToUntilTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	events := networkEvents(ctx)
	if events == nil {
		t.Skip("this system says nothing of its network")
	}
	cancel()
	timeout := time.After(10 * time.Second)
	for {
		select {
		case _, open := <-events:
			if !open {
				return
			}
		case <-timeout:
			t.Fatal("the system is still listened to")
		}
	}
}
