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
		{"a folder that is gone", unavailable(store.ReasonOther), store.ReasonOther},
		{"a caller that gave up says nothing of the disk", context.DeadlineExceeded, untold},
	} {
		t.Run(tt.name, func(t *testing.T) {
			told := untold
			d := disk{failing{tt.err}, func(why store.Reason) { told = why }}
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
