package app_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// TestOwnURLBelowAPath relays behind a proxy that serves the program below a
// path, and strips that path or not.
func TestOwnURLBelowAPath(t *testing.T) {
	t.Parallel()
	const named = "example.com" // what the certificate of httptest is for
	for _, tt := range []struct {
		name  string
		strip func(http.Handler) http.Handler
	}{
		{"the proxy passes the path on", func(h http.Handler) http.Handler { return h }},
		{"the proxy strips the path", func(h http.Handler) http.Handler { return http.StripPrefix("/hooks", h) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, listen := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
			var probed atomic.Bool
			way := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: listen})
			way.ModifyResponse = func(r *http.Response) error {
				if strings.Contains(r.Request.URL.Path, "/probe/") && r.StatusCode == http.StatusOK {
					probed.Store(true)
				}
				return nil
			}
			front := tt.strip(way)
			outside, inside := httptest.NewTLSServer(front), httptest.NewServer(front)
			t.Cleanup(outside.Close)
			t.Cleanup(inside.Close)
			ca := filepath.Join(t.TempDir(), "ca.pem")
			if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: outside.Certificate().Raw}), 0o600); err != nil {
				t.Fatal(err)
			}
			w.env["VASTRELAY_NGROK_CA"], w.env["VASTRELAY_PUBLIC_CONNECT"] = ca, outside.Listener.Addr().String()
			w.env["VASTRELAY_PUBLIC_URL"] = "https://Example.com/hooks/"
			w.vast.MapHost(named, inside.URL)
			s := w.start(t, nil).reach(status.Relaying)
			if got, want := w.hooks()[0].URL, "https://example.com/hooks/vast/client"; got != want {
				t.Errorf("got the webhook at %s, want %s", got, want)
			}
			if got := s.Hop(health.HopAddress).Detail; !probed.Load() || !strings.Contains(got.String(), "A test delivery from Vast.ai arrived") {
				t.Errorf("probe answered: %v, got %q; want the probe to come through, and a test to prove the address", probed.Load(), got)
			}
			w.emit(t, vasttest.Emission{})
		})
	}
}

func TestOwnURLBeyondASCII(t *testing.T) {
	t.Parallel()
	w, listen := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
	w.env["VASTRELAY_PUBLIC_URL"] = "https://Bücher.vastrelay.example./Post"
	w.vast.MapHost("xn--bcher-kva.vastrelay.example", "http://"+listen)
	w.start(t, nil).reach(status.Relaying)
	if got, want := w.hooks()[0].URL, "https://xn--bcher-kva.vastrelay.example/Post/vast/client"; got != want {
		t.Errorf("got the webhook at %s, want %s", got, want)
	}
	w.emit(t, vasttest.Emission{})
}
