package launch

import (
	"errors"
	"runtime"
)

// errNoDisplay says that there is nothing to show a window on.
var errNoDisplay = errors.New("no display: DISPLAY and WAYLAND_DISPLAY are not set; start with --headless to run without a window")

// platformVariable is where the toolkit looks for the windowing system to use:
// "x11" or "wayland".
const platformVariable = "FYNE_PLATFORM"

// choosePlatform prefers X11 where an X display exists and the person has not
// chosen: under Wayland, text in lists can appear far too large until the
// pointer moves over it, https://github.com/fyne-io/fyne/issues/6447 .
func choosePlatform(lookup func(string) (string, bool), set func(name, value string) error) error {
	switch runtime.GOOS {
	case "windows", "darwin":
		return nil
	}
	has := func(name string) bool {
		value, ok := lookup(name)
		return ok && value != ""
	}
	switch {
	case !has("DISPLAY") && !has("WAYLAND_DISPLAY"):
		return errNoDisplay
	case has("DISPLAY") && !has(platformVariable):
		return set(platformVariable, "x11")
	default:
		return nil
	}
}
