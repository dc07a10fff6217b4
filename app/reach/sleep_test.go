package reach

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestWatchSleep(t *testing.T) {
	tests := []struct {
		name string
		jump time.Duration // of the wall clock alone
		woke int
	}{
		{"nothing happens", 0, 0},
		{"a busy computer looks late", 20 * time.Second, 0},
		{"the computer slept for a minute", time.Minute, 1},
		{"the computer slept for a week", 7 * 24 * time.Hour, 1},
		{"the clock is put back", -time.Hour, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ahead atomic.Int64
				wall := func() time.Time { return time.Now().Round(0).Add(time.Duration(ahead.Load())) }
				woke := 0
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan struct{})
				go func() { defer close(done); watchSleep(ctx, wall, func() { woke++ }) }()
				time.Sleep(time.Minute)
				ahead.Store(int64(tt.jump))
				time.Sleep(time.Hour)
				cancel()
				<-done
				if woke != tt.woke {
					t.Errorf("got %d wakes, want %d", woke, tt.woke)
				}
			})
		})
	}
}
