package systemd

import (
	"os"
	"path/filepath"
	"testing"
)

func TestGetenv(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"VAST_API_KEY", "vastrelay_GOOGLE_CHAT_URL", "NGROK_AUTHTOKEN", "vastrelay_NGROK_AUTHTOKEN", "VAST_WEBHOOK_SECRET"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("planted"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		variables map[string]string
		asked     string
		want      string
	}{
		"a credential of that name":                     {nil, "VAST_API_KEY_FILE", filepath.Join(dir, "VAST_API_KEY")},
		"a file in the folder that the unit loads":      {nil, "GOOGLE_CHAT_URL_FILE", filepath.Join(dir, "vastrelay_GOOGLE_CHAT_URL")},
		"both, of which the one of its own is nearer":   {nil, "NGROK_AUTHTOKEN_FILE", filepath.Join(dir, "NGROK_AUTHTOKEN")},
		"none of that name":                             {nil, "CLOUDFLARED_TOKEN_FILE", ""},
		"a variable that names another file":            {map[string]string{"VAST_API_KEY_FILE": "/run/key"}, "VAST_API_KEY_FILE", "/run/key"},
		"a variable that holds the secret":              {map[string]string{"VAST_API_KEY": "key"}, "VAST_API_KEY_FILE", ""},
		"the secret itself, which is not read here":     {nil, "VAST_API_KEY", ""},
		"a variable that has nothing to do with a file": {map[string]string{"HOME": "/root"}, "HOME", "/root"},
	} {
		t.Run(name, func(t *testing.T) {
			getenv := func(variable string) string {
				if variable == directoryVariable {
					return dir
				}
				return tt.variables[variable]
			}
			if got := Getenv(getenv)(tt.asked); got != tt.want {
				t.Errorf("%s: got %q, want %q", tt.asked, got, tt.want)
			}
		})
	}
	t.Run("no folder of credentials", func(t *testing.T) {
		if got := Getenv(func(string) string { return "" })("VAST_API_KEY_FILE"); got != "" {
			t.Errorf("got %q, want nothing", got)
		}
	})
}
