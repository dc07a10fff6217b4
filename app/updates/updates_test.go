package updates

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/status"
)

// host plays the host of a feed.
type host struct {
	*httptest.Server
	mu     sync.Mutex
	answer http.HandlerFunc
	seen   []*http.Request
}

func newHost(t *testing.T, answer http.HandlerFunc) *host {
	t.Helper()
	h := &host{answer: answer}
	h.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.seen = append(h.seen, r)
		answer := h.answer
		h.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(h.Close)
	return h
}

// says answers with a document.
func says(document string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, document) }
}

// options are those of a program of version 1.2.0 that asks h and wants to.
func (h *host) options(t *testing.T) Options {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(h.Certificate())
	return Options{
		Feed: h.URL + "/latest.json", Version: "1.2.0", File: filepath.Join(t.TempDir(), "updates.json"),
		Choice: func() (bool, bool) { return true, true }, Dial: (&net.Dialer{}).DialContext, Roots: roots,
		Logger: slog.New(slog.DiscardHandler),
	}
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		newer  string
		failed status.UpdateFailure
	}{
		{name: "a newer version", answer: says(`{"version":"1.3.0"}`), newer: "1.3.0"},
		{name: "the same version", answer: says(`{"version":"1.2.0"}`)},
		{name: "an older version", answer: says(`{"version":"1.1.0"}`)},
		{name: "not found", answer: http.NotFound, failed: status.UpdateRefused},
		{name: "no content", answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, failed: status.UpdateRefused},
		{name: "too much", answer: says(`{"version":"1.3.0","x":"` + strings.Repeat("x", maxFeed) + `"}`), failed: status.UpdateUnreadable},
		{name: "a page of a portal", answer: says("<html>"), failed: status.UpdateUnreadable},
		{name: "a redirect elsewhere", answer: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.invalid/latest.json", http.StatusFound)
		}, failed: status.UpdateRefused},
		{name: "a redirect to plain http", answer: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+r.Host+"/latest.json", http.StatusFound)
		}, failed: status.UpdateRefused},
		{name: "a redirect with an identifier", answer: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/other?id=7", http.StatusFound)
		}, failed: status.UpdateRefused},
		{name: "redirects without an end", answer: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"x", http.StatusFound)
		}, failed: status.UpdateRefused},
		{name: "a redirect within", answer: func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/latest.json" {
				http.Redirect(w, r, "/1.3.0.json", http.StatusFound)
				return
			}
			says(`{"version":"1.3.0"}`)(w, r)
		}, newer: "1.3.0"},
		{name: "a connection that ends", answer: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, failed: status.UpdateUnreachable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, tt.answer)
			o := h.options(t)
			c := New(o)
			err := c.Check(t.Context())
			u := c.Updates()
			if u.Failed != tt.failed || (err != nil) != (tt.failed != "") {
				t.Fatalf("got %q, %v; want %q", u.Failed, err, tt.failed)
			}
			version := ""
			if u.Newer != nil {
				version = u.Newer.Version
			}
			if version != tt.newer || u.Checked.IsZero() {
				t.Errorf("got %+v, want %q", u, tt.newer)
			}
			if again := New(o).Updates(); !again.Checked.Equal(u.Checked) || (again.Newer == nil) != (u.Newer == nil) {
				t.Errorf("after a restart: got %+v, want %+v", again, u)
			}
		})
	}
}

func TestTheRequestIdentifiesNobody(t *testing.T) {
	h := newHost(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "id=7")
		w.Header().Set("ETag", `"7"`)
		_, _ = io.WriteString(w, `{"version":"1.3.0"}`)
	})
	for range 2 {
		c := New(h.options(t))
		for range 2 {
			if err := c.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, r := range h.seen {
		var headers []string
		for name, values := range r.Header {
			headers = append(headers, name+": "+strings.Join(values, ","))
		}
		slices.Sort(headers)
		if got, want := strings.Join(headers, "; "), "Accept: application/json; Connection: close; User-Agent: vastrelay"; got != want || r.URL.RawQuery != "" || r.Method != http.MethodGet || r.ContentLength != 0 {
			t.Errorf("got %s %s with %q, want %q alone", r.Method, r.RequestURI, got, want)
		}
	}
	if len(h.seen) != 4 {
		t.Errorf("%d requests, want 4", len(h.seen))
	}
}

func TestABuildWithoutAFeedAsksNobody(t *testing.T) {
	for _, feed := range []string{"", "http://feed.example.net/", "https://ada:pass@feed.example.net/", "https://feed.example.net/?id=7", "nonsense"} {
		c := New(Options{
			Feed: feed, File: filepath.Join(t.TempDir(), "updates.json"), Logger: slog.New(slog.DiscardHandler), Choice: func() (bool, bool) { return true, true },
			Dial: func(context.Context, string, string) (net.Conn, error) {
				t.Error("somebody is connected to")
				return nil, errors.New("no")
			},
		})
		if u := c.Updates(); u.Host != "" {
			t.Errorf("%q: got host %q", feed, u.Host)
		}
		if err := c.Check(t.Context()); err == nil {
			t.Errorf("%q: somebody was asked", feed)
		}
	}
}

// TestOnceADay counts connections under virtual time. None of them succeeds, which does
// not have the program ask more often.
func TestOnceADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		dialled, asked, wanted := 0, false, false
		c := New(Options{
			Feed: "https://feed.example.net/latest.json", Version: "1.2.0", File: filepath.Join(t.TempDir(), "updates.json"),
			Logger: slog.New(slog.DiscardHandler),
			Choice: func() (bool, bool) { mu.Lock(); defer mu.Unlock(); return asked, wanted },
			Dial: func(context.Context, string, string) (net.Conn, error) {
				mu.Lock()
				defer mu.Unlock()
				dialled++
				return nil, errors.New("no route")
			},
		})
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = c.Run(ctx) })
		want := func(what string, wait time.Duration, n int) {
			t.Helper()
			time.Sleep(wait)
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if dialled != n {
				t.Errorf("%s: %d requests, want %d", what, dialled, n)
			}
		}
		choose := func(yes bool) {
			mu.Lock()
			asked, wanted = true, yes
			mu.Unlock()
			c.Wake()
		}
		want("nobody was asked", 3*every, 0)
		choose(false)
		want("a person said no", 3*every, 0)
		choose(true)
		want("a person said yes", time.Second, 1)
		want("within the day", every-time.Minute, 1)
		want("a day later", 2*time.Minute, 2)
		want("ten days later", 10*every, 12)
		choose(false)
		want("no more", 3*every, 12)
		cancel()
		running.Wait()
	})
}

func TestAfterAStartTheNetworkHasAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		at := make(chan time.Duration, 1)
		began := time.Now()
		c := New(Options{
			Feed: "https://feed.example.net/", File: filepath.Join(t.TempDir(), "updates.json"), Logger: slog.New(slog.DiscardHandler),
			Choice: func() (bool, bool) { return true, true },
			Dial: func(context.Context, string, string) (net.Conn, error) {
				at <- time.Since(began)
				return nil, errors.New("no route")
			},
		})
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { _ = c.Run(ctx) })
		if got := <-at; got != afterStart {
			t.Errorf("asked after %v, want %v", got, afterStart)
		}
		cancel()
		running.Wait()
	})
}

func TestANoteIsPutAwayForItsVersion(t *testing.T) {
	h := newHost(t, says(`{"version":"1.3.0"}`))
	o := h.options(t)
	c := New(o)
	changes := 0
	stop := c.Watch(func() { changes++ })
	if err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.PutAway("1.3.0")
	stop()
	if changes != 2 {
		t.Errorf("told of %d changes, want 2", changes)
	}
	if u := New(o).Updates(); u.Newer == nil || !u.PutAway {
		t.Errorf("got %+v, want it put away", u)
	}
	h.mu.Lock()
	h.answer = says(`{"version":"1.4.0"}`)
	h.mu.Unlock()
	if err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if u := c.Updates(); u.Newer == nil || u.Newer.Version != "1.4.0" || u.PutAway || changes != 2 {
		t.Errorf("got %+v after %d changes", u, changes)
	}
}

func TestAPageThatWasKeptIsOfAHostThatIsAllowedStill(t *testing.T) {
	h := newHost(t, nil)
	o := h.options(t)
	o.Pages = []string{"example.test"}
	if err := os.WriteFile(o.File, []byte(`{"release":{"version":"1.3.0","page":"https://example.test/1.3.0"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if u := New(o).Updates(); u.Newer == nil || u.Newer.Page != "https://example.test/1.3.0" {
		t.Errorf("got %+v, want the page that was kept", u.Newer)
	}
	o.Pages = nil
	if u := New(o).Updates(); u.Newer == nil || u.Newer.Page != "" {
		t.Errorf("got %+v, want no page of a host that this version does not name", u.Newer)
	}
}

func TestAFailureNamesItsCause(t *testing.T) {
	cause := errors.New("the cause")
	err := fmt.Errorf("around: %w", &Failure{status.UpdateLate, cause})
	if !errors.Is(err, cause) || !strings.Contains(err.Error(), "late: the cause") {
		t.Errorf("got %v", err)
	}
}
