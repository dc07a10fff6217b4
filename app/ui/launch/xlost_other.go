//go:build !((linux || freebsd || openbsd || netbsd) && cgo && !ci && (x11 || !wayland))

package launch

// onDisplayLost does nothing: no other windowing system takes the process down
// with it.
func onDisplayLost(func()) (forget func()) { return func() {} }
