package app

import (
	"strings"
	"testing"
)

func TestWhatPrintsAndWhatShowsWindows(t *testing.T) {
	for args, want := range map[string]bool{
		"":                             false,
		"--hidden":                     false,
		"--demo":                       false,
		"--data-dir x":                 false,
		"--version":                    true,
		"--help":                       true,
		"--headless --demo":            true,
		"--no-such-flag":               true,
		"status":                       true,
		"--data-dir x doctor --report": true,
	} {
		if got := prints(strings.Fields(args)); got != want {
			t.Errorf("%q: got %v, want %v", args, got, want)
		}
	}
}
