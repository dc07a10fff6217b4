package app

import (
	"context"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"
)

func TestSettleMemory(t *testing.T) {
	for _, tt := range []struct {
		name, gogc string
		runs       time.Duration // until the program stops
		want       int
	}{
		{"once the start is over", "", startSettles + time.Second, windowGC},
		{"not when the program stops before", "", startSettles - time.Second, startGC},
		{"not against GOGC", "100", startSettles + time.Second, 100},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("GOGC", tt.gogc)
			before := debug.SetGCPercent(100)
			defer debug.SetGCPercent(before)
			postponeGC()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tt.runs)
				defer cancel()
				if err := settleMemory(ctx); err != nil {
					t.Fatal(err)
				}
			})
			got := debug.SetGCPercent(100)
			if got != tt.want {
				t.Errorf("the heap may grow by %d %%, want %d", got, tt.want)
			}
		})
	}
}
