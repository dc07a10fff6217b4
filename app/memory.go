package app

import (
	"context"
	"math"
	"os"
	"runtime/debug"
	"time"
)

// memoryGoal is the soft memory limit in bytes, above which the garbage collector
// runs more often. The program without windows stays below it in a burst of
// events. Only strangers who hold thousands of connections open make it grow
// further, and garbage must not double that.
const memoryGoal = 48 << 20

// boundMemory sets memoryGoal unless GOMEMLIMIT sets another, see
// https://go.dev/doc/gc-guide#Memory_limit .
func boundMemory() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(memoryGoal)
	}
}

const (
	// startSettles is how long the program takes at most to show its window and
	// bring the relay up.
	startSettles = 2 * time.Second
	// startGC is how much the heap may grow between two collections until then, in
	// percent. Most of what a start allocates stays, so that collecting often finds
	// little, and takes a tenth of the processor time until the first frame.
	startGC = 400
	// windowGC is how much the heap of the program with windows may grow between
	// two collections, in percent, see https://pkg.go.dev/runtime/debug#SetGCPercent .
	// Most of it are fonts, which hold no pointers and cost a collection little.
	windowGC = 50
)

// postponeGC collects garbage less often until settleMemory is done, unless GOGC says
// how often.
func postponeGC() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(startGC)
	}
}

// settleMemory gives the memory back to the system that only the start needed:
// the fonts are read, the sentences and the schema parsed. From then on garbage is
// collected earlier, unless GOGC says how early.
func settleMemory(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-time.After(startSettles):
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(windowGC)
	}
	debug.FreeOSMemory()
	return nil
}
