//go:build linux || freebsd || openbsd || netbsd

package tray

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"vastrelay/app/sessionbus"
)

const (
	watcherName      = "org.kde.StatusNotifierWatcher"
	watcherPath      = "/StatusNotifierWatcher"
	availableTimeout = 2 * time.Second
)

// itemName is the name that the toolkit's icon takes on the bus.
func itemName() string { return fmt.Sprintf("org.kde.StatusNotifierItem-%d-1", os.Getpid()) }

// Available reports whether our icon is in a tray now: whether the session bus
// has a watcher that has a host and knows the icon, as
// https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/
// describes. It answers within two seconds and never starts a bus. A desktop
// may get or lose its tray at any time; ask again when it matters.
func Available(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, availableTimeout)
	defer cancel()
	conn, err := sessionbus.Connect(ctx)
	if err != nil {
		return false
	}
	defer conn.Close() //nolint:errcheck // Nothing was written that could be lost.

	// Asking for the owner first keeps the bus from starting a service that
	// merely could be a watcher.
	if sessionbus.NameOwner(ctx, conn, watcherName) == "" {
		return false
	}
	var host bool
	if watcherProperty(ctx, conn, "IsStatusNotifierHostRegistered", &host) != nil || !host {
		return false
	}
	known, err := iconKnown(ctx, conn)
	// Some watchers do not say what they know. Such a one has been asked to
	// take the icon, if that is on the bus.
	return known || err != nil && sessionbus.NameOwner(ctx, conn, itemName()) != ""
}

// Possible reports whether a tray can be there at all, now or later: whether
// there is a session bus. Where there is none, the toolkit's tray would start
// one that nobody stops.
func Possible(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, availableTimeout)
	defer cancel()
	conn, err := sessionbus.Connect(ctx)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

func watcherProperty(ctx context.Context, conn *dbus.Conn, name string, value any) error {
	return conn.Object(watcherName, watcherPath).
		CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, watcherName, name).Store(value)
}

// iconKnown reports whether the watcher knows our icon. The error is that of a
// watcher that does not say.
func iconKnown(ctx context.Context, conn *dbus.Conn) (bool, error) {
	var items []string
	if err := watcherProperty(ctx, conn, "RegisteredStatusNotifierItems", &items); err != nil {
		return false, err
	}
	return slices.ContainsFunc(items, func(item string) bool {
		return belongs(item, itemName(), sessionbus.NameOwner(ctx, conn, itemName()))
	}), nil
}

// belongs reports whether item, as a watcher lists it, is that of one of the
// names. Watchers write the name alone, or the object path behind it, some with
// an @ between the two.
func belongs(item string, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		rest, found := strings.CutPrefix(item, name)
		return found && name != "" && (rest == "" || rest[0] == '/' || rest[0] == '@')
	})
}
