package app_test

import (
	"path/filepath"
	"strings"
	"testing"

	"vastrelay/app/secrets"
	"vastrelay/relay"
)

// TestAnOverrideNeverReceivesAStoredCredential starts the program beside stored
// credentials, which work, under overrides that would lead them elsewhere than
// to their vendors: they stay where they are, and the start says what to do.
func TestAnOverrideNeverReceivesAStoredCredential(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, variable, stored, says string
		called                       func(w *world) int
	}{
		{"an ngrok token", "NGROK_AUTHTOKEN", secrets.NameNgrokToken, "the ngrok authtoken", func(w *world) int { return len(w.edge.Auths()) }},
		{"a Chat URL", "GOOGLE_CHAT_URL", secrets.NameChatURL, "the Google Chat webhook URL", func(w *world) int { return w.chat.Requests() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			sealed, err := secrets.OpenSealed(filepath.Join(w.dir, "secrets.sealed"), relay.NewSecret(vastKey))
			if err == nil {
				err = sealed.Set(t.Context(), tt.stored, relay.NewSecret(w.env[tt.variable]))
			}
			if err != nil {
				t.Fatal(err)
			}
			c := w.start(t, map[string]string{tt.variable: ""})
			c.wait()
			if said := c.stderr.String(); c.code != 2 || !strings.Contains(said, "Still missing: "+tt.says) || !strings.Contains(said, "in the environment") {
				t.Errorf("got exit code %d and %q, want 2 and to be told to give it in the environment", c.code, said)
			}
			if got := tt.called(w); got != 0 {
				t.Errorf("got %d calls with the stored credential, want none", got)
			}
			if got := len(w.hooks()); got != 0 {
				t.Errorf("got %d webhooks, want none", got)
			}
		})
	}
}
