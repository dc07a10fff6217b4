package googlechat

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
)

func TestRedirectsAreNotFollowed(t *testing.T) {
	var followed bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := New(Options{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			resp := answerOf(status, "")
			resp.Header.Set("Location", other.URL)
			resp.Request = r
			return resp, nil
		})})
		s.SetURL(mustParse(t, goodURL))
		if got := s.Send(t.Context(), cardMessage()); got.Reason != ReasonRedirected || got.Outcome != relay.Unreachable {
			t.Errorf("%d: result = %+v", status, got)
		}
	}
	if followed {
		t.Error("a redirect was followed")
	}
}

func TestUnreachableMeansThatNothingWasSent(t *testing.T) {
	refused, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := refused.Addr().String()
	_ = refused.Close() // now nobody listens there

	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	hostOf := func(server *httptest.Server) string { return server.Listener.Addr().String() }

	path := "/v1/spaces/" + testSpace + "/messages?key=the-key&token=the-token%3D"
	for _, tc := range []struct{ name, url, reason string }{
		{"nobody listens", "http://" + host + path, ReasonConnect},
		{"the other side does not speak TLS", "https://" + hostOf(plain) + path, ReasonTLS},
		{"the certificate is not trusted", "https://" + hostOf(untrusted) + path, ReasonTLS},
		{"the name does not exist", "https://chat.invalid" + path, ReasonNameUnknown},
		{"the proxy gives no connection", "https://chat.proxied" + path, ReasonProxy},
	} {
		t.Run(tc.name, func(t *testing.T) {
			transport := newTransport(nil)
			transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				if strings.HasPrefix(addr, "chat.invalid") {
					return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: "chat.invalid", IsNotFound: true}}
				}
				if strings.HasPrefix(addr, "chat.proxied") {
					return nil, &net.OpError{Op: "proxyconnect", Net: network, Err: proxyTrouble{}}
				}
				return (&net.Dialer{}).DialContext(ctx, network, addr)
			}
			defer transport.CloseIdleConnections()
			logs := &logBuffer{}
			s := New(Options{Transport: transport, Logger: logs.logger()})
			target, err := url.Parse(tc.url)
			if err != nil {
				t.Fatal(err)
			}
			u := mustParse(t, tc.url, target.Host)
			s.SetURL(u)
			got := s.Send(t.Context(), cardMessage())
			if got.Outcome != relay.Unreachable || got.Reason != tc.reason || got.Status != 0 {
				t.Errorf("result = %+v, want unreachable, %s", got, tc.reason)
			}
			if want := (proxyTrouble{}).ProxyFailure(); tc.reason == ReasonProxy && !strings.Contains(got.Detail, want) {
				t.Errorf("detail = %q, want it to hold %q", got.Detail, want)
			}
			assertNoLeak(t, u, got, logs.String())
		})
	}
}

// proxyTrouble is the failure of a dialer whose proxy gives no connection.
type proxyTrouble struct{}

func (proxyTrouble) Error() string        { return "no connection" }
func (proxyTrouble) ProxyFailure() string { return "the proxy p.example:3128 answered 403 Forbidden" }

// cutConn fails when the request is written: after part of it, or at once.
type cutConn struct {
	net.Conn
	after int
}

func (c *cutConn) Write(p []byte) (int, error) {
	if c.after == 0 {
		return 0, errors.New("cut")
	}
	n := min(c.after, len(p))
	c.after -= n
	if n < len(p) {
		return n, errors.New("cut")
	}
	return n, nil
}

func TestConnectionThatBreaksWhileWritingIsAmbiguous(t *testing.T) {
	transport := newTransport(nil)
	transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		t.Cleanup(func() { _ = theirs.Close() })
		return &cutConn{Conn: ours, after: 20}, nil
	}
	defer transport.CloseIdleConnections()
	s := New(Options{Transport: transport})
	raw := "http://127.0.0.1:4711/v1/spaces/" + testSpace + "/messages?key=k-1&token=t-1"
	u := mustParse(t, raw, extraHost)
	s.SetURL(u)
	got := s.Send(t.Context(), cardMessage())
	if got.Outcome != relay.Ambiguous || got.Reason != ReasonConnectionLost {
		t.Errorf("result = %+v, want ambiguous", got)
	}
	assertNoLeak(t, u, got)
}

func TestDeadlines(t *testing.T) {
	// hang blocks like a transport whose progress is told by tell.
	hang := func(tell func(*http.Request)) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			tell(r)
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
	}
	dialling := func(r *http.Request) { traceOf(r).GetConn("chat") }
	written := func(r *http.Request) { traceOf(r).GetConn("chat"); traceOf(r).WroteHeaders() }
	silent := func(*http.Request) {}
	retrying := func(r *http.Request) { written(r); dialling(r) }

	for _, tc := range []struct {
		name    string
		tell    func(*http.Request)
		giveUp  time.Duration // the caller's patience
		outcome relay.Outcome
		reason  string
		took    time.Duration
	}{
		{"the deadline passes while dialling", dialling, time.Hour, relay.Unreachable, ReasonConnectTimeout, postDeadline},
		{"the deadline passes after the request was written", written, time.Hour, relay.Ambiguous, ReasonTimeout, postDeadline},
		{"the deadline passes while dialling anew, the first connection having taken nothing", retrying, time.Hour, relay.Unreachable, ReasonConnectTimeout, postDeadline},
		{"the deadline passes in a transport that tells nothing", silent, time.Hour, relay.Ambiguous, ReasonTimeout, postDeadline},
		{"the caller gives up while dialling", dialling, time.Second, relay.Unreachable, ReasonInterrupted, time.Second},
		{"the caller gives up after the request was written", written, time.Second, relay.Ambiguous, ReasonInterrupted, time.Second},
		{"the caller has given up before", written, 0, relay.Unreachable, ReasonInterrupted, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(Options{Transport: hang(tc.tell)})
				u := mustParse(t, goodURL)
				s.SetURL(u)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tc.giveUp == 0 {
					cancel()
				} else {
					timer := time.AfterFunc(tc.giveUp, cancel)
					defer timer.Stop()
				}
				got := s.Send(ctx, cardMessage())
				if got.Outcome != tc.outcome || got.Reason != tc.reason || got.Took != tc.took {
					t.Errorf("result = %+v, want %s %s after %s", got, tc.outcome, tc.reason, tc.took)
				}
				assertNoLeak(t, u, got)
			})
		})
	}
}
