package reach

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestProbe(t *testing.T) {
	const nonce = "n0nce"
	own := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/probe/"+nonce {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(nonce))
	}
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    string // part of the error; empty: none
	}{
		{"our own answer proves the address", own, ""},
		{"another program's page does not", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("welcome")) }, "another program"},
		{"a warning page with status 200 does not", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Ngrok-Error-Code", "ERR_NGROK_6024")
			_, _ = w.Write([]byte(nonce))
		}, "ERR_NGROK_6024"},
		{"an offline endpoint does not", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, "status 404"},
		{"a redirect is not followed", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		}, "status 302"},
		{"a hostile code is cleaned", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Ngrok-Error-Code", "<b>ERR</b>$(x)")
		}, "the tunnel answered for itself: ERR"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewTLSServer(tt.handler)
			defer server.Close()
			pool := x509.NewCertPool()
			pool.AddCert(server.Certificate())
			p := NewProber(ProberOptions{Nonce: nonce, CAs: pool, Connect: server.Listener.Addr().String(), UserAgent: "vastrelay/test"})
			err := p.Probe(t.Context(), "https://example.com")
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got error %v, want none", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got error %v, want one with %q", err, tt.want)
			case errors.Is(err, ErrCannotCheck):
				t.Errorf("got %v: an answer was had, so it could be checked", err)
			}
		})
	}
}

func TestProbeCannotCheck(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	address := server.Listener.Addr().String()
	t.Run("a certificate that is not trusted here", func(t *testing.T) {
		err := NewProber(ProberOptions{Nonce: "x", CAs: x509.NewCertPool(), Connect: address}).Probe(t.Context(), "https://example.com")
		if !errors.Is(err, ErrCannotCheck) {
			t.Errorf("got %v, want ErrCannotCheck", err)
		}
	})
	server.Close()
	t.Run("nothing listens", func(t *testing.T) {
		err := NewProber(ProberOptions{Nonce: "sekrit", Connect: address}).Probe(t.Context(), "https://example.com")
		if !errors.Is(err, ErrCannotCheck) {
			t.Errorf("got %v, want ErrCannotCheck", err)
		}
		if strings.Contains(err.Error(), "sekrit") {
			t.Errorf("got %v, which holds the nonce", err)
		}
	})
	t.Run("the caller gave up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := NewProber(ProberOptions{Nonce: "x", Connect: address}).Probe(ctx, "https://example.com")
		if !errors.Is(err, context.Canceled) || errors.Is(err, ErrCannotCheck) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
}

func TestProbeDialsAsToldTo(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("n0nce")) }))
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	for _, tt := range []struct{ name, connect, want string }{
		{"the public name, which a proxy looks up", "", "example.com:443"},
		{"what stands in for it", "192.0.2.7:8443", "192.0.2.7:8443"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var asked string
			p := NewProber(ProberOptions{
				Nonce: "n0nce", CAs: pool, Connect: tt.connect,
				Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
					asked = address
					return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
				},
			})
			if err := p.Probe(t.Context(), "https://example.com/hooks"); err != nil || asked != tt.want {
				t.Errorf("got %v after dialling %q, want none after %q", err, asked, tt.want)
			}
		})
	}
	t.Run("a proxy that refuses says nothing of the address", func(t *testing.T) {
		refused := errors.New("the proxy p.example:3128 answered 403 Forbidden")
		p := NewProber(ProberOptions{Nonce: "n0nce", Dial: func(context.Context, string, string) (net.Conn, error) { return nil, refused }})
		if err := p.Probe(t.Context(), "https://example.com"); !errors.Is(err, ErrCannotCheck) || !errors.Is(err, refused) {
			t.Errorf("got %v, want ErrCannotCheck and what the proxy answered", err)
		}
	})
}
