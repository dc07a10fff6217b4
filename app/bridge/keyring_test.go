package bridge

import (
	"testing"
	"testing/synctest"

	"vastrelay/app/secrets"
	"vastrelay/relay"
)

// TestAKeyringThatSomebodyElseChanges starts with a keyring that cannot be read
// and has it changed without a click of ours.
func TestAKeyringThatSomebodyElseChanges(t *testing.T) {
	ready := KeyringState{State: "ready"}
	for _, tt := range []struct {
		name          string
		before, after KeyringState
		relays        bool
	}{
		{"is unlocked by another program", locked(), ready, true},
		{"gets a collection", KeyringState{State: "no_collection", Words: "No place.", Action: ActionCreateKeyring}, ready, true},
		{"is started", KeyringState{State: "unavailable", Words: "None.", Action: ActionRetry}, ready, true},
		{"is started, and is locked", KeyringState{State: "unavailable", Words: "None.", Action: ActionRetry}, locked(), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(_ *testing.T, r *rig) { r.keyring = tt.before }, func(t *testing.T, r *rig) {
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
					r.wantPhase(t, PhaseRelaying, "")
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
		r.keyring = KeyringState{State: "unavailable", Words: "None."} // kept in memory meanwhile
		stored = map[string]relay.Secret{}
		for _, name := range []string{secrets.NameVastKey, secrets.NameChatURL, secrets.NameNgrokToken} {
			stored[name], _ = r.vault.Get(t.Context(), name)
			_ = r.vault.Delete(t.Context(), name)
		}
	}, func(t *testing.T, r *rig) {
		if got := r.Status().Phase; got != PhaseSetup {
			t.Fatalf("got phase %s without credentials, want set-up", got)
		}
		for name, s := range stored {
			if err := r.vault.Set(t.Context(), name, s); err != nil {
				t.Fatal(err)
			}
		}
		r.mu.Lock()
		r.keyring = KeyringState{State: "ready"}
		tell := r.elsewhere
		r.mu.Unlock()
		tell()
		synctest.Wait()
		r.link(online())
		r.wantPhase(t, PhaseRelaying, "")
	})
}
