package reach

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

// The state and the status that adjtimex(2) returns for a clock that no time service
// synchronises. The kernel sets both when the clock is set by hand.
const (
	timeError = 5
	staUnsync = 0x0040
)

// SystemOffset returns 0 while a time service synchronises the clock. It fails while
// none does, and where the kernel does not say. Source: https://man7.org/linux/man-pages/man2/adjtimex.2.html .
func SystemOffset(context.Context) (time.Duration, error) {
	var t syscall.Timex
	state, err := syscall.Adjtimex(&t)
	if err != nil || state == timeError || t.Status&staUnsync != 0 {
		return 0, errors.New("no time service is known to synchronise this computer's clock")
	}
	return 0, nil
}

// uptime is for how long this computer has been on, sleep included. Nobody can set
// that clock. ok is false where it is not known. Source: CLOCK_BOOTTIME in
// https://man7.org/linux/man-pages/man2/clock_gettime.2.html .
func uptime() (up time.Duration, ok bool) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		return 0, false
	}
	return time.Duration(t.Nano()), true
}

// logind tells of sleep on the system bus: true before, false after.
// Source: https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.login1.html .
const (
	logindName      = "org.freedesktop.login1"
	logindPath      = "/org/freedesktop/login1"
	logindInterface = "org.freedesktop.login1.Manager"
	logindSleep     = "PrepareForSleep"
)

// followSleep calls woke each time the system says that it has slept, until ctx ends
// or the system bus cannot be reached any more.
func followSleep(ctx context.Context, woke func()) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	err = conn.AddMatchSignalContext(ctx,
		dbus.WithMatchSender(logindName), dbus.WithMatchObjectPath(logindPath), dbus.WithMatchInterface(logindInterface), dbus.WithMatchMember(logindSleep))
	if err != nil {
		return
	}
	signals := make(chan *dbus.Signal, 4)
	conn.Signal(signals)
	for signal := range signals { // closed with the connection, which ends with ctx
		if signal.Name != logindInterface+"."+logindSleep || len(signal.Body) != 1 {
			continue
		}
		if begins, ok := signal.Body[0].(bool); ok && !begins {
			woke()
		}
	}
}
