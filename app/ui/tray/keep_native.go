//go:build !linux && !freebsd && !openbsd && !netbsd

package tray

import "context"

// Keep returns at once: the system keeps the icon by itself here.
func Keep(context.Context, KeepOptions) {}
