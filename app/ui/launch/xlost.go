//go:build (linux || freebsd || openbsd || netbsd) && cgo && !ci && (x11 || !wayland)

package launch

/*
#cgo LDFLAGS: -lX11
#include <X11/Xlib.h>

extern int vastrelayDisplayLost(Display *display);

static void vastrelayWatchDisplay(void) { XSetIOErrorHandler(vastrelayDisplayLost); }
static void vastrelayForgetDisplay(void) { XSetIOErrorHandler(NULL); }
*/
import "C"

import "sync/atomic"

// lostDisplay is called when the X server is gone; nil: nobody cares. Xlib has
// one handler for the whole process.
var lostDisplay atomic.Pointer[func()]

// onDisplayLost calls f, on the main goroutine, when the connection to the X
// server breaks. Xlib would end the process at once, in the middle of whatever
// the other goroutines do, and does so when f returns.
func onDisplayLost(f func()) (forget func()) {
	lostDisplay.Store(&f)
	C.vastrelayWatchDisplay()
	return func() {
		C.vastrelayForgetDisplay()
		lostDisplay.Store(nil)
	}
}
