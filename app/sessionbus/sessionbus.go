//go:build linux || freebsd || openbsd || netbsd

package sessionbus

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// ErrNone means that there is no session bus at all.
var ErrNone = errors.New("there is no session bus")

// Variable is the environment variable with the address of the bus.
const Variable = "DBUS_SESSION_BUS_ADDRESS"

const (
	connectTimeout = 2 * time.Second
	settleTime     = 100 * time.Millisecond // in which signals that belong together arrive
	firstRetry     = 250 * time.Millisecond // doubling, up to
	lastRetry      = 30 * time.Second
)

// Address finds the session bus without starting one. Without an address, the
// D-Bus library would run dbus-launch, which can hang.
func Address() (string, error) {
	if address := os.Getenv(Variable); address != "" && !strings.HasPrefix(address, "autolaunch:") {
		return address, nil
	}
	return runtimeAddress()
}

// runtimeAddress is the address at which systemd and its like put the bus.
func runtimeAddress() (string, error) {
	runtime := os.Getenv("XDG_RUNTIME_DIR")
	if runtime == "" {
		return "", ErrNone
	}
	socket := filepath.Join(runtime, "bus")
	if info, err := os.Stat(socket); err != nil || info.Mode()&os.ModeSocket == 0 {
		return "", ErrNone
	}
	return "unix:path=" + dbus.EscapeBusAddressValue(socket), nil
}

// Connect opens a connection of its own, which ends with ctx, to the session
// bus. It gives up after two seconds.
func Connect(ctx context.Context) (*dbus.Conn, error) {
	address, err := Address()
	if err != nil {
		return nil, err
	}
	return connect(ctx, address)
}

func connect(ctx context.Context, address string) (*dbus.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	timer := time.AfterFunc(connectTimeout, cancel)
	conn, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err == nil && !timer.Stop() {
		_ = conn.Close()
		err = context.DeadlineExceeded
	}
	if err != nil {
		timer.Stop()
		cancel()
		return nil, fmt.Errorf("connect to the session bus: %w", err)
	}
	context.AfterFunc(conn.Context(), cancel)
	return conn, nil
}

// Follow keeps a connection to the session bus until ctx ends, also when the bus
// starts later or is restarted. It calls visit with each new connection, again after
// signals that match, and with nil when the connection is lost. visit must not keep
// the connection.
func Follow(ctx context.Context, matches [][]dbus.MatchOption, visit func(ctx context.Context, conn *dbus.Conn)) {
	retry, lost := firstRetry, false
	for ctx.Err() == nil {
		if conn := reconnect(ctx, lost); conn != nil {
			if listen(ctx, conn, matches, visit) {
				retry, lost = firstRetry, true
			}
			_ = conn.Close()
			if ctx.Err() == nil {
				visit(ctx, nil)
			}
		}
		if !pause(ctx, retry) {
			return
		}
		retry = min(2*retry, lastRetry)
	}
}

// reconnect connects to the bus, or returns nil. A bus that was restarted can be in
// the runtime folder under another address than the variable holds. The variable is
// set to it then, for every library that reads it.
func reconnect(ctx context.Context, lost bool) *dbus.Conn {
	if conn, err := Connect(ctx); err == nil {
		return conn
	}
	address, err := runtimeAddress()
	if err != nil || !lost {
		return nil
	}
	conn, err := connect(ctx, address)
	if err != nil {
		return nil
	}
	_ = os.Setenv(Variable, address)
	return conn
}

// listen calls visit until the connection or ctx ends. It reports whether the bus
// accepted the matches.
func listen(ctx context.Context, conn *dbus.Conn, matches [][]dbus.MatchOption, visit func(context.Context, *dbus.Conn)) bool {
	signals := make(chan *dbus.Signal, 64)
	conn.Signal(signals)
	for _, match := range matches {
		if err := conn.AddMatchSignalContext(ctx, match...); err != nil {
			return false
		}
	}
	for {
		visit(ctx, conn)
		select {
		case <-ctx.Done():
			return true
		case _, open := <-signals:
			if !open || !pause(ctx, settleTime) {
				return true
			}
		}
		for drained := false; !drained; {
			select {
			case _, open := <-signals:
				if !open {
					return true
				}
			default:
				drained = true
			}
		}
	}
}

// pause waits for d; false when ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// NameOwner returns the connection that owns name; empty: none does.
func NameOwner(ctx context.Context, conn *dbus.Conn, name string) (owner string) {
	// GetNameOwner, unlike a call to the name, starts no service that could own it.
	_ = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0, name).Store(&owner)
	return owner
}

// OwnerChanges matches the signal that name has another owner.
func OwnerChanges(name string) []dbus.MatchOption {
	return []dbus.MatchOption{
		dbus.WithMatchSender("org.freedesktop.DBus"), dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, name),
	}
}
