package tunnel

import (
	"errors"
	"fmt"
	"syscall"

	"vastrelay/relay"
)

// The values of PermanentError.Reason for a local address that cannot be served.
const (
	ReasonAddressInUse      = "address_in_use"      // another program uses the local port
	ReasonAddressNotAllowed = "address_not_allowed" // the system does not let us use the local port
	ReasonListenFailed      = "listen_failed"       // the local address cannot be used for another reason
)

// Windows answers with its own numbers, which the portable ones do not match
// (https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2).
const (
	windowsAccess syscall.Errno = 10013
	windowsInUse  syscall.Errno = 10048
)

// ListenError finds the words for the local address listen, a host:port, that
// cannot be served because of err. front says where else its port is set, such as
// "in your proxy".
func ListenError(listen, front string, err error) *PermanentError {
	e := &PermanentError{
		Reason:   ReasonListenFailed,
		Mend:     MendLocally,
		Headline: fmt.Sprintf("The local address %s cannot be used.", Clip(relay.CleanLine(listen), 80)),
		Cause:    "It must be a host and a port of this computer.",
		Next:     "Open Settings and correct the local address.",
		Err:      err,
	}
	var number syscall.Errno
	if !errors.As(err, &number) {
		return e
	}
	switch number {
	case syscall.EADDRINUSE, windowsInUse:
		e.Reason = ReasonAddressInUse
		e.Cause = "Another program is using that port."
		e.Next = "Close the other program, or choose another port in Settings and " + front + "."
	case syscall.EACCES, windowsAccess:
		e.Reason = ReasonAddressNotAllowed
		e.Cause = "This computer does not let the program use that port."
		e.Next = "Choose a port above 1023 in Settings and " + front + "."
	case syscall.EADDRNOTAVAIL:
		e.Cause = "This computer does not have that address now."
	}
	return e
}
