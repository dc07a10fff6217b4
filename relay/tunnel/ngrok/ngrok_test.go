package ngrok

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/ngrok/ngroktest"
	"vastrelay/relay/tunnel/tunneltest"
)

// echo answers with the hash of the body and what the request looked like.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("X-Saw", fmt.Sprintf("%s %s %s %s", r.Method, r.URL.RequestURI(), r.Header.Get("X-Vast-Signature"), r.RemoteAddr))
	_, _ = fmt.Fprintf(w, "%x", sha256.Sum256(body))
}

func post(t testing.TB, edge *ngroktest.Edge, address string, body []byte) (string, http.Header, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(tunneltest.Within(t), http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return "", nil, err
	}
	req.Header.Set("X-Vast-Signature", "sha256=abc")
	resp, err := edge.Client().Do(req)
	if err != nil {
		return "", nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return string(answer), resp.Header, err
}

func TestNgrokCarriesRequestsUnchanged(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, ngroktest.Options{})
	r := start(t, edge, http.HandlerFunc(echo), nil)

	link := r.AwaitState(tunnel.Online)
	if link.URL != edge.PublicURL() {
		t.Errorf("online at %q, want %q", link.URL, edge.PublicURL())
	}
	if link.Since.IsZero() || link.Err != nil {
		t.Errorf("online link: got %+v, want a time and no error", link)
	}

	// Bytes of every value, more than a multiplexer window.
	body := bytes.Repeat([]byte("\x00\xff{\"a\": 1}\r\n\xf0\x9f\x9a\x80"), 100_000)
	answer, header, err := post(t, edge, link.URL+"/vast/client?q=a%2Fb", body)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%x", sha256.Sum256(body)); answer != want {
		t.Errorf("the body changed on its way: got hash %s, want %s\n%s", answer, want, r.Journal)
	}
	if got, want := header.Get("X-Saw"), "POST /vast/client?q=a%2Fb sha256=abc 127.0.0.1:"; !strings.HasPrefix(got, want) {
		t.Errorf("the handler saw %q, want it to begin with %q", got, want)
	}
}

func TestNgrokCarriesManyRequestsAtOnce(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, ngroktest.Options{})
	r := start(t, edge, http.HandlerFunc(echo), nil)
	link := r.AwaitState(tunnel.Online)

	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			body := fmt.Appendf(nil, `{"event_id":%d}`, i)
			answer, _, err := post(t, edge, link.URL+"/vast/client", body)
			if want := fmt.Sprintf("%x", sha256.Sum256(body)); err != nil || answer != want {
				t.Errorf("request %d: got %q, %v; want %q", i, answer, err, want)
			}
		})
	}
	all.Wait()
}

func TestNgrokTellsWhatItMust(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, ngroktest.Options{})
	r := start(t, edge, nil, func(o *Options) { o.Token = relay.NewSecret("  " + testToken + "\n") })
	r.AwaitState(tunnel.Online)

	auth, bind := edge.Auths()[0], edge.Binds()[0]
	if auth.Token != testToken {
		t.Error("the token did not arrive without the white space around it")
	}
	if auth.ClientType != "vast-relay" || auth.Version != "1.2.3" {
		t.Errorf("client: got %q %q, want vast-relay 1.2.3", auth.ClientType, auth.Version)
	}
	if !auth.CanStop || !auth.CanRestart {
		t.Error("the dashboard is told that it cannot stop or restart the agent")
	}
	if auth.Metadata != "" || bind.Metadata != "" || bind.Description != "Vast Relay" || bind.Pooling || bind.URL != "" {
		t.Errorf("bind: got %+v, want a description and nothing else", bind)
	}
}

func TestNgrokAsksForItsDomain(t *testing.T) {
	t.Parallel()
	for name, domain := range map[string]string{
		"a bare name":                 "relay.example.com",
		"an origin":                   "https://relay.example.com",
		"an origin with a slash":      "https://Relay.Example.com/",
		"a name with space around it": " relay.example.com\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			edge := newEdge(t, ngroktest.Options{Domains: []string{"relay.example.com"}})
			r := start(t, edge, nil, func(o *Options) { o.Domain = domain })
			if got, want := r.AwaitState(tunnel.Online).URL, "https://relay.example.com"; got != want {
				t.Errorf("online at %q, want %q", got, want)
			}
		})
	}
}

func TestNgrokGivesUpAfterOneAttempt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault  func(*ngroktest.Edge)
		change func(*Options)
		reason string
		code   string
		binds  int
	}{
		"when the token is wrong": {
			change: func(o *Options) { o.Token = relay.NewSecret(testToken + "x") },
			reason: ReasonTokenRefused, code: "ERR_NGROK_107",
		},
		"when the account is not verified": {
			fault:  func(e *ngroktest.Edge) { e.RefuseLogin("Please verify your e-mail.\n\nERR_NGROK_123") },
			reason: ReasonAccountUnverified, code: "ERR_NGROK_123",
		},
		"when the account is suspended": {
			fault:  func(e *ngroktest.Edge) { e.RefuseLogin("Suspended: " + testToken + "\n\nERR_NGROK_338") },
			reason: ReasonAccountSuspended, code: "ERR_NGROK_338",
		},
		"when the program is too old": {
			fault:  func(e *ngroktest.Edge) { e.RefuseLogin("Too old.\n\nERR_NGROK_121") },
			reason: ReasonClientTooOld, code: "ERR_NGROK_121",
		},
		"when the domain is not ours": {
			fault:  func(*ngroktest.Edge) {},
			change: func(o *Options) { o.Domain = "other.example.com" },
			reason: ReasonDomainNotAllowed, code: "ERR_NGROK_320", binds: 1,
		},
		"when the account has too many endpoints": {
			fault:  func(e *ngroktest.Edge) { e.RefuseBind("Too many.\n\nERR_NGROK_324") },
			reason: ReasonEndpointLimit, code: "ERR_NGROK_324", binds: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			edge := newEdge(t, ngroktest.Options{Domains: []string{"relay.example.com"}})
			if c.fault != nil {
				c.fault(edge)
			}
			r := start(t, edge, nil, c.change)
			var perm *tunnel.PermanentError
			if err := r.Result(); !errors.As(err, &perm) {
				t.Fatalf("Run: got %v, want a PermanentError", err)
			}
			if perm.Reason != c.reason || perm.Code != c.code {
				t.Errorf("got %s, %s; want %s, %s", perm.Reason, perm.Code, c.reason, c.code)
			}
			if perm.Headline == "" || perm.Cause == "" || perm.Next == "" {
				t.Errorf("words are missing: %+v", perm)
			}
			if text := fmt.Sprintf("%v %+v %#v", perm, perm, errors.Unwrap(perm)); strings.Contains(text, testToken) {
				t.Errorf("the error holds the token: %s", text)
			}
			if got := len(edge.Auths()); got != 1 {
				t.Errorf("the edge saw %d logins, want 1", got)
			}
			if got := len(edge.Binds()); got != c.binds {
				t.Errorf("the edge saw %d binds, want %d", got, c.binds)
			}
			if last := r.AwaitState(tunnel.Stopped); last.Code != c.code || last.Err == nil {
				t.Errorf("last link: got %+v, want the cause", last)
			}
		})
	}
}

func TestNgrokRefusesADomainThatWasNotAskedFor(t *testing.T) {
	t.Parallel()
	// The edge takes a domain that it assigned before as "the assigned one".
	edge := newEdge(t, ngroktest.Options{Host: "first.example.com"})
	r := start(t, edge, nil, nil)
	r.AwaitState(tunnel.Online)
	r.StopInTime()
	edge.Assign("second.example.com")

	r = start(t, edge, nil, func(o *Options) { o.Domain = "first.example.com" })
	var perm *tunnel.PermanentError
	if err := r.Result(); !errors.As(err, &perm) || perm.Reason != ReasonDomainNotAllowed {
		t.Fatalf("Run: got %v, want a PermanentError for the domain", err)
	}
	if want := "ngrok assigned second.example.com instead of first.example.com"; perm.Err == nil || perm.Err.Error() != want {
		t.Errorf("cause: got %v, want %s", perm.Err, want)
	}
}

func TestNgrokRunsOnceAtATime(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, ngroktest.Options{})
	r := start(t, edge, nil, nil)
	r.AwaitState(tunnel.Online)
	if err := r.Provider.Run(t.Context(), http.NotFoundHandler(), nil); !errors.Is(err, tunnel.ErrRunning) {
		t.Errorf("second Run: got %v, want %v", err, tunnel.ErrRunning)
	}
	wantStatus(t, edge, edge.PublicURL(), http.StatusNoContent)
}
