package launch

import (
	"log/slog"
	"runtime"
	"unsafe"

	win "golang.org/x/sys/windows"
)

// What Windows sends to every window, hidden ones too, when the person logs out or
// shuts the computer down. It sends no signal to a program without a console, and ends
// the program a few seconds after it has answered. See
// https://learn.microsoft.com/windows/win32/shutdown/logging-off .
const (
	wmDestroy         = 0x0002
	wmClose           = 0x0010
	wmQueryEndSession = 0x0011
	wmEndSession      = 0x0016
)

// sessionClass is the class of the hidden window that hears it. The windows of the
// toolkit agree to the end and do nothing about it.
const sessionClass = "app.vastrelay.desktop.session"

// wndClassEx is WNDCLASSEXW.
type wndClassEx struct {
	size, style                        uint32
	procedure                          uintptr
	classExtra, windowExtra            int32
	instance, icon, cursor, background win.Handle
	menu, class                        *uint16
	smallIcon                          win.Handle
}

// windowMessage is MSG.
type windowMessage struct {
	window         win.HWND
	message        uint32
	wParam, lParam uintptr
	time           uint32
	x, y           int32
	private        uint32
}

// onSessionEnd calls end, on a goroutine of its own, when Windows ends the session of
// the person; Windows goes on once it returns, or after a few seconds. forget ends that
// and waits for it.
func onSessionEnd(end func()) (forget func()) {
	made, done := make(chan win.HWND, 1), make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // a window belongs to the thread that made it
		defer runtime.UnlockOSThread()
		window, err := newSessionWindow(end)
		if err != nil {
			slog.Warn("listening for the end of the session", "err", err)
		}
		made <- window
		if window != 0 {
			handleMessages()
		}
	}()
	window := <-made
	return func() {
		if window != 0 {
			_, _, _ = user32("PostMessageW").Call(uintptr(window), wmClose, 0, 0)
		}
		<-done
	}
}

// user32 is a function of that library.
func user32(name string) *win.LazyProc {
	return win.NewLazySystemDLL("user32.dll").NewProc(name)
}

// newSessionWindow makes a hidden window of the current thread that calls end.
func newSessionWindow(end func()) (win.HWND, error) {
	var instance win.Handle
	if err := win.GetModuleHandleEx(0, nil, &instance); err != nil {
		return 0, err
	}
	name, err := win.UTF16PtrFromString(sessionClass)
	if err != nil {
		return 0, err
	}
	class := &wndClassEx{
		size: uint32(unsafe.Sizeof(wndClassEx{})), instance: instance, class: name,
		procedure: win.NewCallback(func(window win.HWND, message uint32, wParam, lParam uintptr) uintptr {
			return answer(end, window, message, wParam, lParam)
		}),
	}
	if registered, _, err := user32("RegisterClassExW").Call(uintptr(unsafe.Pointer(class))); registered == 0 { //nolint:gosec // How Windows takes a structure.
		return 0, err
	}
	// A window for messages alone would not be told: this one is of the desktop, and never shown.
	window, _, err := user32("CreateWindowExW").Call(
		0, uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(name)), 0, 0, 0, 0, 0, 0, 0, uintptr(instance), 0) //nolint:gosec // How Windows takes a text.
	if window == 0 {
		unregister(name, instance)
		return 0, err
	}
	return win.HWND(window), nil
}

// handleMessages has the windows of the current thread answer until theirs is closed.
func handleMessages() {
	var message windowMessage
	for {
		// 0 is the end, and -1, as 32 bits, an error.
		got, _, _ := user32("GetMessageW").Call(uintptr(unsafe.Pointer(&message)), 0, 0, 0) //nolint:gosec // How Windows takes a structure.
		if int32(got) <= 0 {                                                                //nolint:gosec // It is a BOOL.
			break
		}
		_, _, _ = user32("DispatchMessageW").Call(uintptr(unsafe.Pointer(&message))) //nolint:gosec // How Windows takes a structure.
	}
	var instance win.Handle
	name, err := win.UTF16PtrFromString(sessionClass)
	if err == nil && win.GetModuleHandleEx(0, nil, &instance) == nil {
		unregister(name, instance)
	}
}

// unregister takes the class back, so that it can be registered anew.
func unregister(name *uint16, instance win.Handle) {
	_, _, _ = user32("UnregisterClassW").Call(uintptr(unsafe.Pointer(name)), uintptr(instance)) //nolint:gosec // How Windows takes a text.
}

// answer is what the window says to a message.
func answer(end func(), window win.HWND, message uint32, wParam, lParam uintptr) uintptr {
	switch message {
	case wmQueryEndSession:
		return 1 // nothing here keeps the session from ending
	case wmEndSession:
		if wParam != 0 { // it was not called off
			end()
		}
		return 0
	case wmClose:
		_, _, _ = user32("DestroyWindow").Call(uintptr(window))
		return 0
	case wmDestroy:
		_, _, _ = user32("PostQuitMessage").Call(0)
		return 0
	default:
		answered, _, _ := user32("DefWindowProcW").Call(uintptr(window), uintptr(message), wParam, lParam)
		return answered
	}
}
