//go:build (linux || freebsd || openbsd || netbsd) && cgo && !ci && (x11 || !wayland)

package launch

// #include <X11/Xlib.h>
import "C"

// vastrelayDisplayLost is Xlib's handler for a broken connection. It stands in a
// file of its own because cgo compiles the preamble of a file with exports twice.
//
//export vastrelayDisplayLost
func vastrelayDisplayLost(*C.Display) C.int {
	if f := lostDisplay.Load(); f != nil {
		(*f)()
	}
	return 0
}
