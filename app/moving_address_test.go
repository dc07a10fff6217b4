package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"vastrelay/app"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/vastapi/vasttest"
)

// TestTheAddressMoves has ngrok give another address after a reconnect. The
// agent says nothing of it where it keeps the listener; that events came to the
// old address moments before must not count for the new one.
func TestTheAddressMoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code, said := w.desktop(t, nil, func(_ context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		w.emit(t, vasttest.Emission{})
		for _, moved := range []string{"moved.ngrok-free.app", "moved-again.ngrok-free.app"} {
			w.edge.Assign(moved)
			began := time.Now()
			w.edge.CutAll()
			await(t, d, "relaying at "+moved, func(s status.Status) bool {
				return s.Phase == status.Relaying && strings.Contains(s.Address, moved)
			})
			took := time.Since(began)
			t.Logf("from the cut to a proven address at %s: %v", moved, took.Round(time.Millisecond))
			if limit := 10 * time.Second; slowSuite() && took > limit {
				t.Errorf("it took %v, want at most %v", took, limit)
			}
			hooks := w.hooks()
			if len(hooks) != 1 || hooks[0].URL != "https://"+moved+"/vast/client" {
				t.Errorf("got webhooks %+v, want the one of before at the new address", hooks)
			}
			w.emit(t, vasttest.Emission{})
		}
	})
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
}

// TestHowLongTheAddressIsUnproven measures from each kind of trouble to the next
// proof. Behind a network that went away without a word, only the word that the
// computer slept or changed its network makes the program look before the
// heartbeat of ngrok's agent does, after 15 to 25 seconds. "make slow", beside which
// nothing else runs, holds the time itself to a goal.
func TestHowLongTheAddressIsUnproven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code, said := w.desktop(t, nil, func(_ context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		for _, trouble := range []struct {
			name string
			make func()
		}{
			{"a dropped session", w.edge.CutAll},
			{"a sleep, with a dead connection", func() { w.edge.BlackHole(); d.Bridge.Reports().Woke() }},
			{"another network, with a dead connection", func() { w.edge.BlackHole(); d.Bridge.Reports().NetworkChanged() }},
		} {
			began := time.Now()
			trouble.make()
			await(t, d, "relaying after "+trouble.name, func(s status.Status) bool {
				return s.Phase == status.Relaying && s.Hop(health.HopAddress).Since.After(began)
			})
			took := time.Since(began)
			t.Logf("from %s to a proven address: %v", trouble.name, took.Round(time.Millisecond))
			if limit := 5 * time.Second; slowSuite() && took > limit {
				t.Errorf("after %s it took %v, want at most %v", trouble.name, took, limit)
			}
			w.emit(t, vasttest.Emission{})
		}
	})
	// What tells acting at once from waiting for the heartbeat, on however busy a
	// machine, is which of them found the connection dead. The first one was cut.
	if n := strings.Count(w.log(t), "tunnel dropped, reconnecting"); n != 1 {
		t.Errorf("got %d connections that ngrok's agent found dead, want 1: those of a sleep and another network were to be closed before", n)
	}
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
}
