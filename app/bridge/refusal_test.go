package bridge

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/link"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

// refusal is what a vendor gives up a tunnel for.
func refusal(mend tunnel.Mend) *tunnel.PermanentError {
	return &tunnel.PermanentError{Mend: mend, Code: "ERR_NGROK_9040", Headline: "ngrok refuses.", Cause: "ngrok says: no.", Next: "Put it right."}
}

func TestARefusalAfterAHealthyRunIsTriedAgain(t *testing.T) {
	for _, mend := range []tunnel.Mend{tunnel.MendSettings, tunnel.MendToken, tunnel.MendOutside} {
		t.Run(string(mend), func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				r.wantPhase(t, status.Relaying, "")
				r.do(func() { r.run = refusal(mend) })
				r.ends <- refusal(mend)
				synctest.Wait()
				r.wantPhase(t, status.Attention, "ngrok refuses")
				if h := r.Status().Hop(health.HopAddress); h.Severity == health.Person || h.Severity != health.Passing || !strings.Contains(h.Next.String(), "Put it right. It is tried again by itself") {
					t.Errorf("got hop %+v, want it to say that it is tried again", h)
				}
				time.Sleep(14 * time.Minute)
				synctest.Wait()
				if got := r.count("tunnel"); got != 1 {
					t.Errorf("got %d tunnels within 14 minutes, want none after the refused one", got)
				}
				time.Sleep(2*time.Hour - 14*time.Minute)
				synctest.Wait()
				r.wantPhase(t, status.Attention, "ngrok refuses")
				if got := r.count("tunnel"); got < 8 || got > 9 {
					t.Errorf("got %d tunnels within two hours, want one every 15 minutes", got)
				}
				r.do(func() { r.run = nil })
				time.Sleep(retryRefused + link.Patience)
				synctest.Wait()
				r.link(online())
				r.wantPhase(t, status.Relaying, "")
			})
		})
	}
}

// TestARefusalAtTheStart restarts the program and has its tunnel refused.
func TestARefusalAtTheStart(t *testing.T) {
	for _, tt := range []struct {
		name    string
		mend    tunnel.Mend
		change  func(t *testing.T, r *rig) // between the runs; nil: nothing
		never   bool                       // the first run proves no address
		standby bool                       // the first run stands by before
		final   bool
	}{
		{name: "by a token that has never proved an address", mend: tunnel.MendOutside, never: true, final: true},
		{name: "by a token that has", mend: tunnel.MendOutside},
		{name: "of the token itself, which has proved an address", mend: tunnel.MendToken},
		{name: "of the domain, which it has proved", mend: tunnel.MendSettings},
		{name: "by a token that took over from another computer", mend: tunnel.MendOutside, standby: true},
		{name: "by another token", mend: tunnel.MendOutside, change: func(t *testing.T, r *rig) {
			t.Helper()
			if err := r.vault.Set(t.Context(), secrets.NameNgrokToken, relay.NewSecret("another")); err != nil {
				t.Fatal(err)
			}
		}, final: true},
		{name: "of another domain", mend: tunnel.MendSettings, change: useDomain, final: true},
		{name: "by the network, with another domain", mend: tunnel.MendOutside, change: useDomain},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				file := &proofFile{}
				playOnce(t, func(_ *testing.T, r *rig) { r.core.proofs.File = file }, func(_ *testing.T, r *rig) {
					if tt.never {
						r.do(func() { r.probe = errors.New("another program answered") })
					}
					if tt.standby {
						r.link(tunnel.Link{State: tunnel.InUse})
					}
					r.link(online())
				})
				playOnce(t, func(t *testing.T, r *rig) {
					r.core.proofs.File, r.run = file, refusal(tt.mend)
					if tt.change != nil {
						tt.change(t, r)
					}
				}, func(t *testing.T, r *rig) {
					r.wantPhase(t, status.Attention, "ngrok refuses")
					if h := r.Status().Hop(health.HopAddress); (h.Severity == health.Person) != tt.final {
						t.Errorf("got hop %+v, want final %v", h, tt.final)
					}
					want := 2
					if tt.final {
						want = 1
					}
					time.Sleep(retryRefused + time.Minute)
					synctest.Wait()
					if got := r.count("tunnel"); got != want {
						t.Errorf("got %d tunnels in 16 minutes, want %d", got, want)
					}
				})
			})
		})
	}
}

func useDomain(t *testing.T, r *rig) {
	t.Helper()
	if err := r.settings.Change(to(config.Settings{TunnelValues: tunnel.Values{"ngrok_domain": "other.ngrok.app"}})); err != nil {
		t.Fatal(err)
	}
}

func TestALocalAddressThatCannotBeUsedIsTriedAgainSoon(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) { r.run = refusal(tunnel.MendLocally) }, func(t *testing.T, r *rig) {
		if h := r.Status().Hop(health.HopAddress); h.Severity != health.Person {
			t.Errorf("got hop %+v, want a start that needs somebody", h)
		}
		r.do(func() { r.run = nil })
		time.Sleep(2 * retryMost)
		synctest.Wait()
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestATunnelThatEndsByItselfIsTriedAgain(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.ends <- errors.New("the listener broke")
		synctest.Wait()
		r.wantPhase(t, status.Attention, "Something went wrong")
		time.Sleep(2 * retryMost)
		synctest.Wait()
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestWhatTheVendorSaysIsShown(t *testing.T) {
	refused := tunnel.Link{
		State: tunnel.Connecting, Err: errors.New("ERR_NGROK_4711"), Code: "ERR_NGROK_4711",
		Headline: "ngrok refuses the connection.", Cause: "ngrok says: no Mondays.", Next: "It is tried again each minute.",
	}
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(refused)
		r.wantPhase(t, status.Attention, "ngrok refuses the connection")
		h := r.Status().Hop(health.HopAddress)
		if h.Code != "ERR_NGROK_4711" || !strings.Contains(h.Next.String(), "no Mondays") || h.Severity == health.Person || h.Severity != health.Passing {
			t.Errorf("got hop %+v, want ngrok's words and its code", h)
		}
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
	})
}

// TestAKeyThatIsRefusedLater has Vast.ai refuse the key of a healthy run.
func TestAKeyThatIsRefusedLater(t *testing.T) {
	for _, class := range []vastapi.Class{vastapi.BadKey, vastapi.MissingPermission} {
		t.Run(string(class), func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				r.do(func() { r.whoAmI = &vastapi.Error{Class: class} })
				recheck()
				if got := r.Status().Phase; got != status.Attention {
					t.Fatalf("got phase %s, want attention", got)
				}
				time.Sleep(30 * time.Minute)
				before := r.count("whoami")
				time.Sleep(3 * time.Hour)
				synctest.Wait()
				if got := r.count("whoami") - before; got < 12 || got > 17 {
					t.Errorf("got %d calls with a refused key in three hours, want about one in 15 minutes", got)
				}
				r.do(func() { r.whoAmI = nil })
				time.Sleep(retryRefused)
				synctest.Wait()
				r.wantPhase(t, status.Relaying, "")
				if slices.Contains(r.callsAfter(0), "tunnel ended") {
					t.Error("the address was closed meanwhile")
				}
			})
		})
	}
}

func TestARefusalWhileStandingByIsTriedAgain(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(tunnel.Link{State: tunnel.InUse})
		r.wantPhase(t, status.Standby, "")
		r.ends <- refusal(tunnel.MendOutside)
		synctest.Wait()
		if h := r.Status().Hop(health.HopAddress); h.Severity == health.Person || h.Severity != health.Passing {
			t.Errorf("got hop %+v, want it tried again: the address works elsewhere", h)
		}
	})
}
