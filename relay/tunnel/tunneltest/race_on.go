//go:build race

package tunneltest

// RaceEnabled says that the tests run under the race detector.
const RaceEnabled = true
