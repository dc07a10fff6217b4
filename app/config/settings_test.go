package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/tunneltest"
)

func TestValidateNamesEachField(t *testing.T) {
	many := make([]string, 201)
	for _, c := range []struct {
		name     string
		settings Settings
		want     Field // empty: well
	}{
		{"the defaults", Settings{}, ""},
		{"an address of one's own", Settings{Tunnel: "url", TunnelValues: tunnel.Values{"public_url": "https://a.example"}}, ""},
		{"an event without context", Settings{EventTypes: []string{"outbid"}}, FieldEventTypes},
		{"an event twice", Settings{EventTypes: []string{"client:outbid", "client:outbid"}}, FieldEventTypes},
		{"too many events", Settings{EventTypes: many}, FieldEventTypes},
		{"an unknown form", Settings{Form: "opera"}, FieldForm},
		{"unknown threads", Settings{Threads: "sideways"}, FieldThreads},
		{"an unknown tunnel", Settings{Tunnel: "carrier"}, FieldTunnel},
		{"a tunnel without its address", Settings{Tunnel: "url"}, "public_url"},
		{"a wrong address that is not in use", Settings{TunnelValues: tunnel.Values{"public_url": "ftp://a.example"}}, "public_url"},
		{"a wrong domain", Settings{TunnelValues: tunnel.Values{"ngrok_domain": "x"}}, "ngrok_domain"},
		{"a wrong port", Settings{TunnelValues: tunnel.Values{"listen": "127.0.0.1:x"}}, "listen"},
		{"a space id with a slash", Settings{Space: "spaces/A"}, FieldSpace},
		{"a name of two lines", Settings{Label: "a\nb"}, FieldLabel},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := validate(c.settings, tunneltest.Vendors())
			if c.want == "" {
				if err != nil {
					t.Errorf("got %v, want nil", err)
				}
				return
			}
			var wrong ValidationError
			if !errors.As(err, &wrong) || len(wrong) != 1 || wrong[0].Field != c.want {
				t.Fatalf("got %v, want an error of %s alone", err, c.want)
			}
			if s := wrong.Sentence(c.want); !strings.HasSuffix(s, ".") || s != err.Error() || !strings.HasPrefix(wrong[0].Error(), string(c.want)) {
				t.Errorf("got %q, want a sentence", s)
			}
		})
	}
}

func FuzzSettingsFile(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", `{"installation_id":"abcd1234"}`, `{"installation_id":"abcd1234","event_types":["client:outbid"],"tunnel":"url","public_url":"https://a.example"}`,
		`{"installation_id":5}`, `[`, "\x00\x00", `{"installation_id":"abcd1234"}trailing`,
	} {
		f.Add([]byte(seed))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(dir, "settings.json")
		_ = os.Remove(path + ".damaged")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Open(path, tunneltest.Vendors())
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		if !validID(c.InstallationID()) {
			t.Errorf("got id %q", c.InstallationID())
		}
		again, err := Open(path, tunneltest.Vendors())
		if err != nil || again.Damaged() != nil || again.InstallationID() != c.InstallationID() {
			t.Errorf("second open: %v, %v, id %q and %q", err, again.Damaged(), c.InstallationID(), again.InstallationID())
		}
	})
}
