package reach

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestWatchNetwork(t *testing.T) {
	const home, office = "192.168.0.7", "10.1.2.3"
	tests := []struct {
		name    string
		ways    []string // the way out at the start and after each word of the system
		changed int
	}{
		{"the system tells of what is not on our way", []string{home, home, home}, 0},
		{"another network is joined", []string{home, office}, 1},
		{"and left again", []string{home, office, home}, 2},
		{"the cable is pulled", []string{home, ""}, 0},
		{"the cable is pulled and plugged in again", []string{home, "", home}, 1},
		{"another network is joined after a while without one", []string{home, "", office}, 1},
		{"the first network is joined after the start", []string{"", home}, 0},
		{"the network goes and comes after a start without one", []string{"", "", home}, 1},
	}
	for _, tt := range tests {
		for _, said := range []string{"as the system says", "by looking"} {
			t.Run(tt.name+", "+said, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var way atomic.Pointer[string]
					way.Store(&tt.ways[0])
					var events chan struct{}
					if said == "as the system says" {
						events = make(chan struct{}, 1)
					}
					changed := 0
					ctx, cancel := context.WithCancel(t.Context())
					done := make(chan struct{})
					go func() {
						defer close(done)
						watchNetwork(ctx, events, func() string { return *way.Load() }, func() { changed++ })
					}()
					synctest.Wait()
					for _, next := range tt.ways[1:] {
						way.Store(&next)
						if events != nil {
							for range 3 { // one change is told in several words
								wake(events)
								synctest.Wait()
							}
						}
						time.Sleep(2 * networkEvery)
					}
					cancel()
					<-done
					if changed != tt.changed {
						t.Errorf("got %d changes, want %d", changed, tt.changed)
					}
				})
			})
		}
	}
}

// TestNothingRunsWhileTheNetworkStays counts the looks at the way out.
func TestNothingRunsWhileTheNetworkStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Int64
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			watchNetwork(ctx, make(chan struct{}), func() string { looks.Add(1); return "192.168.0.7" }, func() {})
		}()
		time.Sleep(24 * time.Hour)
		if got := looks.Load(); got != 1 {
			t.Errorf("got %d looks in a day, want the first one", got)
		}
		cancel()
		<-done
	})
}
