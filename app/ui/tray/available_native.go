//go:build !linux && !freebsd && !openbsd && !netbsd

package tray

import "context"

// Available reports whether a tray is there now: always, since the tray is part
// of the system here.
func Available(context.Context) bool { return true }

// Possible reports whether a tray can be there at all, now or later.
func Possible(context.Context) bool { return true }
