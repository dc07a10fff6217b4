package app_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// flip changes one character of the sealed text that stands after mark.
func flip(mark string) func([]byte) []byte {
	return func(content []byte) []byte {
		at := bytes.Index(content, []byte(mark))
		at += bytes.Index(content[at:], []byte(`"sealed": "`)) + len(`"sealed": "`)
		for i, other := range []byte("AC") { // two characters, each another than it was
			if content[at+i] == other {
				other++
			}
			content[at+i] = other
		}
		return content
	}
}

func TestDamagedSealedSecretsRenewThemselves(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func([]byte) []byte{
		"one character of an entry is changed": flip(`"entries"`),
		"an entry is no base64":                func(b []byte) []byte { at := bytes.LastIndex(b, []byte(`"sealed": "`)); b[at+12] = '*'; return b },
		"the check of the key is changed":      flip(`"check"`),
		"the file is truncated":                func(b []byte) []byte { return b[:len(b)/2] },
		"the file is empty":                    func([]byte) []byte { return nil },
		"the file is all zeros":                func(b []byte) []byte { return make([]byte, len(b)) },
		"the file cannot be read":              nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, listen := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
			c := w.start(t, nil)
			c.reach(status.Relaying)
			c.kill()
			hook := w.hooks()[0]
			secret := w.vast.Secret(hook.ID)
			path := filepath.Join(w.dir, "secrets.sealed")
			content, err := os.ReadFile(path) //nolint:gosec // The test's own folder.
			if err != nil {
				t.Fatal(err)
			}
			if damage != nil {
				err = os.WriteFile(path, damage(content), 0o600)
			} else if err = os.Remove(path); err == nil {
				err = os.Mkdir(path, 0o700)
			}
			if err != nil {
				t.Fatal(err)
			}

			// While Vast.ai's API is away, the address is open and says 503.
			c = w.start(t, map[string]string{"VAST_URL": "http://" + freeAddress(t)})
			c.reach(status.Attention)
			code := 0
			eventually(t, "an answer at the address", func() bool {
				code = w.deliver(t.Context(), listen, secret, `{"event_id":"early"}`)
				return code != 0
			})
			if code != http.StatusServiceUnavailable {
				t.Errorf("without a secret: got %d, want 503", code)
			}
			c.kill()

			c = w.start(t, nil)
			c.reach(status.Relaying)
			if w.vast.Secret(hook.ID) == secret || len(w.hooks()) != 1 {
				t.Errorf("got %d webhooks, want the one, with a new secret", len(w.hooks()))
			}
			w.emit(t, vasttest.Emission{Subject: "after the damage"})
			eventually(t, "the event stands in Chat", func() bool { return w.count("after the damage") == 1 })
			c.kill()
			rotated := w.vast.Secret(hook.ID)
			w.start(t, nil).reach(status.Relaying)
			if w.vast.Secret(hook.ID) != rotated {
				t.Error("the secret was renewed once more, want the one that was kept")
			}
		})
	}
}

// deliver makes one signed delivery to the program at listen; 0: no answer.
func (w *world) deliver(ctx context.Context, listen, secret, body string) (status int) {
	r, err := signed(ctx, "http://"+listen+"/vast/client", secret, body, time.Now())
	if err != nil {
		return 0
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
