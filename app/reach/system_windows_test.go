package reach

import (
	"context"
	"testing"
	"time"
)

func TestTheSystemTellsOfSleep(t *testing.T) {
	if _, err := resumes(); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		followSleep(ctx, func() {})
	}()
	cancel()
	<-ended
}

func TestUptimeGoesOn(t *testing.T) {
	first, ok := uptime()
	if !ok || first <= 0 {
		t.Fatalf("got %v, %v, want the time since the start of the computer", first, ok)
	}
	for began := time.Now(); ; {
		if now, _ := uptime(); now > first {
			return
		}
		if time.Since(began) > 10*time.Second {
			t.Fatal("the clock stands still")
		}
	}
}
