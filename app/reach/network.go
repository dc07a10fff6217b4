package reach

import (
	"context"
	"net"
	"net/netip"
	"time"
)

const (
	// networkSettles is how long the system's words of one change take to come.
	networkSettles = 500 * time.Millisecond
	// networkEvery is how often the way out is looked at where the system says
	// nothing of changes.
	networkEvery = 15 * time.Second
)

// WatchNetwork calls changed each time this computer reaches the internet in
// another way than before, or does again, until ctx ends: it joined another
// network, or its cable was plugged in again. Connections that were open may be
// dead then without a sign. changed must return fast.
func WatchNetwork(ctx context.Context, changed func()) {
	watchNetwork(ctx, networkEvents(ctx), func() string { return wayOut(ctx) }, changed)
}

// watchNetwork is WatchNetwork with the system's words of changes, nil where it
// says nothing, and the way out as text, empty while there is none.
func watchNetwork(ctx context.Context, events <-chan struct{}, way func() string, changed func()) {
	last, offline := way(), false
	for {
		var due <-chan time.Time
		if events == nil {
			due = time.After(networkEvery)
		}
		select {
		case <-ctx.Done():
			return
		case _, open := <-events:
			if !open {
				events = nil // from now on by looking
			}
		case <-due:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(networkSettles):
		}
		now := way()
		switch {
		case now == "":
			offline = true
		case now != last || offline:
			if last != "" || offline {
				changed()
			}
			last, offline = now, false
		}
	}
}

// wayOut is the address that this computer would reach the internet from; empty
// while there is no route. Nothing is sent. The lower half of an address of
// version 6 changes by itself now and then, and is left out.
func wayOut(ctx context.Context) string {
	if from, ok := sourceFor(ctx, "udp4", "192.0.2.1:9"); ok { // an address for documentation: RFC 5737
		return from.String()
	}
	from, ok := sourceFor(ctx, "udp6", "[2001:db8::1]:9") // RFC 3849
	if !ok {
		return ""
	}
	prefix, err := from.Prefix(64)
	if err != nil {
		return ""
	}
	return prefix.String()
}

// sourceFor is the address that a packet to the destination would carry.
func sourceFor(ctx context.Context, network, destination string) (netip.Addr, bool) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, destination)
	if err != nil {
		return netip.Addr{}, false
	}
	defer func() { _ = conn.Close() }()
	from, err := netip.ParseAddrPort(conn.LocalAddr().String())
	return from.Addr().WithZone(""), err == nil
}

// wake puts a word into a channel of capacity one, unless one is there already.
func wake(events chan<- struct{}) {
	select {
	case events <- struct{}{}:
	default:
	}
}
