//go:build (linux || freebsd || openbsd || netbsd) && cgo && !ci && (x11 || !wayland)

package launch

/*
#cgo LDFLAGS: -lX11
#include <X11/Xlib.h>

// vastrelayMinimise asks the window manager to minimise a window, over a connection of
// its own. It returns zero where there is none.
static int vastrelayMinimise(unsigned long window) {
	Display *display = XOpenDisplay(NULL);
	if (display == NULL) {
		return 0;
	}
	int asked = XIconifyWindow(display, window, DefaultScreen(display));
	XCloseDisplay(display); // sends what waits
	return asked;
}
*/
import "C"

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
)

// minimise minimises a window that is shown, by the window manager of an X display:
// the toolkit has no way to do it. Elsewhere the window stays as it is. UI goroutine
// only.
func minimise(win fyne.Window) {
	native, ok := win.(driver.NativeWindow)
	if !ok {
		return
	}
	native.RunNative(func(context any) {
		if x11, ok := context.(driver.X11WindowContext); ok && x11.WindowHandle != 0 {
			C.vastrelayMinimise(C.ulong(x11.WindowHandle))
		}
	})
}
