package app

import (
	"context"
	"testing"

	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/store"
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

func TestEveryReasonOfTheDiskHasASentenceOfItsOwn(t *testing.T) {
	seen := make(map[words.Sentence]bool)
	for _, r := range []store.Reason{
		store.ReasonFull, store.ReasonReadOnly, store.ReasonDenied, store.ReasonMoved, store.ReasonDamaged, store.ReasonClosed, store.ReasonOther,
	} {
		if s := diskSentence(r); s.IsZero() || seen[s] {
			t.Errorf("sentence of %s = %q, want one of its own", r, s)
		} else {
			seen[s] = true
		}
	}
	if got := diskSentence(""); !got.IsZero() {
		t.Errorf("sentence of no reason = %q, want none", got)
	}
}
