//go:build linux || freebsd || openbsd || netbsd

package tray

import (
	"context"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	watcherName      = "org.kde.StatusNotifierWatcher"
	watcherPath      = "/StatusNotifierWatcher"
	availableTimeout = 2 * time.Second
)

// Available reports whether a tray is there now: a watcher on the session bus
// that has a host, as
// https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/
// describes. It answers within two seconds and never starts a bus. A desktop
// may get or lose its tray at any time; ask again when it matters.
func Available(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, availableTimeout)
	defer cancel()
	conn, err := connect(ctx)
	if err != nil {
		return false
	}
	defer conn.Close() //nolint:errcheck // Nothing was written that could be lost.

	// Asking for the owner first keeps the bus from starting a service that
	// merely could be a watcher.
	var owner string
	if err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0, watcherName).Store(&owner); err != nil {
		return false
	}
	var registered dbus.Variant
	err = conn.Object(watcherName, watcherPath).
		CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, watcherName, "IsStatusNotifierHostRegistered").
		Store(&registered)
	if err != nil {
		return false
	}
	yes, ok := registered.Value().(bool)
	return ok && yes
}

// Possible reports whether a tray can be there at all, now or later: whether
// there is a session bus. Where there is none, the toolkit's tray would start
// one that nobody stops.
func Possible(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, availableTimeout)
	defer cancel()
	conn, err := connect(ctx)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// connect opens a connection of its own, which ends with ctx, to a session bus
// that is running already.
func connect(ctx context.Context) (*dbus.Conn, error) {
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	if err := conn.Auth(nil); err != nil {
		_ = conn.Close()
		return nil, err
	}
	if err := conn.Hello(); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}
