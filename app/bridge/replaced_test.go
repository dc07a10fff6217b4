package bridge

import (
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/link"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// change puts another tunnel in force, as the settings window does.
func (r *rig) change(t *testing.T, name string, values tunnel.Values) {
	t.Helper()
	s := r.settings.Settings()
	s.Tunnel, s.TunnelValues = name, values
	if err := r.settings.Change(to(s)); err != nil {
		t.Fatal(err)
	}
	r.ApplySettings()
	synctest.Wait()
}

// anotherDomain are the values of a tunnel with another name.
func anotherDomain() tunnel.Values { return tunnel.Values{"ngrok_domain": "second.ngrok-free.app"} }

// second is the link under that name.
func second() tunnel.Link {
	return tunnel.Link{State: tunnel.Online, URL: "https://second.ngrok-free.app"}
}

func TestTheAddressBeforeStaysUntilTheNextIsProven(t *testing.T) {
	// stays fails unless the first tunnel is open.
	stays := func(t *testing.T, r *rig) {
		t.Helper()
		if got := r.count("tunnel ended"); got != 0 {
			t.Errorf("got %d tunnels closed, want the one that Vast.ai delivers to left open", got)
		}
		if got := r.Status().AddressBefore; got != online().URL {
			t.Errorf("got the address before %q, want %q", got, online().URL)
		}
	}
	// gone fails unless so many tunnels were closed and no address from before is told.
	gone := func(t *testing.T, r *rig, closed int) {
		t.Helper()
		if got := r.count("tunnel ended"); got != closed {
			t.Errorf("got %d tunnels closed, want %d", got, closed)
		}
		if got := r.Status().AddressBefore; got != "" {
			t.Errorf("got the address before %q, want none", got)
		}
	}
	tests := []struct {
		name string
		plot func(t *testing.T, r *rig)
	}{
		{"and a moment longer, for what is on its way", func(t *testing.T, r *rig) {
			r.change(t, "ngrok", anotherDomain())
			stays(t, r)
			if got, want := r.core.board.hop(health.HopAddress).Detail, words.New("hop.address.replacing", words.Args{"Host": link.Host(online().URL)}); got != want {
				t.Errorf("got %q meanwhile, want %q", got, want)
			}
			r.link(second())
			r.wantPhase(t, status.Relaying, "")
			stays(t, r)
			time.Sleep(lingerReplaced + time.Second)
			synctest.Wait()
			gone(t, r, 1)
			r.wantPhase(t, status.Relaying, "")
		}},
		{"untouched by settings of a tunnel that is not in use", func(t *testing.T, r *rig) {
			r.change(t, "ngrok", tunnel.Values{"public_url": "https://relay.example.net", "listen": "127.0.0.1:8800"})
			gone(t, r, 0)
			r.wantPhase(t, status.Relaying, "")
		}},
		{"also while the next cannot be had", func(t *testing.T, r *rig) {
			r.do(func() { r.run = refusal(tunnel.MendSettings) })
			r.change(t, "ngrok", anotherDomain())
			r.wantPhase(t, status.Attention, "ngrok refuses")
			time.Sleep(24 * time.Hour)
			synctest.Wait()
			stays(t, r)
		}},
		{"and is taken into use again when a person changes back", func(t *testing.T, r *rig) {
			r.change(t, "ngrok", anotherDomain())
			r.change(t, "ngrok", nil)
			r.wantPhase(t, status.Relaying, "")
			gone(t, r, 1) // the second one, which never had an address
			if got := r.count("tunnel"); got != 2 {
				t.Errorf("got %d tunnels, want the first one once more and no third", got)
			}
			if got := r.Status().Address; got != online().URL {
				t.Errorf("got address %q", got)
			}
		}},
		{"unless the next needs its port", func(t *testing.T, r *rig) {
			taken := refusal(tunnel.MendLocally)
			taken.Reason = tunnel.ReasonAddressInUse
			r.do(func() { r.run = taken })
			r.change(t, "ngrok", anotherDomain())
			gone(t, r, 1)
			r.do(func() { r.run = nil })
			time.Sleep(retryMost)
			synctest.Wait()
			r.link(second())
			r.wantPhase(t, status.Relaying, "")
		}},
		{"also while the next lacks something else on this computer", func(t *testing.T, r *rig) {
			r.do(func() { r.run = refusal(tunnel.MendLocally) }) // such as a program that is not installed
			r.change(t, "ngrok", anotherDomain())
			r.wantPhase(t, status.Attention, "ngrok refuses")
			time.Sleep(time.Hour)
			synctest.Wait()
			stays(t, r)
		}},
		{"unless it holds the name of the next", func(t *testing.T, r *rig) {
			r.change(t, "ngrok", anotherDomain())
			r.link(tunnel.Link{State: tunnel.InUse})
			gone(t, r, 1)
			if r.count("restart") != 1 {
				t.Error("the next was not told to ask for the name again")
			}
			r.link(second())
			r.wantPhase(t, status.Relaying, "")
			if r.count("rotate") != 0 {
				t.Error("the secret was renewed, though no other computer has had the name")
			}
		}},
		{"also while the token of the next is missing", func(t *testing.T, r *rig) {
			r.change(t, "tunnelmole", nil) // needs none
			stays(t, r)
			r.link(second())
			time.Sleep(lingerReplaced + time.Second)
			synctest.Wait()
			if err := r.vault.Delete(t.Context(), secrets.NameNgrokToken); err != nil {
				t.Fatal(err)
			}
			r.change(t, "ngrok", nil)
			r.wantPhase(t, status.Setup, "")
			if got := r.Status().AddressBefore; got != second().URL || r.count("tunnel ended") != 1 {
				t.Errorf("got the address before %q, want that of the tunnel at work", got)
			}
			if hooks := r.Status().Webhooks; len(hooks) == 0 || !hooks[0].LeadsHere() {
				t.Errorf("got webhooks %+v, want those that still deliver", hooks)
			}
		}},
		{"unless the key is removed", func(t *testing.T, r *rig) {
			r.change(t, "ngrok", anotherDomain())
			if err := r.RemoveCredential(t.Context(), credentials.VastKey); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			gone(t, r, 2)
		}},
		{"unless only the token changes, under the same name", func(t *testing.T, r *rig) {
			if err := r.vault.Set(t.Context(), secrets.NameNgrokToken, relay.NewSecret("another")); err != nil {
				t.Fatal(err)
			}
			r.ApplySettings()
			synctest.Wait()
			gone(t, r, 1)
		}},
		{"unless it stands by for another computer", func(t *testing.T, r *rig) {
			r.link(tunnel.Link{State: tunnel.InUse})
			r.change(t, "ngrok", anotherDomain())
			gone(t, r, 1)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				r.wantPhase(t, status.Relaying, "")
				tt.plot(t, r)
			})
		})
	}
	t.Run("unless it ends by itself, or comes up under another address", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			first := r.report
			r.change(t, "ngrok", anotherDomain())
			for _, tt := range []struct {
				link tunnel.Link
				want string
			}{
				{tunnel.Link{State: tunnel.Reconnecting}, ""},
				{online(), online().URL},
				{tunnel.Link{State: tunnel.Online, URL: "https://new.example"}, ""},
				{online(), online().URL},
				{tunnel.Link{State: tunnel.Stopped}, ""},
			} {
				first(tt.link)
				synctest.Wait()
				if got := r.Status().AddressBefore; got != tt.want {
					t.Errorf("%+v: got the address before %q, want %q", tt.link, got, tt.want)
				}
			}
		})
	})
	t.Run("and connects anew after a sleep, also while no other is open", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.change(t, "tunnelmole", nil)
			r.link(online())
			if err := r.vault.Delete(t.Context(), secrets.NameNgrokToken); err != nil {
				t.Fatal(err)
			}
			r.change(t, "ngrok", nil)
			stays := r.Status().AddressBefore
			restarts := r.count("restart")
			r.Woke()
			synctest.Wait()
			if got := r.count("restart") - restarts; got != 1 || stays != online().URL || r.Status().AddressBefore != "" {
				t.Errorf("got %d restarts and the address before %q, then %q", got, stays, r.Status().AddressBefore)
			}
			r.link(online())
			if got := r.Status().AddressBefore; got != online().URL {
				t.Errorf("got the address before %q once it is up again", got)
			}
		})
	})
	t.Run("and its token is shown to no other vendor while the keyring is locked", func(t *testing.T) {
		given := map[string]relay.Secret{}
		play(t, func(_ *testing.T, r *rig) {
			makeTunnel := r.core.o.Factories.Tunnel
			r.core.o.Factories.Tunnel = func(token relay.Secret) (tunnel.Provider, error) {
				given[r.settings.Settings().Tunnel] = token
				return makeTunnel(token)
			}
		}, func(t *testing.T, r *rig) {
			r.link(online())
			r.do(func() { r.keyring = locked() })
			r.change(t, "tunnelmole", nil)
			time.Sleep(time.Hour)
			synctest.Wait()
			if token, asked := given["tunnelmole"]; asked {
				t.Errorf("the other vendor was given a token of %d characters", len(token.Reveal()))
			}
			if got := r.Status().Address; got != online().URL {
				t.Errorf("got address %q, want the one at work", got)
			}
			r.do(func() { r.keyring = credentials.KeyringState{State: "ready"} })
			time.Sleep(time.Minute)
			synctest.Wait()
			if _, asked := given["tunnelmole"]; !asked {
				t.Error("the other tunnel was not opened once the keyring could be read")
			}
		})
	})
	t.Run("and the next is tried at once where that held its port", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			taken := refusal(tunnel.MendLocally)
			taken.Reason = tunnel.ReasonAddressInUse
			r.do(func() { r.run = taken })
			go func() { // the port is free again with the end of the first tunnel
				for r.count("tunnel ended") == 0 {
					time.Sleep(time.Millisecond)
				}
				r.mu.Lock()
				r.run = nil
				r.mu.Unlock()
			}()
			r.change(t, "ngrok", anotherDomain())
			time.Sleep(time.Second)
			synctest.Wait()
			if got := r.count("tunnel"); got != 3 {
				t.Errorf("got %d tunnels within a second, want the next tried once more", got)
			}
		})
	})
	t.Run("and nothing of what it reports counts", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			first := r.report
			r.change(t, "ngrok", anotherDomain())
			r.link(second())
			r.wantPhase(t, status.Relaying, "")
			first(tunnel.Link{State: tunnel.Reconnecting})
			synctest.Wait()
			r.wantPhase(t, status.Relaying, "")
			if h := r.Status().Hop(health.HopAddress); h.State != health.HopOK {
				t.Errorf("got hop %+v", h)
			}
		})
	})
}
