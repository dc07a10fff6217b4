// Package winetest skips tests that need something of Windows which wine, where
// "make windows-check" runs the suites, does not have. On Windows itself nothing is
// skipped. It is for tests alone, keeps nothing, and is safe for concurrent use.
package winetest

import "testing"

// What wine 10 lacks.
const (
	// LocalSockets are sockets with a path, which Windows has since version 1803.
	LocalSockets = "sockets with a path (AF_UNIX)"
	// Links are those of the file system; wine shows a program what they lead to.
	Links = "links that a program can tell from files"
	// ConsoleEvents are what one process sends another in its console, such as
	// Ctrl+Break, instead of signals.
	ConsoleEvents = "console events between processes"
	// Windows are windows where there is no display, as for the suites.
	Windows = "windows without a display"
	// GoCommand is the go command, by which a test builds a program.
	GoCommand = "the go command"
)

// Running reports whether wine plays Windows here.
func Running() bool { return underWine() }

// Needs skips t under wine, which lacks the thing of that name.
func Needs(t testing.TB, thing string) {
	t.Helper()
	if underWine() {
		t.Skipf("wine has no %s", thing)
	}
}
