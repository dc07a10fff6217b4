//go:build !race

package tunnel

// raceEnabled says that the tests run under the race detector.
const raceEnabled = false
