//go:build unix

package reach

import (
	"context"
	"errors"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Of netlink(7) and rtnetlink(7), Linux's way to hear of addresses and routes:
// https://man7.org/linux/man-pages/man7/rtnetlink.7.html . Other Unix systems send
// all on a routing socket unasked.
const (
	solNetlink           = 270
	netlinkAddMembership = 1
	groupLink            = 1
	groupIPv4Address     = 5
	groupIPv4Route       = 7
	groupIPv6Address     = 9
	groupIPv6Route       = 11
)

// routeSocket opens a socket on which the system tells of changed addresses and
// routes.
func routeSocket() (*os.File, error) {
	fd, err := unix.Socket(unix.AF_ROUTE, unix.SOCK_RAW, 0)
	if err != nil {
		return nil, err
	}
	unix.CloseOnExec(fd)
	err = unix.SetNonblock(fd, true)
	if runtime.GOOS == "linux" {
		for _, group := range []int{groupLink, groupIPv4Address, groupIPv4Route, groupIPv6Address, groupIPv6Route} {
			err = errors.Join(err, unix.SetsockoptInt(fd, solNetlink, netlinkAddMembership, group))
		}
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), "routes"), nil
}

// networkEvents yields a value after the system's addresses or routes have
// changed, until ctx ends; nil where the system cannot be asked. It is closed when
// the system's socket fails.
func networkEvents(ctx context.Context) <-chan struct{} {
	socket, err := routeSocket()
	if err != nil {
		return nil
	}
	events := make(chan struct{}, 1)
	stop := context.AfterFunc(ctx, func() { _ = socket.Close() })
	go func() { // ends with ctx, which closes the socket
		defer close(events)
		defer func() { _ = socket.Close() }()
		defer stop()
		message := make([]byte, 64<<10)
		for {
			if _, err := socket.Read(message); err != nil && !errors.Is(err, unix.ENOBUFS) {
				return
			}
			wake(events)
		}
	}()
	return events
}
