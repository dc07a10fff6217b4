package app_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vastrelay/app/status"
	"vastrelay/vastapi/vasttest"
)

// TestTheEnvironmentIsInForceForThisRun gives all that the environment can say
// of a run, credentials in files included, and looks at what comes of it, here
// and in the data folder.
func TestTheEnvironmentIsInForceForThisRun(t *testing.T) {
	t.Parallel()
	const domain, byHand = "fixed.ngrok.app", "planted-secret-of-a-webhook-made-by-hand"
	w := newWorld(t)
	change := map[string]string{
		"VAST_WEBHOOK_SECRET": byHand, "VASTRELAY_NGROK_DOMAIN": domain,
		"VASTRELAY_EVENTS": "client:outbid, host:machine_offline",
	}
	for _, name := range pasted {
		path := filepath.Join(t.TempDir(), name)
		// As an editor leaves it that marks its files, and with the quotes of a configuration.
		if err := os.WriteFile(path, []byte("\ufeff\""+w.env[name]+"\"\u200b\r\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		change[name], change[name+"_FILE"] = "", path
	}
	c := w.start(t, change)
	s := c.reach(status.Relaying)
	if s.Address != "https://"+domain {
		t.Errorf("got address %q, want the domain that was asked for", s.Address)
	}
	hooks := w.hooks()
	if len(hooks) != 2 {
		t.Fatalf("got webhooks %+v, want one for each context", hooks)
	}
	for i, want := range []struct{ path, event string }{{"/vast/client", "client:outbid"}, {"/vast/host", "host:machine_offline"}} {
		h := hooks[i]
		named := strings.HasPrefix(h.Name, "Vast Relay on ") && strings.HasSuffix(h.Name, " · host") == strings.HasPrefix(want.event, "host:")
		if h.URL != "https://"+domain+want.path || !slices.Equal(h.EventTypes, []string{want.event}) || !named {
			t.Errorf("got webhook %+v, want %s of %s", h, want.path, want.event)
		}
		subject := "signed by hand for " + want.event
		status, err := w.delivery(t.Context(), h, byHand, `{"event_id":"by-hand-`+want.event+`","subject":"`+subject+`"}`)
		if err != nil || status != http.StatusNoContent {
			t.Errorf("%s: got %d, %v, want the secret beside ours taken", want.path, status, err)
		}
		eventually(t, subject, func() bool { return w.count(subject) == 1 })
	}
	w.emit(t, vasttest.Emission{Type: "host:machine_offline", Subject: "the machine of a host"})
	eventually(t, "the host's event stands in Chat", func() bool { return w.count("the machine of a host") == 1 })
	if _, err := w.vast.Emit(t.Context(), vasttest.Emission{Type: "client:low_credit"}); !errors.Is(err, vasttest.ErrNoTaker) {
		t.Errorf("got %v for a type that was not chosen, want nobody to take it", err)
	}
	c.stop()

	traces := w.traces(t)
	for where, content := range traces {
		if strings.HasSuffix(where, "settings.json") && (strings.Contains(content, domain) || strings.Contains(content, "machine_offline")) {
			t.Errorf("got settings %s, want nothing of the environment kept", content)
		}
	}
	leaksNone(t, map[string]string{"API key": vastKey, "Chat URL": w.env["GOOGLE_CHAT_URL"], "ngrok token": ngrokToken, "secret made by hand": byHand}, traces)
}

func TestAnOpenStatusAddressAsksForItsToken(t *testing.T) {
	t.Parallel()
	const token = "planted-status-token"
	w := newWorld(t)
	_, port, _ := strings.Cut(freeAddress(t), ":")
	c := w.start(t, map[string]string{"VASTRELAY_STATUS_TOKEN": token}, "--status-addr", "0.0.0.0:"+port)
	ask := func(path, token string) (status int, body string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+port+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, ""
		}
		defer func() { _ = resp.Body.Close() }()
		content, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(content)
	}
	eventually(t, "it relays, as the token lets one see", func() bool {
		_, body := ask("/status", token)
		return strings.Contains(body, `"phase":"relaying"`)
	})
	for path, want := range map[string]int{"/health": http.StatusOK, "/status": http.StatusUnauthorized, "/metrics": http.StatusUnauthorized} {
		if status, body := ask(path, ""); status != want || strings.Contains(body, publicHost) {
			t.Errorf("%s without the token: got %d and %q, want %d and nothing told", path, status, body, want)
		}
	}
	c.stop()
	if said := c.stderr.String(); strings.Contains(said, token) {
		t.Errorf("got %q, which holds the token", said)
	}
}
