package reach

import (
	"context"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// addressChanges is told by the system whenever one of the computer's addresses
// has changed. A program may make few callbacks, and never gives one back: this
// one serves every watch, for the rest of the run.
// Source: https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyunicastipaddresschange .
var addressChanges = sync.OnceValue(func() <-chan struct{} {
	events := make(chan struct{}, 1)
	callback := windows.NewCallback(func(_, _ unsafe.Pointer, _ uintptr) uintptr {
		wake(events)
		return 0
	})
	var handle windows.Handle
	if err := windows.NotifyUnicastIpAddressChange(windows.AF_UNSPEC, callback, nil, false, &handle); err != nil {
		return nil
	}
	return events
})

// networkEvents yields a value after one of the computer's addresses has changed;
// nil where the system cannot be asked.
func networkEvents(context.Context) <-chan struct{} { return addressChanges() }
