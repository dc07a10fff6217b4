package reach

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestWatchTime(t *testing.T) {
	tests := []struct {
		name string
		jump time.Duration // of the wall clock alone
		woke int
		set  int
	}{
		{"nothing happens", 0, 0, 0},
		{"the clock is slewed", time.Second, 0, 0},
		{"the clock is put forward a little", 20 * time.Second, 0, 1},
		{"the computer slept for a minute", time.Minute, 1, 1},
		{"the computer slept for a week", 7 * 24 * time.Hour, 1, 1},
		{"the clock is put back", -time.Hour, 0, 1},
		{"the clock is put back a little", -10 * time.Second, 0, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var ahead atomic.Int64
				wall := func() time.Time { return time.Now().Round(0).Add(time.Duration(ahead.Load())) }
				woke, set := 0, 0
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan struct{})
				go func() { defer close(done); watchTime(ctx, wall, func() { woke++ }, func() { set++ }) }()
				time.Sleep(time.Minute)
				ahead.Store(int64(tt.jump))
				time.Sleep(time.Hour)
				cancel()
				<-done
				if woke != tt.woke || set != tt.set {
					t.Errorf("got %d wakes and %d settings, want %d and %d", woke, set, tt.woke, tt.set)
				}
			})
		})
	}
}

func TestOneSleepIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		woke := 0
		tell := oncePerSleep(func() { woke++ })
		tell() // by the system
		time.Sleep(lookEvery)
		tell() // by the clock
		if woke != 1 {
			t.Errorf("got %d wakes, want one for a sleep that two tell of", woke)
		}
		time.Sleep(time.Minute)
		tell()
		if woke != 2 {
			t.Errorf("got %d wakes, want another for the next sleep", woke)
		}
	})
}
