package heartbeat

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
)

// planted may turn up nowhere but at the service.
const planted = "Planted7TokenOfAPushMonitor"

const kumaURL = "http://127.0.0.1:3001/api/push/" + planted + "?status=up&msg=OK&ping="

// rig is a Heartbeat in a bubble, with its service at the other end of a pipe.
type rig struct {
	*Heartbeat
	t      *testing.T
	began  time.Time
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	answer  http.HandlerFunc // nil: 200
	dial    error            // fails instead of connecting
	calls   []string         // "5m0s up", since the beginning
	said    strings.Builder  // log, reports and errors
	reports []error
	now     status.Status
	changed func(status.Change)
}

// play runs a Heartbeat in a bubble while the test plays.
func play(t *testing.T, url string, plot func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, began: time.Now(), done: make(chan struct{}), now: status.Status{Phase: status.Starting, Since: time.Now()}}
		r.Heartbeat = New(Options{
			Status: func() status.Status { r.mu.Lock(); defer r.mu.Unlock(); return r.now },
			Watch:  func(f func(status.Change)) func() { r.changed = f; return func() {} },
			Report: func(err error) { r.note("report", err) },
			Dial:   r.connect, UserAgent: "vast-relay/test",
			Logger: slog.New(slog.NewTextHandler(lockedWriter{&r.mu, &r.said}, &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
		r.Use(relay.NewSecret(url))
		ctx, cancel := context.WithCancel(t.Context())
		r.cancel = cancel
		go func() { defer close(r.done); _ = r.Run(ctx) }()
		synctest.Wait()
		plot(r)
		cancel()
		<-r.done
		r.mu.Lock()
		defer r.mu.Unlock()
		if said := r.said.String(); strings.Contains(said, planted) {
			t.Errorf("the URL was written or reported:\n%s", said)
		}
	})
}

// lockedWriter writes under a mutex.
type lockedWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.w.Write(p)
}

// note keeps what was reported.
func (r *rig) note(what string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reports = append(r.reports, err)
	r.said.WriteString(what + " ")
	if p, ok := errors.AsType[health.Problem](err); ok {
		r.said.WriteString(p.Line().String() + p.Details + "\n")
	}
}

// connect connects to the service, which lives for one request.
func (r *rig) connect(context.Context, string, string) (net.Conn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dial != nil {
		return nil, r.dial
	}
	near, far := net.Pipe()
	go func() { _ = http.Serve(&oneConn{conn: far}, r) }() //nolint:gosec // in memory
	return near, nil
}

// oneConn is a listener with one connection.
type oneConn struct {
	conn net.Conn
	used bool
}

func (l *oneConn) Accept() (net.Conn, error) {
	if l.used {
		return nil, net.ErrClosed
	}
	l.used = true
	return l.conn, nil
}

func (*oneConn) Close() error   { return nil }
func (*oneConn) Addr() net.Addr { return &net.TCPAddr{} }

// ServeHTTP is the service.
func (r *rig) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	call := req.URL.Path
	if s := req.URL.Query().Get("status"); s != "" {
		call = s
	}
	r.calls = append(r.calls, time.Since(r.began).String()+" "+call)
	answer := r.answer
	r.mu.Unlock()
	if req.Header.Get("User-Agent") != "vast-relay/test" || req.Method != http.MethodGet {
		r.t.Errorf("got %s with the headers %v", req.Method, req.Header)
	}
	if answer != nil {
		answer(w, req)
	}
}

// become changes the phase of the program.
func (r *rig) become(p status.Phase) {
	r.mu.Lock()
	r.now = status.Status{Phase: p, Since: time.Now()}
	r.mu.Unlock()
	r.changed(status.StatusChanged)
	synctest.Wait()
}

// after lets d pass and returns the calls so far.
func (r *rig) after(d time.Duration) []string {
	time.Sleep(d)
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.calls)
}

// answers makes the service answer like f from now on.
func (r *rig) answers(f http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

// last is what was reported last.
func (r *rig) last() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.reports) == 0 {
		return nil
	}
	return r.reports[len(r.reports)-1]
}

// want checks all calls so far.
func (r *rig) want(d time.Duration, want ...string) {
	r.t.Helper()
	if got := r.after(d); !slices.Equal(got, want) {
		r.t.Errorf("got the calls %q, want %q", got, want)
	}
}

func TestCallsWhileAllIsWell(t *testing.T) {
	play(t, kumaURL, func(r *rig) {
		r.want(time.Hour) // starting says nothing
		r.become(status.Relaying)
		r.want(11*time.Minute, "1h0m0s up", "1h5m0s up", "1h10m0s up")
		r.become(status.Paused) // events are received and kept
		r.want(5*time.Minute, "1h0m0s up", "1h5m0s up", "1h10m0s up", "1h15m0s up")
		r.become(status.Standby)
		r.want(time.Hour, "1h0m0s up", "1h5m0s up", "1h10m0s up", "1h15m0s up")
		if err := r.last(); err != nil {
			r.t.Errorf("got the report %v", err)
		}
	})
}

func TestTellsOfTrouble(t *testing.T) {
	play(t, kumaURL, func(r *rig) {
		r.become(status.Relaying)
		r.want(time.Minute, "0s up")
		r.become(status.Attention)
		r.want(time.Minute, "0s up")
		r.become(status.Relaying) // a hiccup: nobody is told
		r.want(time.Minute, "0s up")
		r.become(status.Attention)
		r.want(3*time.Minute, "0s up", "5m0s down")
		r.want(5*time.Minute, "0s up", "5m0s down", "10m0s down")
		r.become(status.Relaying) // the alarm ends at once
		r.want(0, "0s up", "5m0s down", "10m0s down", "11m0s up")
	})
}

func TestAServiceThatKnowsNoFailure(t *testing.T) {
	play(t, "http://127.0.0.1:1/any/"+planted, func(r *rig) {
		r.become(status.Relaying)
		r.become(status.Attention)
		r.want(time.Hour, "0s /any/"+planted)
		r.become(status.Relaying)
		r.want(0, "0s /any/"+planted, "1h0m0s /any/"+planted)
	})
}

// TestCallsThatFail are tried again with longer pauses, reported, and mended by
// the next that gets through.
func TestCallsThatFail(t *testing.T) {
	play(t, kumaURL, func(r *rig) {
		r.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		r.become(status.Relaying)
		r.want(12*time.Minute, "0s up", "1m0s up", "3m0s up", "7m0s up", "12m0s up")
		if err := r.last(); !health.Is(err, health.HeartbeatUnreachable) || !strings.Contains(err.Error(), "502") {
			r.t.Errorf("got the report %v, want what the service answered", err)
		}
		r.answers(nil)
		r.want(5*time.Minute, "0s up", "1m0s up", "3m0s up", "7m0s up", "12m0s up", "17m0s up")
		if err := r.last(); err != nil {
			r.t.Errorf("got the report %v after a call that got through", err)
		}
	})
}

func TestAnotherURLIsCalledAtOnce(t *testing.T) {
	play(t, kumaURL, func(r *rig) {
		r.become(status.Relaying)
		r.want(time.Minute, "0s up")
		r.Use(relay.NewSecret("http://127.0.0.1:1/other"))
		r.want(0, "0s up", "1m0s /other")
		r.Use(relay.NewSecret("no URL"))
		if err := r.last(); !health.Is(err, health.HeartbeatURLMalformed) {
			r.t.Errorf("got the report %v", err)
		}
		r.Use(relay.Secret{})
		if err := r.last(); err != nil {
			r.t.Errorf("got the report %v although there is nothing to call", err)
		}
		r.want(time.Hour, "0s up", "1m0s /other")
	})
}

func TestAServiceThatNeverAnswers(t *testing.T) {
	play(t, kumaURL, func(r *rig) {
		r.answers(func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() })
		r.become(status.Relaying)
		r.after(callWithin)
		if err := r.last(); !health.Is(err, health.HeartbeatUnreachable) {
			r.t.Errorf("got the report %v after %v", err, callWithin)
		}
		r.after(time.Minute) // the next call is under way
		began := time.Now()
		r.cancel()
		<-r.done
		if took := time.Since(began); took > 0 {
			r.t.Errorf("stopping took %v", took)
		}
	})
}

// proxyTrouble is an error of a proxy.
type proxyTrouble struct{ error }

func (proxyTrouble) ProxyFailure() string { return "the proxy answered 407" }

// A person removes or replaces the URL of a service just because it does not answer.
func TestACallOfAnEarlierURLIsNotReported(t *testing.T) {
	for name, next := range map[string]string{"removed": "", "replaced": "http://127.0.0.1:1/other"} {
		t.Run(name, func(t *testing.T) {
			play(t, kumaURL, func(r *rig) {
				called := make(chan struct{})
				r.answers(func(_ http.ResponseWriter, req *http.Request) { close(called); <-req.Context().Done() })
				r.become(status.Relaying)
				<-called
				r.mu.Lock()
				r.answer, r.reports = nil, nil
				r.mu.Unlock()
				r.Use(relay.NewSecret(next))
				time.Sleep(callWithin + time.Second)
				synctest.Wait()
				r.mu.Lock()
				defer r.mu.Unlock()
				if len(r.reports) != 1 || r.reports[0] != nil {
					t.Errorf("got the reports %v, want that nothing is wrong", r.reports)
				}
			})
		})
	}
}

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name   string
		url    string
		answer http.HandlerFunc
		dial   error
		phase  status.Phase
		call   string
		code   health.Code // empty: nil
		says   string
	}{
		{name: "one that works", url: kumaURL, phase: status.Relaying, call: "0s up"},
		{name: "one that works, before anything is relayed", url: kumaURL, phase: status.Setup, call: "0s down"},
		{name: "one of a service that knows no failure", url: "http://127.0.0.1:1/a", phase: status.Setup, call: "0s /a"},
		{
			name: "one that the service does not know", url: kumaURL, phase: status.Relaying, call: "0s up",
			answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
			code:   health.HeartbeatRefused, says: "The service answered 404.",
		},
		{
			name: "one that Healthchecks does not know", url: kumaURL, phase: status.Relaying, call: "0s up",
			answer: func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "OK (not found)") },
			code:   health.HeartbeatRefused, says: "no check of that address",
		},
		{
			name: "one that leads elsewhere", url: kumaURL, phase: status.Relaying, call: "0s up",
			answer: func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, "/elsewhere", http.StatusFound) },
			code:   health.HeartbeatRefused, says: "answered 302",
		},
		{
			name: "one of a service with trouble", url: kumaURL, phase: status.Relaying, call: "0s up",
			answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
			code:   health.HeartbeatUnreachable, says: "answered 429",
		},
		{name: "one that cannot be reached", url: kumaURL, phase: status.Relaying, dial: errors.New("refused"), code: health.HeartbeatUnreachable, says: "gave no answer"},
		{
			name: "one behind a proxy that refuses", url: kumaURL, phase: status.Relaying, dial: proxyTrouble{errors.New("407")},
			code: health.HeartbeatUnreachable, says: "The proxy answered 407.",
		},
		{name: "none", url: "http://" + planted + ".example/", phase: status.Relaying, code: health.HeartbeatURLMalformed, says: "https://"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, "", func(r *rig) {
				r.answers(tt.answer)
				r.dial = tt.dial
				r.become(tt.phase)
				err := r.Check(r.t.Context(), relay.NewSecret(tt.url))
				r.note("check", err)
				if (err == nil) != (tt.code == "") || err != nil && (!health.Is(err, tt.code) || !strings.Contains(err.Error(), tt.says)) {
					r.t.Errorf("got %v, want %s with %q", err, tt.code, tt.says)
				}
				var want []string
				if tt.call != "" {
					want = append(want, tt.call)
				}
				r.want(0, want...)
			})
		})
	}
}

// addresses are URLs as people paste them, and the calls made of each.
var addresses = []struct{ name, raw, up, down string }{
	{"Healthchecks by UUID", "https://hc-ping.com/d1665499-e827-441f-bf13-8f15e8f4c0b9", "https://hc-ping.com/d1665499-e827-441f-bf13-8f15e8f4c0b9", "https://hc-ping.com/d1665499-e827-441f-bf13-8f15e8f4c0b9/fail"},
	{"Healthchecks with a slash", " https://hc-ping.com/d1665499-e827-441f-bf13-8f15e8f4c0b9/ ", "https://hc-ping.com/d1665499-e827-441f-bf13-8f15e8f4c0b9", "https://hc-ping.com/d1665499-e827-441f-bf13-8f15e8f4c0b9/fail"},
	{"Healthchecks by slug", "https://hc-ping.com/fqOOd6-F4MMNuCEnzTU01w/vast-relay?create=1", "https://hc-ping.com/fqOOd6-F4MMNuCEnzTU01w/vast-relay?create=1", "https://hc-ping.com/fqOOd6-F4MMNuCEnzTU01w/vast-relay/fail?create=1"},
	{"Healthchecks of one's own", "https://hc.example.org/ping/d1665499-e827-441f-bf13-8f15e8f4c0b9", "https://hc.example.org/ping/d1665499-e827-441f-bf13-8f15e8f4c0b9", "https://hc.example.org/ping/d1665499-e827-441f-bf13-8f15e8f4c0b9/fail"},
	{"Healthchecks, for failures", "https://hc-ping.com/d1665499-e827-441f-bf13-8f15e8f4c0b9/fail", "", ""},
	{"Uptime Kuma", "https://kuma.example.org/api/push/AbC123?status=up&msg=OK&ping=", "https://kuma.example.org/api/push/AbC123?msg=OK&status=up", "https://kuma.example.org/api/push/AbC123?msg=not+relaying&status=down"},
	{"Uptime Kuma without parameters, below a path", "https://example.org/kuma/api/push/AbC123", "https://example.org/kuma/api/push/AbC123?msg=OK&status=up", "https://example.org/kuma/api/push/AbC123?msg=not+relaying&status=down"},
	{"Uptime Kuma on this computer", "http://localhost:3001/api/push/AbC123", "http://localhost:3001/api/push/AbC123?msg=OK&status=up", "http://localhost:3001/api/push/AbC123?msg=not+relaying&status=down"},
	{"another switch", "https://nosnch.in/c2354d53d2#x", "https://nosnch.in/c2354d53d2", ""},
	{"another one whose path is like that of Healthchecks", "https://example.org/d1665499-e827-441f-bf13-8f15e8f4c0b9", "https://example.org/d1665499-e827-441f-bf13-8f15e8f4c0b9", ""},
	{"http to another computer", "http://kuma.lan:3001/api/push/AbC123", "", ""},
	{"a user name", "https://ada:secret@example.org/", "", ""},
	{"another scheme", "ftp://example.org/", "", ""},
	{"no host", "https:///a", "", ""},
	{"a port alone", "https://:1/a", "", ""},
	{"a path alone", "/api/push/AbC123", "", ""},
	{"a word", "heartbeat", "", ""},
	{"nothing", "", "", ""},
	{"a line break", "https://example.org/a\nb", "", ""},
	{"far too much", "https://example.org/" + strings.Repeat("a", longestURL), "", ""},
}

func TestAddresses(t *testing.T) {
	for _, tt := range addresses {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parse(tt.raw)
			if got != (target{tt.up, tt.down}) || (err == nil) != (tt.up != "") {
				t.Errorf("got %+v, %v", got, err)
			}
			if err != nil && !strings.HasSuffix(err.Error(), ".") {
				t.Errorf("got %q, want a sentence", err)
			}
		})
	}
}

func FuzzAddress(f *testing.F) {
	for _, tt := range addresses {
		f.Add(tt.raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := parse(raw)
		if err != nil {
			if got != (target{}) {
				t.Errorf("got %+v beside the error %v", got, err)
			}
			return
		}
		for _, call := range []string{got.up, got.down} {
			if call == "" {
				continue
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, call, http.NoBody)
			if err != nil {
				t.Errorf("%q cannot be called: %v", call, err)
				continue
			}
			if s := r.URL.Scheme; s != "https" && (s != "http" || !relay.IsLoopback(r.URL.Hostname())) || r.URL.User != nil {
				t.Errorf("%q is called", call)
			}
		}
		if again, err := parse(got.up); err != nil || again != got {
			t.Errorf("%q is read as %+v, %v, want %+v", got.up, again, err, got)
		}
	})
}
