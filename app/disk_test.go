package app

import (
	"context"
	"testing"

	"vastrelay/relay"
)

func TestNoEventIsTakenThatWouldNeverBePosted(t *testing.T) {
	taken := false
	intake := accepting(func() { taken = true })
	d := destinationGuard{intake, func() bool { return false }}
	if fresh, err := d.Accept(t.Context(), relay.Event{ID: "early"}); err == nil || fresh || taken {
		t.Errorf("without a destination: got %v, %v, taken %v; want it refused for now", fresh, err, taken)
	}
	d.hasDestination = func() bool { return true }
	if fresh, err := d.Accept(t.Context(), relay.Event{ID: "early"}); err != nil || !fresh || !taken {
		t.Errorf("with one: got %v, %v, taken %v; want it taken", fresh, err, taken)
	}
}

// accepting is an intake that takes everything.
type accepting func()

func (a accepting) Accept(context.Context, relay.Event) (bool, error) { a(); return true, nil }

func (a accepting) Keep(context.Context, relay.Event, relay.Verdict) (bool, error) { return true, nil }

func (a accepting) Known(context.Context, relay.Event) (bool, error) { return false, nil }
