//go:build !((linux || freebsd || openbsd || netbsd) && cgo && !ci && (x11 || !wayland))

package launch

import "fyne.io/fyne/v2"

// minimise leaves the window as it is: the tray is part of the systems that this is
// built for, so that nothing asks for it, or there is no way to do it.
func minimise(fyne.Window) {}
