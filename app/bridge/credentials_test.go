package bridge

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/tunneltest"
	"vastrelay/vastapi"
)

const otherSpaceURL = "https://chat.googleapis.com/v1/spaces/BBBB/messages?key=k&token=t"

func TestReplacingACredentialWhileRelaying(t *testing.T) {
	tests := []struct {
		kind   credentials.Kind
		pasted string
		ended  int
	}{
		{credentials.VastKey, "another key", 0},
		{credentials.VastKey, "key", 0},
		{credentials.ChatURL, strings.Replace(rigURL, "token=t", "token=u", 1), 0},
		{credentials.ChatURL, otherSpaceURL, 0},
		{credentials.NgrokToken, "token", 0},
		{credentials.NgrokToken, "another token", 1},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind)+" "+tt.pasted, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				if err := r.SaveCredential(t.Context(), tt.kind, tt.pasted, nil); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if got := r.count("tunnel ended"); got != tt.ended {
					t.Errorf("got the address closed %d times, want %d", got, tt.ended)
				}
				r.link(online())
				r.wantPhase(t, status.Relaying, "")
			})
		})
	}
}

func TestAChatURLThatCannotBeStoredChangesNothing(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		before := r.callCount()
		r.do(func() { r.keep = &secrets.StateError{State: secrets.Locked} })
		var p health.Problem
		if err := r.SaveCredential(t.Context(), credentials.ChatURL, otherSpaceURL, nil); !errors.As(err, &p) || p.Action != health.ActionUnlockKeyring {
			t.Errorf("got %v, want to be told that the keyring is locked", err)
		}
		synctest.Wait()
		if got, want := r.callsAfter(before), []string{"hello"}; !slices.Equal(got, want) {
			t.Errorf("got calls %v, want only %v: the URL is not kept", got, want)
		}
		if got := r.Status().Space; got != "AAAA" {
			t.Errorf("got space %q, want the one before", got)
		}
	})
}

func TestMovingToAnotherSpaceWhileMessagesWait(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.do(func() { r.waiting = 34 })
		before := r.callCount()
		var p health.Problem
		if err := r.SaveCredential(t.Context(), credentials.ChatURL, otherSpaceURL, nil); !errors.As(err, &p) || !strings.Contains(p.Headline.String(), "34 messages") || !strings.Contains(p.Next.String(), "once more") {
			t.Fatalf("got %v, want to be asked what becomes of them", err)
		}
		if got := r.callsAfter(before); len(got) != 0 {
			t.Errorf("got calls %v before the person has answered, want none", got)
		}
		if err := r.SaveCredential(t.Context(), credentials.ChatURL, rigURL, nil); err != nil {
			t.Errorf("got %v for a URL into the same space, want no question", err)
		}
		if err := r.SaveCredential(t.Context(), credentials.ChatURL, otherSpaceURL, nil); err == nil {
			t.Error("got no question, though another URL was given since")
		}
		if err := r.SaveCredential(t.Context(), credentials.ChatURL, otherSpaceURL, nil); err != nil {
			t.Errorf("got %v for the same URL again, want it taken", err)
		}
		synctest.Wait()
		if got := r.Status().Space; got != "BBBB" {
			t.Errorf("got space %q, want the new one", got)
		}
		if got := r.callsAfter(before); !slices.Contains(got, "remove AAAA") || !slices.Contains(got, "url of AAAA removed") {
			t.Errorf("got calls %q, want the space before left, and its URL", got)
		}
	})
}

func TestACredentialTellsWhetherItWorks(t *testing.T) {
	t.Run("kept unchecked while nobody can be asked, checked as soon as that can be done", func(t *testing.T) {
		play(t, func(_ *testing.T, r *rig) { r.whoAmI = &vastapi.Error{Class: vastapi.Unreachable} }, func(t *testing.T, r *rig) {
			if err := r.SaveCredential(t.Context(), credentials.VastKey, "another key", nil); err != nil {
				t.Fatal(err)
			}
			if c := r.Credentials()[0]; !c.CheckedAt.IsZero() {
				t.Errorf("got %+v, want no claim that it works", c)
			}
			r.do(func() { r.whoAmI = nil })
			time.Sleep(retryMost)
			synctest.Wait()
			if c := r.Credentials()[0]; c.CheckedAt.IsZero() || c.Detail.String() != "ada@example.net" {
				t.Errorf("got %+v, want it checked", c)
			}
		})
	})
	t.Run("an API key that is refused", func(t *testing.T) {
		play(t, func(_ *testing.T, r *rig) { r.whoAmI = &vastapi.Error{Class: vastapi.BadKey} }, func(t *testing.T, r *rig) {
			if c := r.Credentials()[0]; c.Problem == nil || !strings.Contains(c.Problem.Headline.String(), "refused") {
				t.Errorf("got %+v, want it to say why it does not work", c)
			}
			r.do(func() { r.whoAmI = nil })
			time.Sleep(retryMost)
			synctest.Wait()
			if c := r.Credentials()[0]; c.Problem != nil {
				t.Errorf("got problem %v after the key worked again", c.Problem)
			}
		})
	})
	t.Run("an ngrok token that is refused, and one that is let in", func(t *testing.T) {
		refused := &tunnel.PermanentError{Mend: tunnel.MendToken, Headline: "ngrok does not accept the token."}
		play(t, func(_ *testing.T, r *rig) { r.run = refused }, func(t *testing.T, r *rig) {
			if c := r.Credentials()[2]; c.Problem == nil || !strings.Contains(c.Problem.Headline.String(), "does not accept") {
				t.Errorf("got %+v, want it to say why it does not work", c)
			}
			r.do(func() { r.run = nil })
			if err := r.Perform(t.Context(), health.ActionRetry); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			r.link(online())
			if c := r.Credentials()[2]; c.Problem != nil || c.CheckedAt.IsZero() {
				t.Errorf("got %+v, want it proven by the address", c)
			}
		})
	})
	t.Run("a Chat URL whose space is parked, and one that is taken again", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			r.do(func() { r.dest.ParkedSince = time.Now() })
			r.Attempt(relay.Progress{Result: relay.Result{Outcome: relay.DestinationGone}})
			time.Sleep(time.Second)
			synctest.Wait()
			if c := r.Credentials()[1]; c.Problem == nil || c.Problem.Action != health.ActionReplaceChatURL {
				t.Errorf("got %+v, want it to say why it does not work", c)
			}
			r.do(func() { r.dest.ParkedSince = time.Time{} })
			r.Attempt(relay.Progress{Result: relay.Result{Outcome: relay.Posted}})
			if c := r.Credentials()[1]; c.Problem != nil || c.CheckedAt.IsZero() {
				t.Errorf("got %+v, want it proven by the post", c)
			}
		})
	})
}

// TestWhatCannotBeCheckedNowIsKept pastes each credential while its vendor
// cannot be asked, and looks at what the steps claim.
func TestWhatCannotBeCheckedNowIsKept(t *testing.T) {
	hello := func(o relay.Outcome) func(r *rig) {
		return func(r *rig) {
			r.hello = googlechat.Hello{IDs: relay.IDsUnknown, Result: relay.Result{Outcome: o, Reason: "timeout"}}
		}
	}
	away := &vastapi.Error{Class: vastapi.Unreachable}
	tests := []struct {
		name    string
		kind    credentials.Kind
		pasted  string
		trouble func(r *rig)
		says    string
	}{
		{"an API key while Vast.ai is away", credentials.VastKey, "another key", func(r *rig) { r.whoAmI = away }, "Vast.ai cannot be asked just now"},
		{"an API key while Vast.ai goes away in between", credentials.VastKey, "another key", func(r *rig) { r.types = away }, "Not known yet"},
		{"an ngrok token while ngrok cannot be reached", credentials.NgrokToken, "another token", func(r *rig) { r.login = errors.New("check the ngrok token: no connection") }, "ngrok cannot be reached just now"},
		{"a Chat URL while Google is away", credentials.ChatURL, rigURL, hello(relay.Unreachable), "Google Chat cannot be asked just now"},
		{"a Chat URL whose hello got no answer", credentials.ChatURL, rigURL, hello(relay.Ambiguous), "Google Chat cannot be asked just now"},
		{"a Chat URL whose hello was answered by a proxy", credentials.ChatURL, rigURL, func(r *rig) {
			r.hello = googlechat.Hello{Result: relay.Result{Outcome: relay.Unverified, Status: 200, Reason: googlechat.ReasonNotGoogle}}
		}, "Something in between answers for Google Chat"},
		{"a Chat URL whose hello was answered by a sign-in page", credentials.ChatURL, rigURL, func(r *rig) {
			r.hello = googlechat.Hello{Result: relay.Result{Outcome: relay.Unreachable, Status: 200, Reason: googlechat.ReasonSignInPage}}
		}, "Something in between answers for Google Chat"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t) // not running: nothing but the saving itself can prove it
			tt.trouble(r)
			var said []string
			saving := 0
			report := func(s health.Step) {
				said = append(said, s.Text.String())
				if s.Name == words.New("check.saving") {
					saving++
				}
			}
			if err := r.SaveCredential(t.Context(), tt.kind, tt.pasted, report); err != nil {
				t.Fatalf("got %v, want it kept", err)
			}
			if saving != 2 {
				t.Errorf("got the saving told %d times, want its begin and its end", saving)
			}
			if got := strings.Join(said, " "); !strings.Contains(got, tt.says) || strings.Contains(got, "may read them") {
				t.Errorf("got steps %q, want %q and no claim beyond that", got, tt.says)
			}
			if s, err := r.vault.Get(t.Context(), secretNames[tt.kind]); err != nil || s.Reveal() != tt.pasted {
				t.Errorf("got %v, want what was pasted in the keyring", err)
			}
			for _, c := range r.Credentials() {
				if c.Kind == tt.kind && !c.CheckedAt.IsZero() {
					t.Errorf("got %+v, want no claim that it works", c)
				}
			}
		})
	}
}

func TestRemovingACredential(t *testing.T) {
	for _, kind := range credentials.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				if err := r.RemoveCredential(t.Context(), kind); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				needed := kind != credentials.TunnelmoleKey && kind != credentials.CloudflaredToken && !kind.Optional() // the tunnel is ngrok
				if needed {
					r.wantPhase(t, status.Setup, "")
				} else {
					r.wantPhase(t, status.Relaying, "")
				}
				if closed := r.count("tunnel ended") == 1; closed != needed {
					t.Errorf("got the address closed: %v, want %v", closed, needed)
				}
				if r.count("remove AAAA") != 0 {
					t.Error("got the space removed, want what still arrives kept for it")
				}
			})
		})
	}
}

func TestAKeyringThatWasNotThereIsLookedForAgain(t *testing.T) {
	var found atomic.Bool
	forgetful := func(_ *testing.T, r *rig) {
		r.keyring = credentials.KeyringState{State: "unavailable", Words: words.Verbatim("There is none.")}
		r.core.credentials.Ephemeral = func() bool { return !found.Load() }
	}
	play(t, forgetful, func(t *testing.T, r *rig) {
		got := r.Keyring()
		if got.Action != health.ActionLookAgain {
			t.Fatalf("got %+v, want a button", got)
		}
		if err := r.Perform(t.Context(), got.Action); err != nil {
			t.Fatal(err)
		}
		found.Store(true)
		if r.count("unlock") != 1 || r.Keyring().Action != health.ActionNone {
			t.Errorf("got %d looks and then %+v, want one, and no button once it was found", r.count("unlock"), r.Keyring())
		}
	})
}

func TestAPersonGoesOnWithoutTheKeyringThereIs(t *testing.T) {
	var aside atomic.Bool
	locked := func(_ *testing.T, r *rig) {
		r.keyring = credentials.KeyringState{State: "locked", Words: words.Verbatim("It is locked."), Action: health.ActionUnlockKeyring}
		r.core.credentials.Ephemeral = aside.Load
		r.reading = func(context.Context) error {
			if aside.Load() {
				return nil
			}
			return &secrets.StateError{State: secrets.Locked}
		}
	}
	play(t, locked, func(t *testing.T, r *rig) {
		if h := r.Status().Hop(health.HopKeyring); h.State != health.HopFailing {
			t.Fatalf("got %+v, want the keyring to fail", h)
		}
		aside.Store(true)
		if err := r.Perform(t.Context(), health.ActionKeepForRun); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := r.Keyring(); r.count("keep in memory") != 1 || got.State != "set_aside" || got.Action != health.ActionUnlockKeyring {
			t.Errorf("got %+v, want it set aside, and a button that takes it into use", got)
		}
		if h := r.Status().Hop(health.HopKeyring); h.State == health.HopFailing {
			t.Errorf("got %+v, want nothing to stand in the way", h)
		}
	})
}

func TestAKeyringThatGetsLockedLaterIsNotSetAside(t *testing.T) {
	var locked atomic.Bool
	later := func(_ *testing.T, r *rig) {
		r.reading = func(context.Context) error {
			if locked.Load() {
				return &secrets.StateError{State: secrets.Locked}
			}
			return nil
		}
	}
	play(t, later, func(t *testing.T, r *rig) {
		r.link(online())
		locked.Store(true)
		r.do(func() {
			r.keyring = credentials.KeyringState{State: "locked", Words: words.Verbatim("It is locked."), Action: health.ActionUnlockKeyring}
		})
		r.core.requests.Restart()
		synctest.Wait()
		if got := r.Keyring(); !got.InUse {
			t.Errorf("got %+v, want to be told that what it held is in use", got)
		}
		if err := r.Perform(t.Context(), health.ActionKeepForRun); err != nil || r.count("keep in memory") != 0 {
			t.Errorf("got %v, and the keyring set aside %d times, want what is in use kept", err, r.count("keep in memory"))
		}
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestAStartWithoutAKeyringSaysSo(t *testing.T) {
	for _, tt := range []struct {
		name      string
		ephemeral bool
		want      health.HopState
		says      string
	}{
		{"there is a keyring, and nothing in it", false, health.HopMissing, "Still missing: the Vast.ai API key."},
		{"there is no keyring", true, health.HopUnavailable, "No system keyring is in use. Still missing: the Vast.ai API key."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			setUp := func(_ *testing.T, r *rig) { r.core.credentials.Ephemeral = func() bool { return tt.ephemeral } }
			play(t, setUp, func(t *testing.T, r *rig) {
				if err := r.RemoveCredential(t.Context(), credentials.VastKey); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				r.wantPhase(t, status.Setup, "")
				if got := r.Status().Hop(health.HopKeyring); got.State != tt.want || got.Detail.String() != tt.says || got.Action != health.ActionSetUp {
					t.Errorf("got %q, %q, button %q; want %q, %q and the set-up", got.State, got.Detail, got.Action, tt.want, tt.says)
				} else if next := "Fügen Sie das Fehlende in den Einstellungen ein."; got.Next.In(words.Languages()[1]) != next {
					t.Errorf("got %q, want %q, whatever is missing", got.Next.In(words.Languages()[1]), next)
				}
			})
		})
	}
}

func TestTheWindowNeverWaitsForTheKeyring(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		if got := r.Keyring(); got.State != "ready" {
			t.Fatalf("got %+v, want what the start has seen", got)
		}
		time.Sleep(time.Minute)
		changes := 0
		stop := r.Watch(func(c status.Change) {
			if c.Has(status.CredentialsChanged) {
				changes++
			}
		})
		defer stop()
		r.do(func() {
			r.keyring = locked()
			r.looking = func(ctx context.Context) {
				select {
				case <-ctx.Done():
				case <-time.After(time.Second):
				}
			}
		})
		asked := time.Now()
		if got := r.Keyring(); got.State != "ready" || !time.Now().Equal(asked) {
			t.Errorf("got %+v after %v, want the last known state at once", got, time.Since(asked))
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if changes == 0 {
			t.Error("got no word that the keyring was locked meanwhile")
		}
		if got := r.Keyring(); got.Action != health.ActionUnlockKeyring {
			t.Errorf("got %+v, want the look that was asked for", got)
		}
	})
}

// chosenTunnel is Settings that choose a tunnel.
type chosenTunnel string

func (c chosenTunnel) Settings() config.Settings               { return config.Settings{Tunnel: string(c)} }
func (chosenTunnel) Change(func(*config.Settings) error) error { return nil }

func TestTheCredentialOfTheTunnelInForceIsUsed(t *testing.T) {
	always := []credentials.Kind{credentials.VastKey, credentials.ChatURL}
	withToken := append(slices.Clone(always), credentials.NgrokToken)
	for name, want := range map[string][]credentials.Kind{
		"":                   withToken,
		"ngrok":              withToken,
		"url":                always,
		"of-a-newer-version": withToken, // the default is in force in its place
		"tunnelmole":         append(slices.Clone(always), credentials.TunnelmoleKey),
	} {
		c := &core{o: &Options{Settings: chosenTunnel(name), Factories: Factories{Vendors: tunneltest.Vendors()}}}
		got, optional := c.usedCredentials()
		if !slices.Equal(got, want) {
			t.Errorf("tunnel %q: got %v, want %v", name, got, want)
		}
		if (optional == credentials.TunnelmoleKey) != (name == "tunnelmole") {
			t.Errorf("tunnel %q: %q is optional", name, optional)
		}
	}
}
