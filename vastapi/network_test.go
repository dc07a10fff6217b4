package vastapi

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// proxyTrouble is the failure of a dialer whose proxy gives no connection. It
// wraps what would be told otherwise.
type proxyTrouble struct{}

func (proxyTrouble) Error() string        { return "no connection" }
func (proxyTrouble) ProxyFailure() string { return "the proxy p.example:3128 answered 403 Forbidden" }

func TestNetworkFailures(t *testing.T) {
	tests := []struct {
		name    string
		err     error
		message string
		unclear bool
	}{
		{"a name that is not known", &net.DNSError{Err: "no such host"}, "the host name could not be resolved", false},
		{"a connection that is refused", &net.OpError{Op: "dial", Err: errors.New("refused")}, "no connection", false},
		{"a connection that takes too long", &net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, "no answer in time", false},
		{"a proxy that is away", &net.OpError{Op: "proxyconnect", Err: errors.New("refused")}, "the proxy gave no connection", false},
		{"a proxy that refuses", &net.OpError{Op: "proxyconnect", Err: proxyTrouble{}}, "the proxy p.example:3128 answered 403 Forbidden", false},
		{"a certificate that is not trusted", &tls.CertificateVerificationError{Err: errors.New("unknown authority")}, "the server's certificate is not trusted", false},
		{"a server without TLS", tls.RecordHeaderError{Msg: "http"}, "the server does not speak TLS", false},
		{"a connection that breaks", io.ErrUnexpectedEOF, "the connection broke before the answer was complete", true},
		{"a read that breaks", &net.OpError{Op: "read", Err: errors.New("reset")}, "the connection broke before the answer was complete", true},
		{"no answer in time", context.DeadlineExceeded, "no answer in time", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wrapped := &url.Error{Op: "Post", URL: "https://console.vast.ai/api/v0/?hunter2", Err: tt.err}
				c, _ := scriptedClient(t, scripted{err: wrapped})
				_, err := c.Create(t.Context(), aNewWebhook())
				e := mustBe(t, err, Unreachable)
				if e.Message != tt.message || e.Unclear != tt.unclear {
					t.Errorf("got %q, unclear %v; want %q, %v", e.Message, e.Unclear, tt.message, tt.unclear)
				}
				if !errors.Is(err, tt.err) || strings.Contains(fmt.Sprintf("%v %v", err, errors.Unwrap(err)), "hunter2") {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// Over real sockets, with the transport that the program ships.
func TestOwnTransport(t *testing.T) {
	client := func(t *testing.T, base string) *Client {
		t.Helper()
		c, err := New(Options{BaseURL: base, Key: NewKey(testKey)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	t.Run("does not trust an unknown certificate", func(t *testing.T) {
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		defer s.Close()
		_, err := client(t, s.URL).Create(t.Context(), aNewWebhook())
		if e := mustBe(t, err, Unreachable); e.Unclear || e.Message != "the server's certificate is not trusted" {
			t.Errorf("got %v, unclear %v", e, e.Unclear)
		}
	})
	t.Run("does not follow a redirect", func(t *testing.T) {
		var calls atomic.Int32
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}))
		defer s.Close()
		_, err := client(t, s.URL).Create(t.Context(), aNewWebhook())
		if mustBe(t, err, Intercepted); calls.Load() != 1 {
			t.Errorf("got %v after %d calls", err, calls.Load())
		}
	})
	t.Run("says that nothing was sent when nobody listens", func(t *testing.T) {
		s := httptest.NewServer(http.NotFoundHandler())
		s.Close()
		_, err := client(t, s.URL).Create(t.Context(), aNewWebhook())
		if e := mustBe(t, err, Unreachable); e.Unclear || e.Message != "no connection" {
			t.Errorf("got %v, unclear %v", e, e.Unclear)
		}
	})
	t.Run("says that a call may have been carried out when the answer is cut", func(t *testing.T) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(created[:20]))
		}))
		defer s.Close()
		_, err := client(t, s.URL).Create(t.Context(), aNewWebhook())
		if e := mustBe(t, err, Unreachable); !e.Unclear || e.Status != 200 {
			t.Errorf("got %v, unclear %v", e, e.Unclear)
		}
	})
}

func TestErrorText(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{&Error{Op: "create webhook", Status: 400, Message: "no"}, "create webhook: 400: no"},
		{&Error{Op: "create webhook", Status: 500}, "create webhook: 500: Internal Server Error"},
		{&Error{Op: "create webhook", Class: Unreachable}, "create webhook: unreachable"},
		{ValidateURL(""), "the webhook URL is empty"},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	wrapped := fmt.Errorf("around: %w", &Error{Class: WebhookGone, Unclear: true})
	if ClassOf(wrapped) != WebhookGone || !Unclear(wrapped) {
		t.Error("a wrapped error is not found")
	}
	if other := errors.New("other"); ClassOf(other) != "" || Unclear(other) || ClassOf(nil) != "" {
		t.Error("another error has a class")
	}
	if NewKey("x").String() != secretMark || NewKey("x").GoString() != secretMark {
		t.Error("a key prints")
	}
}

func TestCallerWithoutTimeIsToldSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := scriptedClient(t, scripted{status: 200, body: emptyList})
		_, _ = c.Webhooks(t.Context())
		ctx, cancel := context.WithTimeout(t.Context(), DefaultGap/2)
		defer cancel()
		_, err := c.Create(ctx, aNewWebhook())
		if e := mustBe(t, err, Unreachable); e.Unclear || len(s.calls) != 1 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, unclear %v", e, e.Unclear)
		}
	})
}
