package app_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// TestNoSecretIsLeftBehind runs the main job and its failures with planted
// secrets and looks for them everywhere the program leaves traces.
func TestNoSecretIsLeftBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.start(t, nil)
	c.reach(status.Relaying)
	w.emit(t, vasttest.Emission{Subject: "main job"})
	eventually(t, "the event stands in Chat", func() bool { return w.count("main job") == 1 })
	hook := w.hooks()[0]
	if status, _ := w.delivery(t.Context(), hook, "another secret", `{"event_id":"x"}`); status != http.StatusUnauthorized {
		t.Errorf("got %d for a wrong signature, want 401", status)
	}
	w.chat.SetFault(chattest.KeyInvalid)
	w.emit(t, vasttest.Emission{Subject: "parked"})
	s := c.reach(status.Attention)
	running := w.traces(t)
	c.stop()
	w.vast.RevokeKey(vastKey)
	refused := w.start(t, nil)
	refused.wait()

	url := w.env["GOOGLE_CHAT_URL"]
	token := url[strings.LastIndex(url, "token=")+len("token="):]
	secrets := map[string]string{"API key": vastKey, "ngrok token": ngrokToken, "Chat URL": url, "Chat token": token, "webhook secret": w.vast.Secret(hook.ID)}
	status, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	traces := w.traces(t)
	traces["standard error"], traces["/status"] = c.stderr.String()+refused.stderr.String(), string(status)
	if len(traces) < 6 {
		t.Errorf("got traces %d, want the settings, the database, the log and the sealed secrets among them", len(traces))
	}
	leaksNone(t, secrets, traces)
	leaksNone(t, secrets, running)
}

// traces is everything that the program has in its folder, by path. Nothing of
// it may be open to others.
func (w *world) traces(t *testing.T) map[string]string {
	t.Helper()
	traces := map[string]string{}
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := d.Info(); err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: got %v, %v, want it closed to others", path, info.Mode(), err)
		}
		if d.IsDir() || d.Type()&fs.ModeSocket != 0 { // A socket holds nothing.
			return nil
		}
		content, err := os.ReadFile(path) //nolint:gosec // The test's own folder.
		traces[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return traces
}

// leaksNone fails for each secret, by name, that turns up in a trace.
func leaksNone(t *testing.T, secrets, traces map[string]string) {
	t.Helper()
	for name, secret := range secrets {
		if secret == "" {
			t.Errorf("%s: got an empty secret, so nothing is looked for", name)
			continue
		}
		for where, content := range traces {
			if strings.Contains(content, secret) {
				t.Errorf("%s: found in %s", name, where)
			}
		}
	}
}

// TestTheStatusNamesNoFolder lets a file of the data folder be impossible to
// write, whose error names its whole path.
func TestTheStatusNamesNoFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	// A folder in the place of the temporary file that a replacement begins with.
	if err := os.MkdirAll(filepath.Join(w.dir, "webhooks.json.tmp", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	c := w.start(t, nil)
	s := c.reach(status.Attention)
	page, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(page); strings.Contains(got, w.dir) || !strings.Contains(got, "webhooks.json.tmp") {
		t.Errorf("got %s, want the file named and not its folder", got)
	}
	if s.Headline.String() != "A file of this program cannot be used" || s.Cause.IsZero() {
		t.Errorf("got %q, %q, want it said what is wrong", s.Headline, s.Cause)
	}
	if got := len(w.hooks()); got != 0 {
		t.Errorf("got %d webhooks, want none whose secret could be lost", got)
	}
}
