package app

import (
	"context"
	"errors"
	"testing"

	"vastrelay/relay"
	"vastrelay/relay/store"
)

// failing is an intake that ends as it is told.
type failing struct{ err error }

func (f failing) Accept(context.Context, relay.Event) (bool, error) { return f.err == nil, f.err }

func (f failing) Keep(context.Context, relay.Event, relay.Verdict) (bool, error) {
	return f.err == nil, f.err
}

func (f failing) Known(context.Context, relay.Event) (bool, error) { return false, f.err }

func TestWhyTheDiskTakesNothingIsTold(t *testing.T) {
	unavailable := func(r store.Reason) error { return &store.UnavailableError{Reason: r, Err: errors.New("a cause")} }
	const untold store.Reason = "nothing was told"
	for _, tt := range []struct {
		name string
		err  error
		want store.Reason
	}{
		{"an event that is on disk", nil, ""},
		{"a full disk", unavailable(store.ReasonFull), store.ReasonFull},
		{"a read-only disk", unavailable(store.ReasonReadOnly), store.ReasonReadOnly},
		{"a damaged database", unavailable(store.ReasonDamaged), store.ReasonDamaged},
		{"a disk that may not be written", unavailable(store.ReasonDenied), store.ReasonDenied},
		{"a folder that is gone", unavailable(store.ReasonMoved), store.ReasonMoved},
		{"a disk that gives errors", unavailable(store.ReasonOther), store.ReasonOther},
		{"a caller that gave up says nothing of the disk", context.DeadlineExceeded, untold},
	} {
		t.Run(tt.name, func(t *testing.T) {
			told := untold
			d := reportingStore{failing{tt.err}, func(why store.Reason) { told = why }, func() bool { return true }}
			if fresh, err := d.Accept(t.Context(), relay.Event{}); fresh != (tt.err == nil) || !errors.Is(err, tt.err) || told != tt.want {
				t.Errorf("accept: got %v, %v and told %q, want %q", fresh, err, told, tt.want)
			}
			told = untold
			if fresh, err := d.Keep(t.Context(), relay.Event{}, relay.Late); fresh != (tt.err == nil) || !errors.Is(err, tt.err) || told != tt.want {
				t.Errorf("keep: got %v, %v and told %q, want %q", fresh, err, told, tt.want)
			}
		})
	}
}

func TestNoEventIsTakenThatWouldNeverBePosted(t *testing.T) {
	taken := false
	intake := accepting(func() { taken = true })
	d := reportingStore{intake, func(store.Reason) {}, func() bool { return false }}
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
