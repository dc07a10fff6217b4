package app_test

import (
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/relay/tunnel/ngrok/ngroktest"
	"vastrelay/vastapi/vasttest"
)

// TestSomethingElseAnswersTheProbe lets a proxy answer the self-probe with an
// error page of its own, and counts how often the program opens its address
// anew meanwhile.
func TestSomethingElseAnswersTheProbe(t *testing.T) {
	t.Parallel()
	const watched = 3 * time.Second
	page := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "Bad Gateway", http.StatusBadGateway)
	}))
	t.Cleanup(page.Close)
	trust := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: page.Certificate().Raw})
	const named = "example.com" // what the certificate of httptest is for
	probed := func(t *testing.T, env map[string]string, roots []byte) {
		t.Helper()
		ca := filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(ca, append(roots, trust...), 0o600); err != nil {
			t.Fatal(err)
		}
		maps.Copy(env, map[string]string{"VASTRELAY_PUBLIC_CONNECT": page.Listener.Addr().String(), "VASTRELAY_NGROK_CA": ca})
	}
	t.Run("at the person's own address", func(t *testing.T) {
		w, _ := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
		probed(t, w.env, nil)
		w.env["VASTRELAY_PUBLIC_URL"] = "https://" + named
		c := w.start(t, nil)
		c.reach(status.Attention)
		time.Sleep(watched) // nothing is to happen, which nothing announces
		got := strings.Count(c.stderr.String(), "local address served")
		t.Logf("the listener was opened %d times within %v", got, watched)
		if got != 1 {
			t.Errorf("got the listener opened %d times, want it open all the time", got)
		}
	})
	t.Run("at ngrok's", func(t *testing.T) {
		w := newWorld(t)
		edge, err := ngroktest.New(ngroktest.Options{Token: ngrokToken, Host: named})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = edge.Close() })
		probed(t, w.env, edge.CAPEM())
		w.env["VASTRELAY_NGROK_CONNECT_URL"] = edge.ConnectURL()
		c := w.start(t, nil)
		c.reach(status.Attention)
		time.Sleep(watched) // as above
		got := len(edge.Auths())
		t.Logf("ngrok saw %d sessions within %v", got, watched)
		if got > 2 {
			t.Errorf("got %d sessions, want the first and the one that the failed probe asked for", got)
		}
	})
}
