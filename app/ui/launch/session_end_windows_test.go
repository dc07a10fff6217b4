package launch

import (
	"sync/atomic"
	"testing"
	"unsafe"

	win "golang.org/x/sys/windows"

	"vastrelay/relay/winetest"
)

// TestTheEndOfASessionIsHeard sends what Windows sends when a person logs out.
func TestTheEndOfASessionIsHeard(t *testing.T) {
	winetest.Needs(t, winetest.Windows)
	var ends atomic.Int32 // on the thread of the window
	forget := onSessionEnd(func() { ends.Add(1) })
	name, err := win.UTF16PtrFromString(sessionClass)
	if err != nil {
		t.Fatal(err)
	}
	window, _, _ := user32("FindWindowW").Call(uintptr(unsafe.Pointer(name)), 0)
	if window == 0 {
		t.Fatal("no window is there to hear it")
	}
	send := func(message, wParam uintptr) uintptr {
		answered, _, _ := user32("SendMessageW").Call(window, message, wParam, 0)
		return answered
	}
	if send(wmQueryEndSession, 0) != 1 {
		t.Error("the end of the session is refused")
	}
	if send(wmEndSession, 0); ends.Load() != 0 {
		t.Errorf("got %d ends, want none where it was called off", ends.Load())
	}
	if send(wmEndSession, 1); ends.Load() != 1 {
		t.Errorf("got %d ends, want 1", ends.Load())
	}
	forget()
	if window, _, _ := user32("FindWindowW").Call(uintptr(unsafe.Pointer(name)), 0); window != 0 {
		t.Error("the window is there still")
	}
	onSessionEnd(func() {})() // and again
}
