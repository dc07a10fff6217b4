package launch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"time"
)

// errNoDisplay says that there is nothing to show a window on.
var errNoDisplay = errors.New("there is no display, DISPLAY and WAYLAND_DISPLAY are not set")

// errDeadDisplay says that DISPLAY names a display where nothing answers.
var errDeadDisplay = errors.New("nothing answers at the X display")

// platformVariable is where the toolkit looks for the windowing system to use:
// "x11" or "wayland".
const platformVariable = "FYNE_PLATFORM"

// The values of platformVariable that the toolkit heeds.
const (
	platformX11     = "x11"
	platformWayland = "wayland"
)

// choosePlatform prefers X11 where an X display exists and the person has not
// chosen: under Wayland, text in lists can appear far too large until the
// pointer moves over it, https://github.com/fyne-io/fyne/issues/6447 . Wayland
// is for where no X display answers; probe says whether one does.
func choosePlatform(lookup func(string) (string, bool), set func(name, value string) error, probe func(display string) error) error {
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
		display, _ := lookup("DISPLAY")
		if err := probe(display); err != nil && !has("WAYLAND_DISPLAY") {
			return err
		} else if err != nil {
			// By itself the toolkit would still choose X11 where the compositor
			// leaves the borders of windows to them, as GNOME does.
			return set(platformVariable, platformWayland)
		}
		return set(platformVariable, platformX11)
	case !has("DISPLAY") && !has(platformVariable):
		return set(platformVariable, platformWayland)
	default:
		return nil
	}
}

// probeX reports whether something listens at a local X display such as ":0",
// by the addresses of https://www.x.org/releases/current/doc/man/man7/X.7.xhtml .
// Without it the toolkit would end the process. A remote display is taken on
// trust.
func probeX(ctx context.Context, display string) error {
	number, local := localDisplay(display)
	if !local {
		return nil
	}
	socket := "/tmp/.X11-unix/X" + number
	for _, address := range []string{socket, "@" + socket} {
		if conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", address); err == nil {
			return conn.Close()
		}
	}
	return fmt.Errorf("%w %s", errDeadDisplay, display)
}

// localDisplay returns the number of an X display of this computer.
func localDisplay(display string) (number string, local bool) {
	host, number, ok := strings.Cut(display, ":")
	if !ok || host != "" && host != "unix" {
		return "", false
	}
	number, _, _ = strings.Cut(number, ".")
	return number, true
}
