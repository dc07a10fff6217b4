package store

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// benchmarkAccept accepts new events from callers goroutines at once.
func benchmarkAccept(b *testing.B, callers, batch int) {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "events.db"), Options{MaxBatch: batch})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var n atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	spaces := []string{spaceA}
	accept := func() bool {
		ev := eventN(int(n.Add(1)))
		begun := time.Now()
		fresh, err := s.Accept(context.Background(), ev, spaces)
		mu.Lock()
		took = append(took, time.Since(begun))
		mu.Unlock()
		if err != nil || !fresh {
			b.Errorf("Accept = %v, %v; want true, nil", fresh, err)
		}
		return err == nil
	}
	b.ReportAllocs()
	if callers == 1 {
		for b.Loop() {
			accept()
		}
	} else {
		share(b, callers, accept)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// share lets callers goroutines do the iterations of b.Loop: the loop hands
// out turns, a round of one for each caller at a time.
func share(b *testing.B, callers int, do func() bool) {
	turns := make(chan struct{}, callers*4)
	ended := make(chan struct{})
	for range callers {
		go func() {
			defer func() { ended <- struct{}{} }()
			for range turns {
				if !do() {
					return
				}
			}
		}()
	}
	for b.Loop() {
		turns <- struct{}{}
	}
	close(turns)
	for range callers {
		<-ended
	}
}

// BenchmarkAccept measures events per second on disk, by callers at once, with
// group commit and with one commit for each event.
func BenchmarkAccept(b *testing.B) {
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("group/%d", callers), func(b *testing.B) { benchmarkAccept(b, callers, 0) })
		b.Run(fmt.Sprintf("each/%d", callers), func(b *testing.B) { benchmarkAccept(b, callers, 1) })
	}
}
