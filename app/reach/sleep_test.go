package reach

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestWatchTime(t *testing.T) {
	const week = 7 * 24 * time.Hour
	tests := []struct {
		name  string
		jump  time.Duration // of the wall clock, beside the monotonic one
		slept time.Duration // of the uptime, likewise
		known bool          // whether there is an uptime
		woke  int
		set   int
	}{
		{"nothing happens", 0, 0, false, 0, 0},
		{"the clock is slewed", time.Second, 0, false, 0, 0},
		{"the clock is put forward a little", 20 * time.Second, 0, false, 0, 1},
		{"the computer slept for a minute", time.Minute, 0, false, 1, 1},
		{"the computer slept for a week", week, 0, false, 1, 1},
		{"the clock is put back", -time.Hour, 0, false, 0, 1},
		{"the clock is put back a little", -10 * time.Second, 0, false, 0, 1},
		{"the computer slept, and its uptime tells", week, week, true, 1, 1},
		{"the clock is put forward, and the uptime tells", time.Hour, 0, true, 0, 1},
		{"the computer slept and its clock was then put back", -time.Hour, time.Hour, true, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var jumped atomic.Bool
				jump := func(d time.Duration) time.Duration {
					if jumped.Load() {
						return d
					}
					return 0
				}
				began := time.Now().Round(0)
				woke, set := 0, 0
				w := &timeWatch{
					wall:   func() time.Time { return time.Now().Round(0).Add(jump(tt.jump)) },
					uptime: func() (time.Duration, bool) { return time.Since(began) + jump(tt.slept), tt.known },
					woke: func(since time.Time) {
						woke++
						if before := began.Add(time.Minute); since.Sub(before).Abs() > lookEvery {
							t.Errorf("slept since %v, want about %v", since, before)
						}
					},
					set: func() { set++ },
				}
				ctx, cancel := context.WithCancel(t.Context())
				done := make(chan struct{})
				go func() { defer close(done); w.run(ctx) }()
				time.Sleep(time.Minute)
				jumped.Store(true)
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
		w := &timeWatch{woke: func(time.Time) { woke++ }}
		w.slept(bySystem, time.Now())
		time.Sleep(lookEvery)
		w.slept(byClock, time.Now())
		if woke != 1 {
			t.Errorf("got %d wakes, want one for a sleep that two tell of", woke)
		}
		time.Sleep(time.Second)
		w.slept(bySystem, time.Now())
		time.Sleep(lookEvery)
		w.slept(byClock, time.Now())
		if woke != 2 {
			t.Errorf("got %d wakes, want another for a sleep a moment later", woke)
		}
		time.Sleep(time.Minute)
		w.slept(byClock, time.Now())
		if woke != 3 {
			t.Errorf("got %d wakes, want another for the next sleep", woke)
		}
	})
}
