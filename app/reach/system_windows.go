package reach

import (
	"context"
	"fmt"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// uptime is for how long this computer has been on, sleep included. Nobody can set
// that clock. Source: https://learn.microsoft.com/windows/win32/api/sysinfoapi/nf-sysinfoapi-gettickcount64 .
func uptime() (up time.Duration, ok bool) { return windows.DurationSinceBoot(), true }

// What PowerRegisterSuspendResumeNotification takes and tells: that a function is to
// be called, and that the computer goes on after a sleep, whatever woke it. Source:
// https://learn.microsoft.com/windows/win32/api/powerbase/nf-powerbase-powerregistersuspendresumenotification .
const (
	deviceNotifyCallback  = 2
	pbtAPMResumeAutomatic = 0x12
)

// deviceNotifySubscribeParameters is the structure of that name.
type deviceNotifySubscribeParameters struct {
	callback uintptr
	context  uintptr
}

// resumes is told by the system whenever the computer has slept. A program may make
// few callbacks, and never gives one back: this one serves every watch, for the rest
// of the run.
var resumes = sync.OnceValues(func() (<-chan struct{}, error) {
	events := make(chan struct{}, 1)
	callback := windows.NewCallback(func(_ unsafe.Pointer, event uint32, _ unsafe.Pointer) uintptr {
		if event == pbtAPMResumeAutomatic {
			wake(events)
		}
		return 0
	})
	register := windows.NewLazySystemDLL("powrprof.dll").NewProc("PowerRegisterSuspendResumeNotification")
	if err := register.Find(); err != nil {
		return nil, err
	}
	params := &deviceNotifySubscribeParameters{callback: callback}
	var handle windows.Handle
	if code, _, _ := register.Call(deviceNotifyCallback, uintptr(unsafe.Pointer(params)), uintptr(unsafe.Pointer(&handle))); code != 0 {
		return nil, fmt.Errorf("ask the system to tell of sleep: %w", windows.Errno(code))
	}
	return events, nil
})

// followSleep calls woke each time the system says that it has slept, until ctx ends.
// Where the system does not say, the clock shows it a moment later.
func followSleep(ctx context.Context, woke func()) {
	events, err := resumes()
	if err != nil {
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
			woke()
		}
	}
}
