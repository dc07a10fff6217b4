package bridge

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

func TestRestartsAfterFailedProbes(t *testing.T) {
	moved := tunnel.Link{State: tunnel.Online, URL: "https://moved.ngrok-free.app"}
	tests := []struct {
		name     string
		back     tunnel.Link // what the link is after a restart
		after    time.Duration
		restarts int
		probes   int // at most
	}{
		{"one at once, though the link comes back at once", online(), 10 * time.Second, 1, 4},
		{"none before two minutes are over", online(), 2*time.Minute - time.Second, 1, 10},
		{"the second after two minutes", online(), 3*time.Minute + time.Second, 2, 12},
		{"the third after four more", online(), 8 * time.Minute, 3, 20},
		{"then every fifteen minutes", online(), 84 * time.Minute, 8, 120},
		{"none for a link that does not come back", tunnel.Link{State: tunnel.Reconnecting}, time.Minute, 1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(_ *testing.T, r *rig) {
				r.probe, r.back = errors.New("another program answered"), tt.back
			}, func(t *testing.T, r *rig) {
				r.link(online())
				time.Sleep(tt.after)
				synctest.Wait()
				if got := r.count("restart"); got != tt.restarts {
					t.Errorf("got %d restarts in %v, want %d", got, tt.after, tt.restarts)
				}
				if got := r.count("probe"); got > tt.probes || got == 0 {
					t.Errorf("got %d probes in %v, want 1 to %d", got, tt.after, tt.probes)
				}
			})
		})
	}
	t.Run("a link that comes back under another name is proven at once", func(t *testing.T) {
		play(t, func(_ *testing.T, r *rig) { r.probe, r.back = errors.New("another program answered"), moved }, func(t *testing.T, r *rig) {
			r.link(online())
			if got := r.count("probe"); got != 2 {
				t.Errorf("got %d probes, want one of each address", got)
			}
		})
	})
	t.Run("after a probe that succeeded the next failure restarts at once", func(t *testing.T) {
		play(t, func(_ *testing.T, r *rig) { r.probe, r.back = errors.New("another program answered"), online() }, func(t *testing.T, r *rig) {
			r.link(online())
			r.do(func() { r.probe = nil })
			time.Sleep(retryMost)
			synctest.Wait()
			r.wantPhase(t, status.Relaying, "")
			r.do(func() { r.probe = errors.New("another program answered") })
			recheck()
			if got := r.count("restart"); got != 2 {
				t.Errorf("got %d restarts, want one for each stretch of failures", got)
			}
		})
	})
	t.Run("a link that drops by itself afterwards is news", func(t *testing.T) {
		play(t, func(_ *testing.T, r *rig) { r.probe, r.back = errors.New("another program answered"), online() }, func(t *testing.T, r *rig) {
			r.link(online())
			time.Sleep(time.Minute)
			before := r.count("probe")
			r.link(tunnel.Link{State: tunnel.Reconnecting})
			r.link(online())
			if got := r.count("probe") - before; got != 1 {
				t.Errorf("got %d probes, want one as soon as the link is back", got)
			}
		})
	})
	t.Run("with a locked keyring as well", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			r.do(func() { r.keyring, r.probe, r.back = locked(), errors.New("another program answered"), online() })
			r.link(tunnel.Link{State: tunnel.Reconnecting})
			r.link(online())
			time.Sleep(10 * time.Second)
			synctest.Wait()
			if restarts, probes := r.count("restart"), r.count("probe"); restarts != 1 || probes > 5 {
				t.Errorf("got %d restarts and %d probes in 10 s, want one restart and a backoff", restarts, probes)
			}
		})
	})
}

// TestStrangersDoNotCutABackoffShort forges one delivery after another while
// Vast.ai cannot be asked.
func TestStrangersDoNotCutABackoffShort(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.do(func() { r.test = func() error { return errors.New("no answer") } })
		before := r.count("ensure")
		for range 1000 {
			r.Suspect(relay.RoleClient)
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
		}
		if got := r.count("ensure") - before; got > 4 {
			t.Errorf("got %d passes in 10 s, want the backoff kept", got)
		}
	})
}

// TestALinkThatStaysDownDoesNotCutABackoffShort has the tunnel report each of
// its attempts while Vast.ai cannot be asked.
func TestALinkThatStaysDownDoesNotCutABackoffShort(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) { r.whoAmI = &vastapi.Error{Class: vastapi.Unreachable} }, func(t *testing.T, r *rig) {
		before := r.count("whoami")
		for i := range 100 {
			r.link(tunnel.Link{State: tunnel.Connecting, Err: fmt.Errorf("attempt %d", i), RetryAt: time.Now().Add(time.Second)})
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
		}
		if got := r.count("whoami") - before; got > 4 {
			t.Errorf("got %d calls in 10 s, want the backoff kept", got)
		}
	})
}
