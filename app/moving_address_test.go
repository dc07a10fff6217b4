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
			if limit := unproven(10 * time.Second); took > limit {
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
// heartbeat of ngrok's agent does.
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
			if limit := unproven(5 * time.Second); took > limit {
				t.Errorf("after %s it took %v, want at most %v", trouble.name, took, limit)
			}
			w.emit(t, vasttest.Emission{})
		}
	})
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
}

// unproven returns how long an address may be unproven: the goal on a machine that
// does nothing else, as "make slow" has it. Beside other tests it is what tells acting
// at once from waiting for ngrok's heartbeat, which finds a dead connection after 15 to
// 25 seconds.
func unproven(goal time.Duration) time.Duration {
	if slowSuite() {
		return goal
	}
	return 14 * time.Second
}
