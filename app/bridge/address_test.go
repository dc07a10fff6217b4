package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/link"
	"vastrelay/app/proofs"
	"vastrelay/app/reach"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

func TestALostLink(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.link(tunnel.Link{State: tunnel.Reconnecting, Err: errors.New("cut")})
		r.wantPhase(t, status.Starting, "")
		time.Sleep(link.Patience + time.Second)
		synctest.Wait()
		r.wantPhase(t, status.Attention, "Vast.ai cannot reach this computer")
		probes := r.count("probe")
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
		if got := r.count("probe"); got != probes+1 {
			t.Errorf("got %d probes after the link came back, want one", got-probes)
		}
	})
}

func TestAnotherAddressIsAnnounced(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.link(tunnel.Link{State: tunnel.Online, URL: "https://moved.ngrok-free.app"})
		if got := r.count("ensure"); got != 2 {
			t.Errorf("got the webhooks looked at %d times, want again after the move", got)
		}
		if got := r.Status().Webhooks[0].URL; got != "https://moved.ngrok-free.app/vast/client" {
			t.Errorf("got webhook address %q", got)
		}
	})
}

func TestStandbyTakesOverAndRenewsTheSecret(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(tunnel.Link{State: tunnel.InUse})
		r.wantPhase(t, status.Standby, "Standing by: another computer is relaying")
		before := r.callCount()
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
		if got, want := r.callsAfter(before), []string{"probe", "ensure", "rotate", "trust"}; !slices.Equal(got, want) || r.count("suspect") != 1 {
			t.Errorf("got calls %v and %d suspicions, want deliveries in doubt from the standby until the rotation: %v", got, r.count("suspect"), want)
		}
		if got := r.count("rotate"); got != 1 {
			t.Errorf("got %d rotations, want one: the other computer knows the secret", got)
		}
		r.link(tunnel.Link{State: tunnel.Reconnecting})
		r.link(online())
		if got := r.count("rotate"); got != 1 {
			t.Errorf("got %d rotations after a mere reconnect, want still one", got)
		}
	})
}

func TestATunnelThatGaveUp(t *testing.T) {
	refused := &tunnel.PermanentError{Mend: tunnel.MendToken, Code: "ERR_NGROK_107", Headline: "ngrok does not accept the token.", Next: "Paste another."}
	play(t, func(_ *testing.T, r *rig) { r.run = refused }, func(t *testing.T, r *rig) {
		r.wantPhase(t, status.Attention, "ngrok does not accept the token")
		if got := r.Status().Action; got != health.ActionReplaceToken {
			t.Errorf("got action %q", got)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := r.count("tunnel"); got != 1 {
			t.Errorf("got %d logins in an hour, want one: it was refused for good", got)
		}
		r.do(func() { r.run = nil })
		if err := r.SaveCredential(t.Context(), credentials.NgrokToken, "another token", nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
	})
}

// TestATunnelWhoseCredentialIsOptional relays without the credential, and with
// one that the vendor does not accept; only what the settings ask for and cannot
// be had without it needs a person.
func TestATunnelWhoseCredentialIsOptional(t *testing.T) {
	choose := func(t *testing.T, r *rig) {
		t.Helper()
		if err := r.settings.Change(to(config.Settings{Tunnel: "tunnelmole"})); err != nil {
			t.Fatal(err)
		}
	}
	key := func(r *rig) credentials.Credential {
		for _, c := range r.Credentials() {
			if c.Kind == credentials.TunnelmoleKey {
				return c
			}
		}
		return credentials.Credential{}
	}
	withKey := func(t *testing.T, r *rig) {
		t.Helper()
		choose(t, r)
		if err := r.vault.Set(t.Context(), secrets.NameTunnelmoleKey, relay.NewSecret("key-of-a-tunnel")); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("without it", func(t *testing.T) {
		play(t, choose, func(t *testing.T, r *rig) {
			r.link(online())
			r.wantPhase(t, status.Relaying, "")
			if c := key(r); c.State != credentials.Missing || c.Problem != nil || !c.CheckedAt.IsZero() {
				t.Errorf("got %+v, want it missing, which is no trouble", c)
			}
		})
	})
	t.Run("with one that is accepted", func(t *testing.T) {
		play(t, withKey, func(t *testing.T, r *rig) {
			r.link(online())
			r.wantPhase(t, status.Relaying, "")
			if c := key(r); c.State != credentials.InKeyring || c.Problem != nil || c.CheckedAt.IsZero() {
				t.Errorf("got %+v, want it proven", c)
			}
		})
	})
	t.Run("with one that is not accepted", func(t *testing.T) {
		play(t, withKey, func(t *testing.T, r *rig) {
			l := online()
			l.Headline, l.Cause, l.Next = "It does not accept the key.", "It gave out a random name.", "Paste another."
			r.link(l)
			r.wantPhase(t, status.Relaying, "")
			if c := key(r); c.Problem == nil || c.Problem.Headline.String() != "It does not accept the key" || c.Problem.Action != health.ActionReplaceTunnelmoleKey {
				t.Errorf("got %+v, want what is wrong with it", c)
			}
		})
	})
	t.Run("with settings that need it", func(t *testing.T) {
		refused := &tunnel.PermanentError{Mend: tunnel.MendToken, Credential: "tunnelmole_key", Headline: "It wants a key.", Next: "Paste one."}
		play(t, func(t *testing.T, r *rig) { choose(t, r); r.run = refused }, func(t *testing.T, r *rig) {
			r.wantPhase(t, status.Attention, "It wants a key")
			if got := r.Status().Action; got != health.ActionReplaceTunnelmoleKey {
				t.Errorf("got action %q", got)
			}
			if c := key(r); c.Problem == nil {
				t.Errorf("got %+v, want it blamed", c)
			}
		})
	})
}

// TestAnAccountThatWasPutRight does what the sentence of a refusal asks for,
// where that is done elsewhere and nothing here changes.
func TestAnAccountThatWasPutRight(t *testing.T) {
	tests := []struct {
		name string
		mend tunnel.Mend
		does func(t *testing.T, r *rig) error
	}{
		{"the e-mail is confirmed, then the button is pressed", tunnel.MendOutside, func(t *testing.T, r *rig) error {
			return r.Perform(t.Context(), r.Status().Action)
		}},
		{"another address is stopped, then the button is pressed", tunnel.MendOutside, func(t *testing.T, r *rig) error {
			return r.Perform(t.Context(), r.Status().Action)
		}},
		{"the same token is pasted again", tunnel.MendToken, func(t *testing.T, r *rig) error {
			return r.SaveCredential(t.Context(), credentials.NgrokToken, "token", nil)
		}},
		{"the domain is registered, then other settings are saved", tunnel.MendSettings, func(_ *testing.T, r *rig) error {
			r.ApplySettings()
			return nil
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refused := &tunnel.PermanentError{Mend: tt.mend, Headline: "ngrok refuses.", Next: "Put it right."}
			play(t, func(_ *testing.T, r *rig) { r.run = refused }, func(t *testing.T, r *rig) {
				r.wantPhase(t, status.Attention, "ngrok refuses")
				if h := r.Status().Hop(health.HopAddress); h.Severity != health.Person {
					t.Errorf("got hop %+v, want it to say that it stays so", h)
				}
				r.do(func() { r.run = nil })
				if err := tt.does(t, r); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				r.link(online())
				r.wantPhase(t, status.Relaying, "")
				if h := r.Status().Hop(health.HopAddress); h.Severity == health.Person {
					t.Errorf("got hop %+v, want it well", h)
				}
			})
		})
	}
}

func TestTheProbe(t *testing.T) {
	t.Run("somebody else answers", func(t *testing.T) {
		play(t, func(_ *testing.T, r *rig) { r.probe = errors.New("another program answered") }, func(t *testing.T, r *rig) {
			r.link(online())
			r.wantPhase(t, status.Attention, "The public address does not reach this computer")
			if r.count("ensure") != 0 {
				t.Error("got the webhook pointed at an address that is not ours")
			}
			time.Sleep(retryMost)
			if r.count("restart") == 0 {
				t.Error("got no new connection, though the name may have moved")
			}
			r.do(func() { r.probe = nil })
			time.Sleep(retryMost)
			synctest.Wait()
			r.wantPhase(t, status.Relaying, "")
		})
	})
	cannot := func(_ *testing.T, r *rig) { r.probe = fmt.Errorf("%w: no DNS", reach.ErrCannotCheck) }
	t.Run("what cannot be checked from here is proven by one test", func(t *testing.T) {
		play(t, cannot, func(t *testing.T, r *rig) {
			r.link(online())
			r.wantPhase(t, status.Relaying, "")
			if got := r.count("test"); got != 1 {
				t.Errorf("got %d tests, want one", got)
			}
			if r.RecordOnly(relay.Event{ID: "later", Type: relay.TestType}) {
				t.Error("got a later test recorded only, though the program's own is over")
			}
		})
	})
	t.Run("a test may arrive a little after Vast.ai's answer", func(t *testing.T) {
		play(t, func(t *testing.T, r *rig) {
			cannot(t, r)
			r.test = func() error {
				time.AfterFunc(2*time.Second, func() {
					ev := relay.Event{ID: "own", Type: relay.TestType, Role: relay.RoleClient}
					if !r.RecordOnly(ev) {
						t.Error("got the program's own test posted")
					}
					r.Delivery(relay.Delivery{Role: relay.RoleClient, Event: ev, Verdict: relay.Recorded, Status: 204, Arrived: time.Now()})
				})
				return nil
			}
		}, func(t *testing.T, r *rig) {
			r.link(online())
			time.Sleep(checks.ArrivalGrace)
			synctest.Wait()
			r.wantPhase(t, status.Relaying, "")
			if got := r.count("test"); got != 1 {
				t.Errorf("got %d tests, want one", got)
			}
		})
	})
	t.Run("a test that Vast.ai calls delivered but that did not arrive is a failure", func(t *testing.T) {
		play(t, func(t *testing.T, r *rig) { cannot(t, r); r.test = func() error { return nil } }, func(t *testing.T, r *rig) {
			r.link(online())
			time.Sleep(checks.ArrivalGrace)
			synctest.Wait()
			r.wantPhase(t, status.Attention, "A test from Vast.ai did not arrive")
		})
	})
}

func TestAPortThatAnotherProgramHolds(t *testing.T) {
	inUse := &tunnel.PermanentError{Mend: tunnel.MendLocally, Headline: "The local address 127.0.0.1:8787 cannot be used."}
	play(t, func(_ *testing.T, r *rig) { r.run = inUse }, func(t *testing.T, r *rig) {
		r.wantPhase(t, status.Attention, "The local address 127.0.0.1:8787 cannot be used")
		r.do(func() { r.run = nil })
		time.Sleep(2 * retryMost)
		synctest.Wait()
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestNoNewConnectionWhileDeliveriesArrive(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) {
		r.probe, r.hang = errors.New("a proxy on the way answers for everyone"), true
	}, func(t *testing.T, r *rig) {
		r.link(online())
		time.Sleep(time.Second)
		r.Delivery(relay.Delivery{Role: relay.RoleClient, Verdict: relay.Accepted, Status: 204, Arrived: time.Now()})
		r.do(func() { r.hang = false })
		r.ApplySettings()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if got := r.count("restart"); got != 0 {
			t.Errorf("got %d new connections, want the one that Vast.ai comes through left alone", got)
		}
	})
}

// TestAWrongSecretBehindAnAddressThatCannotBeChecked is the one proof that is
// left refused by our own receiver: the address would never be proven, and
// nothing taken, if the secret were not renewed.
func TestAWrongSecretBehindAnAddressThatCannotBeChecked(t *testing.T) {
	play(t, cannotCheckAndRefused, func(t *testing.T, r *rig) {
		r.rotated = func() { r.test = nil }
		r.link(online())
		time.Sleep(2 * retryMost)
		synctest.Wait()
		r.wantPhase(t, status.Relaying, "")
		if got := r.count("rotate"); got != 1 {
			t.Errorf("got %d rotations, want one", got)
		}
		if got := r.count("test"); got != 2 {
			t.Errorf("got %d tests, want the one that was refused and the one that proved the address", got)
		}
	})
}

func TestAProxyThatChangesWhatItPassesOn(t *testing.T) {
	play(t, cannotCheckAndRefused, func(t *testing.T, r *rig) {
		r.link(online())
		time.Sleep(proofs.TestEvery - time.Minute)
		synctest.Wait()
		r.wantPhase(t, status.Attention, "Deliveries are changed on their way here")
		if got := r.count("rotate"); got != 1 {
			t.Errorf("got %d rotations within 15 minutes, want one: it did not help", got)
		}
		r.do(func() { r.test = nil })
		time.Sleep(2 * retryMost)
		synctest.Wait()
		r.wantPhase(t, status.Relaying, "")
	})
}

// cannotCheckAndRefused is an address that only a test can prove, and a receiver
// that refuses the test's signature.
func cannotCheckAndRefused(_ *testing.T, r *rig) {
	r.probe = reach.ErrCannotCheck
	r.test = func() error {
		r.Delivery(relay.Delivery{Role: relay.RoleClient, Status: 401, Code: relay.CodeInvalidSignature})
		return &vastapi.Error{Class: vastapi.NotDeliverable}
	}
}

func TestTheAddressClosesAtOnceWhenTheProgramStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = r.Run(ctx) }()
		synctest.Wait()
		r.link(online())
		r.do(func() { r.reading = func(context.Context) error { time.Sleep(3 * time.Second); return nil } })
		r.ApplySettings() // a pass is held up by a keyring that takes its time
		synctest.Wait()
		cancel()
		synctest.Wait()
		if got := r.count("tunnel ended"); got != 1 {
			t.Errorf("got the address closed %d times before the pass had ended, want it closed at once: closing takes a while too", got)
		}
		<-done
	})
}

func TestAnAddressIsNotProvenByWhatCameToTheOneBefore(t *testing.T) {
	cannot := func(_ *testing.T, r *rig) { r.probe = reach.ErrCannotCheck }
	delivered := func(r *rig) {
		r.Delivery(relay.Delivery{Role: relay.RoleClient, Verdict: relay.Accepted, Status: 204, Arrived: time.Now()})
	}
	moved := tunnel.Link{State: tunnel.Online, URL: "https://moved.ngrok-free.app"}
	play(t, cannot, func(t *testing.T, r *rig) {
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
		time.Sleep(time.Minute)
		delivered(r)
		r.link(tunnel.Link{State: tunnel.Reconnecting})
		r.link(online())
		if got := r.count("test"); got != 1 {
			t.Errorf("got %d tests after the same address came back, want the one before", got)
		}
		r.link(moved)
		r.wantPhase(t, status.Relaying, "")
		if got := r.count("test"); got != 2 {
			t.Errorf("got %d tests after the address moved, want another", got)
		}
	})
	t.Run("but by what came to it", func(t *testing.T) {
		play(t, func(t *testing.T, r *rig) { cannot(t, r); r.hang = true }, func(t *testing.T, r *rig) {
			r.link(moved)
			time.Sleep(time.Second)
			delivered(r)
			r.do(func() { r.hang = false })
			r.ApplySettings()
			synctest.Wait()
			r.wantPhase(t, status.Relaying, "")
			if got := r.count("test"); got != 0 {
				t.Errorf("got %d tests, want none: a delivery has come through", got)
			}
		})
	})
}

// behindProxy makes the tunnel one with a proxy in front.
func behindProxy(_ *testing.T, r *rig) {
	r.core.o.Factories.Vendors[0].ProxyInFront = func(tunnel.Values) bool { return true }
}

func TestBehindAProxyOnlyADeliveryProvesTheAddress(t *testing.T) {
	t.Run("a test of Vast.ai follows the probe that passes, and the next a day later", func(t *testing.T) {
		play(t, behindProxy, func(t *testing.T, r *rig) {
			r.link(online())
			r.wantPhase(t, status.Relaying, "")
			if probes, tests := r.count("probe"), r.count("test"); probes != 1 || tests != 1 {
				t.Errorf("got %d probes and %d tests, want one of each", probes, tests)
			}
			if h := r.Status().Hop(health.HopAddress); h.State != health.HopOK || !strings.Contains(h.Detail.String(), "test delivery") {
				t.Errorf("got hop %+v, want it proven by the test", h)
			}
			time.Sleep(proofs.ReachedLasts - time.Hour)
			synctest.Wait()
			r.wantPhase(t, status.Relaying, "")
			if probes, tests := r.count("probe"), r.count("test"); probes < 50 || tests != 1 {
				t.Errorf("got %d probes and %d tests within the day, want probes alone", probes, tests)
			}
			time.Sleep(2 * time.Hour)
			synctest.Wait()
			if got := r.count("test"); got != 2 {
				t.Errorf("got %d tests after the day, want another", got)
			}
		})
	})
	t.Run("each of two webhooks is proven by a test of its own, once a day", func(t *testing.T) {
		both := func(t *testing.T, r *rig) {
			behindProxy(t, r)
			if err := r.settings.Change(to(config.Settings{EventTypes: []string{"client:outbid", "host:machine_offline"}, Host: true})); err != nil {
				t.Fatal(err)
			}
		}
		play(t, both, func(t *testing.T, r *rig) {
			r.link(online())
			time.Sleep(2 * time.Hour)
			r.Delivery(relay.Delivery{Role: relay.RoleClient, Verdict: relay.Accepted, Status: 204, Arrived: time.Now()})
			time.Sleep(proofs.ReachedLasts - 3*time.Hour)
			synctest.Wait()
			r.wantPhase(t, status.Relaying, "")
			if got := r.count("test"); got != 2 {
				t.Errorf("got %d tests within the day, want one for each webhook", got)
			}
		})
	})
	t.Run("a test that is turned away names the proxy", func(t *testing.T) {
		refuse := func(t *testing.T, r *rig) {
			behindProxy(t, r)
			r.test = func() error { return &vastapi.Error{Class: vastapi.NotDeliverable} }
		}
		play(t, refuse, func(t *testing.T, r *rig) {
			r.link(online())
			r.wantPhase(t, status.Attention, "Vast.ai's deliveries do not get through to this computer")
			if h := r.Status().Hop(health.HopAddress); !strings.Contains(h.Next.String(), "name.ngrok-free.app/vast/") {
				t.Errorf("got the next step %q, want the path that must pass", h.Next)
			}
			r.do(func() { r.test = nil })
			time.Sleep(proofs.TestEvery + retryMost)
			synctest.Wait()
			r.wantPhase(t, status.Relaying, "")
		})
	})
	t.Run("so does one that never arrives", func(t *testing.T) {
		lost := func(t *testing.T, r *rig) { behindProxy(t, r); r.test = func() error { return nil } }
		play(t, lost, func(t *testing.T, r *rig) {
			r.link(online())
			time.Sleep(time.Minute)
			synctest.Wait()
			r.wantPhase(t, status.Attention, "Vast.ai's deliveries do not get through to this computer")
		})
	})
	t.Run("a probe that somebody else answers is still told as that", func(t *testing.T) {
		elsewhere := func(t *testing.T, r *rig) { behindProxy(t, r); r.probe = errors.New("another page") }
		play(t, elsewhere, func(t *testing.T, r *rig) {
			r.link(online())
			r.wantPhase(t, status.Attention, "The public address does not reach this computer")
			if got := r.count("test"); got != 0 {
				t.Errorf("got %d tests, want none", got)
			}
		})
	})
}

func TestAMovedAddressIsNotCalledProvenBeforeItsWebhookFollows(t *testing.T) {
	moved := tunnel.Link{State: tunnel.Online, URL: "https://moved.ngrok-free.app"}
	tests := []struct {
		name string
		via  func(r *rig)
	}{
		{"after a reconnect", func(r *rig) { r.link(tunnel.Link{State: tunnel.Reconnecting}); r.link(moved) }},
		{"without a reconnect", func(r *rig) { r.link(moved) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				r.wantPhase(t, status.Relaying, "")
				stop := r.Watch(func(status.Change) {
					s := r.Status()
					if s.Phase == status.Relaying && s.Address == moved.URL && !strings.HasPrefix(s.Webhooks[0].URL, moved.URL) {
						t.Errorf("got %q at %s while Vast.ai delivers to %s", s.Headline, s.Address, s.Webhooks[0].URL)
					}
				})
				defer stop()
				tt.via(r)
				synctest.Wait()
				r.wantPhase(t, status.Relaying, "")
				if got := r.Status().Address; got != moved.URL {
					t.Errorf("got address %q", got)
				}
			})
		})
	}
}

func TestATunnelThatReportsNothingFailsAfterAWhile(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		time.Sleep(link.Patience - time.Second)
		synctest.Wait()
		r.wantPhase(t, status.Starting, "")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if s := r.Status(); s.Phase != status.Attention || s.Hop(health.HopAddress).Condition != health.TunnelDown {
			t.Errorf("got %s: %q, want to be told that there is no address", s.Phase, s.Headline)
		}
	})
}
