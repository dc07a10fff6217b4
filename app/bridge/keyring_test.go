package bridge

import (
	"testing"
	"testing/synctest"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// TestAKeyringThatSomebodyElseChanges starts with a keyring that cannot be read
// and has it changed without a click of ours.
func TestAKeyringThatSomebodyElseChanges(t *testing.T) {
	ready := credentials.KeyringState{State: "ready"}
	for _, tt := range []struct {
		name          string
		before, after credentials.KeyringState
		relays        bool
	}{
		{"is unlocked by another program", locked(), ready, true},
		{"gets a collection", credentials.KeyringState{State: "no_collection", Words: words.Verbatim("No place."), Action: health.ActionCreateKeyring}, ready, true},
		{"is started", credentials.KeyringState{State: "unavailable", Words: words.Verbatim("None."), Action: health.ActionRetry}, ready, true},
		{"is started, and is locked", credentials.KeyringState{State: "unavailable", Words: words.Verbatim("None."), Action: health.ActionRetry}, locked(), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(_ *testing.T, r *rig) { r.usedBefore(); r.keyring = tt.before }, func(t *testing.T, r *rig) {
				if got := r.Status().Action; got != tt.before.Action {
					t.Fatalf("got action %q before, want %q", got, tt.before.Action)
				}
				r.mu.Lock()
				r.keyring = tt.after
				tell := r.elsewhere
				r.mu.Unlock()
				tell()
				synctest.Wait()
				if tt.relays {
					r.link(online())
					r.wantPhase(t, status.Relaying, "")
				} else if got := r.Status().Action; got != tt.after.Action {
					t.Errorf("got action %q after, want %q", got, tt.after.Action)
				}
				if got := r.count("unlock"); got != 0 {
					t.Errorf("got %d prompts, want none", got)
				}
			})
		})
	}
}

func TestAKeyringThatComesWithTheCredentials(t *testing.T) {
	var stored map[string]relay.Secret
	play(t, func(t *testing.T, r *rig) {
		r.keyring = credentials.KeyringState{State: "unavailable", Words: words.Verbatim("None.")} // kept in memory meanwhile
		stored = map[string]relay.Secret{}
		for _, name := range []string{secrets.NameVastKey, secrets.NameChatURL, secrets.NameNgrokToken} {
			stored[name], _ = r.vault.Get(t.Context(), name)
			_ = r.vault.Delete(t.Context(), name)
		}
	}, func(t *testing.T, r *rig) {
		if got := r.Status().Phase; got != status.Setup {
			t.Fatalf("got phase %s without credentials, want set-up", got)
		}
		for name, s := range stored {
			if err := r.vault.Set(t.Context(), name, s); err != nil {
				t.Fatal(err)
			}
		}
		r.mu.Lock()
		r.keyring = credentials.KeyringState{State: "ready"}
		tell := r.elsewhere
		r.mu.Unlock()
		tell()
		synctest.Wait()
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestAKeyringThatWasNotLookedAtYetHasWords(t *testing.T) {
	r := newRig(t) // not running
	if got := r.Keyring(); got.Words.IsZero() || got.Action != health.ActionNone || got.InUse {
		t.Errorf("got %+v, want words that promise nothing", got)
	}
}
