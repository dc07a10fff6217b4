package app

import (
	"math"
	"runtime/debug"
)

// memoryGoal is the memory in bytes from which on the garbage collector works
// harder. The program without windows stays below it in a burst of events;
// only strangers who hold thousands of connections open make it grow further,
// and their garbage is not to double what they take up.
const memoryGoal = 48 << 20

// boundMemory sets the goal unless the person has set one, by GOMEMLIMIT. It is
// no hard limit: what is in use stays in use. Source:
// https://go.dev/doc/gc-guide#Memory_limit .
func boundMemory() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(memoryGoal)
	}
}
