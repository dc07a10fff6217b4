//go:build linux || freebsd || openbsd || netbsd

package tray

import (
	"context"
	"log/slog"
	"time"

	"github.com/godbus/dbus/v5"

	"vastrelay/app/sessionbus"
)

const (
	iconPath = "/StatusNotifierItem"
	// registerDelay leaves the toolkit the time to register by itself, and lies
	// between two tries.
	registerDelay  = 500 * time.Millisecond
	restartTimeout = 5 * time.Second
)

// Keep keeps the toolkit's icon in the tray until ctx ends. By itself the
// toolkit does so only until its connection receives a signal with fewer than
// three arguments, whosever it is, or the session bus is restarted:
// https://github.com/fyne-io/systray , stayRegistered. Call it once the
// toolkit's loop runs.
func Keep(ctx context.Context, o KeepOptions) {
	matches := [][]dbus.MatchOption{
		sessionbus.OwnerChanges(watcherName),
		{dbus.WithMatchObjectPath(watcherPath), dbus.WithMatchInterface(watcherName), dbus.WithMatchMember("StatusNotifierItemUnregistered")},
	}
	sessionbus.Follow(ctx, matches, func(ctx context.Context, conn *dbus.Conn) {
		if conn == nil {
			o.Reachable(false)
			return
		}
		if sessionbus.NameOwner(ctx, conn, itemName()) == "" {
			restart(ctx, o)
		}
		o.Reachable(true)
		keepRegistered(ctx, conn)
	})
}

// restart has the icon opened on a bus that does not know it.
func restart(ctx context.Context, o KeepOptions) {
	ctx, cancel := context.WithTimeout(ctx, restartTimeout)
	defer cancel()
	restarted := make(chan struct{})
	o.Post(func() {
		defer close(restarted)
		o.Restart()
	})
	select {
	case <-restarted:
	case <-ctx.Done(): // The UI goroutine is busy, or has ended.
	}
}

// keepRegistered registers the icon with the watcher, if there is one that does
// not know it.
func keepRegistered(ctx context.Context, conn *dbus.Conn) {
	if sessionbus.NameOwner(ctx, conn, watcherName) == "" || !pause(ctx, registerDelay) {
		return
	}
	if known, err := iconKnown(ctx, conn); known || ctx.Err() != nil {
		return
	} else if err != nil {
		slog.DebugContext(ctx, "the tray does not list its icons", "err", err)
	}
	// On the connection that holds the icon: watchers take the sender's name,
	// and would take another name for another icon.
	shared, err := dbus.SessionBus()
	if err == nil {
		ctx, cancel := context.WithTimeout(ctx, availableTimeout)
		defer cancel()
		err = shared.Object(watcherName, watcherPath).CallWithContext(ctx, watcherName+".RegisterStatusNotifierItem", 0, iconPath).Err
	}
	if err != nil && conn.Connected() && ctx.Err() == nil {
		slog.WarnContext(ctx, "registering the tray icon", "err", err)
	}
}
