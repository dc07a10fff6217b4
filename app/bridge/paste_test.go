package bridge

import (
	"errors"
	"testing"
	"testing/synctest"

	"vastrelay/app/checks"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/relay"
)

func TestPastedCredentialsAreKeptWithoutWhatCameWithThem(t *testing.T) {
	values := map[credentials.Kind]string{credentials.VastKey: "pasted-key", credentials.ChatURL: rigURL, credentials.NgrokToken: "pasted-token"}
	tests := []struct{ name, before, after string }{
		{"white space", " \t", "\r\n"},
		{"a byte order mark", "\ufeff", ""},
		{"a zero-width space", "", "\u200b"},
		{"quotes", `"`, `"`},
		{"typographic quotes", "“", "”"},
		{"backticks", "`", "`"},
		{"angle brackets", "<", ">"},
		{"a line of JSON", ` "`, `",`},
		{"a terminal's bracketed paste", "\x1b[200~", "\x1b[201~"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			for kind, value := range values {
				if err := r.SaveCredential(t.Context(), kind, tt.before+value+tt.after, nil); err != nil {
					t.Errorf("%s: got %v, want it taken", kind, err)
				}
				if s, err := r.vault.Get(t.Context(), secretNames[kind]); err != nil || s.Reveal() != value {
					t.Errorf("%s: got %v, want the value alone in the keyring", kind, err)
				}
			}
		})
	}
}

func TestACredentialThatWasKeptAsItWasPastedIsCleanedWhenRead(t *testing.T) {
	r := newRig(t)
	if err := r.vault.Set(t.Context(), secrets.NameVastKey, relay.NewSecret("\ufeffkey\u200b\n")); err != nil {
		t.Fatal(err)
	}
	if read, err := r.core.credentials.Read(t.Context(), credentials.VastKey); err != nil || read.Secret.Reveal() != "key" {
		t.Errorf("got %v, want the key alone", err)
	}
}

// TestAStoredKeyThatNoKeyCanBe: nothing but a new one helps, so it is not
// called a mistake of the program.
func TestAStoredKeyThatNoKeyCanBe(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) {
		r.core.o.Factories.API = func(relay.Secret) (checks.API, error) {
			return nil, errors.New("the API key holds a space or a character that no key has")
		}
	}, func(t *testing.T, r *rig) {
		synctest.Wait()
		r.wantPhase(t, status.Attention, "This is not a Vast.ai API key")
		if got := r.Status().Action; got != health.ActionReplaceKey {
			t.Errorf("got button %q, want the one that replaces the key", got)
		}
	})
}
