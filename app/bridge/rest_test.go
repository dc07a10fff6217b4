package bridge

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay/tunnel"
)

// TestNothingRunsWhileNothingHappens counts the passes of an hour in which the
// program waits for a person or for its link.
func TestNothingRunsWhileNothingHappens(t *testing.T) {
	const (
		quarterly = 4 + 2   // and the pass at the start, and the one that shows a lost link
		keyring   = 120 + 1 // a keyring that hung looks locked, and does not tell when it answers again
	)
	for _, tt := range []struct {
		name    string
		prepare func(t *testing.T, r *rig)
		phase   status.Phase
		most    int
	}{
		{"a credential is missing", func(t *testing.T, r *rig) {
			_ = r.vault.Delete(t.Context(), secretNames[credentials.VastKey])
		}, status.Setup, quarterly},
		{"the keyring is locked", func(_ *testing.T, r *rig) { r.usedBefore(); r.keyring = locked() }, status.Attention, keyring},
		{"the tunnel was refused until a person acts", func(_ *testing.T, r *rig) {
			r.run = &tunnel.PermanentError{Mend: tunnel.MendToken, Headline: "ngrok refuses."}
		}, status.Attention, quarterly},
		{"the link does not come up", func(*testing.T, *rig) {}, status.Attention, quarterly},
	} {
		t.Run(tt.name, func(t *testing.T) {
			looks := 0
			play(t, func(t *testing.T, r *rig) {
				tt.prepare(t, r)
				r.looking = func(context.Context) { looks++ } // each pass begins with one
			}, func(t *testing.T, r *rig) {
				time.Sleep(time.Hour)
				synctest.Wait()
				r.wantPhase(t, tt.phase, "")
				if looks > tt.most {
					t.Errorf("got %d passes in an hour, want at most %d", looks, tt.most)
				}
			})
		})
	}
}

func TestALinkThatComesBackLateAfterARestartIsProvenAtOnce(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) { r.probe = errors.New("another program answered") }, func(t *testing.T, r *rig) {
		r.link(online()) // its probe fails, so the tunnel is restarted
		r.link(tunnel.Link{State: tunnel.Reconnecting})
		time.Sleep(recheckEvery / 2)
		synctest.Wait()
		r.do(func() { r.probe = nil })
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestATunnelThatEndsBehindALockedKeyringIsTriedAgain(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
		r.do(func() { r.keyring = locked() })
		r.ends <- errors.New("the connection was reset")
		synctest.Wait()
		time.Sleep(retryMost + time.Second)
		synctest.Wait()
		if got := r.count("tunnel"); got != 2 {
			t.Fatalf("got %d tunnels, want another one after the first ended", got)
		}
		r.link(online())
		if h := r.Status().Hop(health.HopAddress); h.State != health.HopOK {
			t.Errorf("got hop %+v, want the address open again with the token that was in use", h)
		}
	})
}
