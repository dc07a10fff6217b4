package ownurl

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/tunneltest"
)

var publicURLCases = map[string]struct {
	in       string
	loopback bool
	want     string // empty: refused
}{
	"an https name":                     {"https://relay.example.com", false, "https://relay.example.com"},
	"a final slash and upper case":      {" HTTPS://Relay.Example.com/ ", false, "https://relay.example.com"},
	"a port":                            {"https://relay.example.com:8443", false, "https://relay.example.com:8443"},
	"a public address":                  {"https://203.0.113.7", false, "https://203.0.113.7"},
	"a public IPv6 address":             {"https://[2001:db8::7]", false, "https://[2001:db8::7]"},
	"a public IPv6 address with a port": {"https://[2001:db8::7]:8443/", false, "https://[2001:db8::7]:8443"},
	"http on this computer, if allowed": {"http://127.0.0.1:8787", true, "http://127.0.0.1:8787"},
	"its name, if allowed":              {"http://localhost:8787", true, "http://localhost:8787"},
	"https on this computer, allowed":   {"https://[::1]:8787", true, "https://[::1]:8787"},
	"http on this computer otherwise":   {"http://127.0.0.1:8787", false, ""},
	"https on this computer otherwise":  {"https://localhost", false, ""},
	"http elsewhere":                    {"http://relay.example.com", false, ""},
	"http elsewhere, even if allowed":   {"http://relay.example.com", true, ""},
	"nothing":                           {"", false, ""},
	"no scheme":                         {"relay.example.com", false, ""},
	"no host":                           {"https://", false, ""},
	"only a port":                       {"https://:443", false, ""},
	"a path":                            {"https://relay.example.com/vast", false, "https://relay.example.com/vast"},
	"a path with final slashes":         {"https://Relay.example.com:8443/Hooks/a//", false, "https://relay.example.com:8443/Hooks/a"},
	"a path beyond ASCII":               {"https://relay.example.com/ü x", false, "https://relay.example.com/%C3%BC%20x"},
	"a path on this computer, allowed":  {"http://127.0.0.1:8787/hooks", true, "http://127.0.0.1:8787/hooks"},
	"a path and a query":                {"https://relay.example.com/vast?x", false, ""},
	"a final dot":                       {"https://relay.example.com.", false, "https://relay.example.com"},
	"a query":                           {"https://relay.example.com?x=1", false, ""},
	"an empty query":                    {"https://relay.example.com?", false, ""},
	"a fragment":                        {"https://relay.example.com#x", false, ""},
	"an empty fragment":                 {"https://relay.example.com#", false, ""},
	"a user":                            {"https://u:p@relay.example.com", false, ""},
	"a private network":                 {"https://192.168.1.5", false, ""},
	"a private IPv6 network":            {"https://[fd00::1]", false, ""},
	"a link-local address":              {"https://169.254.1.1", false, ""},
	"the unspecified address":           {"https://0.0.0.0", false, ""},
	"a bad port":                        {"https://relay.example.com:99999", false, ""},
	"letters beyond ASCII":              {"https://Bücher.example/hooks", false, "https://xn--bcher-kva.example/hooks"},
	"letters that no name may hold":     {"https://a\u202eb.example", false, ""},
	"a control character":               {"https://relay.example.com\x00", false, ""},
}

func TestPublicURL(t *testing.T) {
	t.Parallel()
	for name, c := range publicURLCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := New(Options{PublicURL: c.in, AllowLoopback: c.loopback, Listen: "0.0.0.0:8787"})
			if (err != nil) != (c.want == "") {
				t.Fatalf("%q: got %v; want %q", c.in, err, c.want)
			}
			if err == nil && p.public != c.want {
				t.Errorf("%q: got %q, want %q", c.in, p.public, c.want)
			}
		})
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	const public = "https://relay.example.com"
	for name, c := range map[string]struct {
		o    Options
		want string
	}{
		"no public address":                    {Options{}, ReasonPublicURLInvalid},
		"none, and served to everybody":        {Options{Listen: "0.0.0.0:0", AllowLoopback: true}, ReasonPublicURLInvalid},
		"a public address without https":       {Options{PublicURL: "http://relay.example.com"}, ReasonPublicURLInvalid},
		"a local address without a port":       {Options{PublicURL: public, Listen: "127.0.0.1"}, tunnel.ReasonListenFailed},
		"a local address with a strange port":  {Options{PublicURL: public, Listen: "127.0.0.1:http"}, tunnel.ReasonListenFailed},
		"a local address with a strange host":  {Options{PublicURL: public, Listen: "a b:80"}, tunnel.ReasonListenFailed},
		"a local address with too high a port": {Options{PublicURL: public, Listen: "127.0.0.1:65536"}, tunnel.ReasonListenFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := New(c.o)
			var perm *tunnel.PermanentError
			if !errors.As(err, &perm) || perm.Reason != c.want {
				t.Fatalf("got %v, want reason %s", err, c.want)
			}
			if perm.Headline == "" || perm.Cause == "" || perm.Next == "" {
				t.Errorf("words are missing: %+v", perm)
			}
		})
	}
	p, err := New(Options{PublicURL: public})
	if err != nil || p.listen != DefaultListen || p.public != public {
		t.Errorf("defaults: got %+v, %v", p, err)
	}
}

// startOwn runs a Tunnel on a free port of this computer.
func startOwn(t *testing.T, o Options, h http.Handler) *tunneltest.Run {
	t.Helper()
	j := &tunneltest.Journal{}
	o.Logger = slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	p.runner.Pauses = tunneltest.QuickPauses()
	return tunneltest.Start(t, p, h, j, "")
}

// fetch sends a GET without a stand-in between.
func fetch(t *testing.T, address string) (int, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(tunneltest.Within(t), http.MethodGet, address, http.NoBody)
	if err != nil {
		return 0, err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

func TestOwnURLServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	r := startOwn(t, Options{AllowLoopback: true}, nil)
	link := r.AwaitState(tunnel.Online)
	if got, err := fetch(t, link.URL); err != nil || got != http.StatusNoContent {
		t.Errorf("GET %s: got %d, %v; want 204", link.URL, got, err)
	}
	r.StopInTime()
	r.AwaitState(tunnel.Stopped)
	if got, err := fetch(t, link.URL); err == nil {
		t.Errorf("GET %s after the stop: got %d, want a refused connection", link.URL, got)
	}
}

func TestOwnURLAnnouncesThePublicAddress(t *testing.T) {
	t.Parallel()
	r := startOwn(t, Options{PublicURL: "https://relay.example.com/"}, nil)
	if got, want := r.AwaitState(tunnel.Online).URL, "https://relay.example.com"; got != want {
		t.Errorf("online at %q, want %q", got, want)
	}
}

func TestOwnURLRestarts(t *testing.T) {
	t.Parallel()
	r := startOwn(t, Options{AllowLoopback: true}, nil)
	r.AwaitState(tunnel.Online)
	r.Provider.Restart()
	r.AwaitState(tunnel.Reconnecting)
	link := r.AwaitState(tunnel.Online)
	if got, err := fetch(t, link.URL); err != nil || got != http.StatusNoContent {
		t.Errorf("GET %s: got %d, %v; want 204", link.URL, got, err)
	}
}

// occupy listens on a free port of this computer.
func occupy(t *testing.T) net.Listener {
	t.Helper()
	var config net.ListenConfig
	ln, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln
}

func TestOwnURLGivesUpWhenThePortIsTaken(t *testing.T) {
	t.Parallel()
	taken := occupy(t).Addr().String()
	r := startOwn(t, Options{AllowLoopback: true, Listen: taken}, nil)
	var perm *tunnel.PermanentError
	if err := r.Result(); !errors.As(err, &perm) || perm.Reason != tunnel.ReasonAddressInUse {
		t.Fatalf("Run: got %v, want a PermanentError for the port", err)
	}
	if !strings.Contains(perm.Headline, taken) {
		t.Errorf("headline %q does not name %s", perm.Headline, taken)
	}
}

func TestOwnURLKeepsItsPortOpenThroughARestart(t *testing.T) {
	t.Parallel()
	entered, release := make(chan struct{}, 1), make(chan struct{})
	var first sync.Once
	r := startOwn(t, Options{AllowLoopback: true}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		first.Do(func() { entered <- struct{}{}; <-release })
		w.WriteHeader(http.StatusNoContent)
	}))
	link := r.AwaitState(tunnel.Online)
	// A request in flight holds the restart between the old server and the new.
	held := make(chan int, 1)
	go func() { status, _ := fetch(t, link.URL); held <- status }()
	<-entered
	r.Provider.Restart()
	meanwhile := make(chan error, 1)
	go func() { _, err := fetch(t, link.URL); meanwhile <- err }()
	close(release)
	if err := <-meanwhile; err != nil {
		t.Errorf("a request during the restart: got %v, want an answer", err)
	}
	if got := <-held; got != http.StatusNoContent {
		t.Errorf("the request in flight: got %d, want 204", got)
	}
	r.AwaitState(tunnel.Reconnecting)
	r.AwaitState(tunnel.Online)
}

func TestOwnURLTriesAgainWhenItsSocketIsLost(t *testing.T) {
	t.Parallel()
	sockets := make(chan net.Listener, 10)
	p, err := New(Options{AllowLoopback: true, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	p.runner.Pauses = tunneltest.QuickPauses()
	listen := p.open
	p.open = func(ctx context.Context, network, address string) (net.Listener, error) {
		ln, err := listen(ctx, network, address)
		sockets <- ln
		return ln, err
	}
	r := tunneltest.Start(t, p, nil, &tunneltest.Journal{}, "")
	r.AwaitState(tunnel.Online)
	socket := <-sockets
	open, err := net.Dial("tcp", socket.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = open.Close() }()
	_, _ = io.WriteString(open, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	answer := bufio.NewReader(open)
	if resp, err := http.ReadResponse(answer, nil); err != nil || resp.Body.Close() != nil {
		t.Fatalf("got %v, want an answer", err)
	}
	_ = socket.Close()
	_ = open.SetDeadline(time.Now().Add(tunneltest.Patience))
	if _, err := answer.ReadByte(); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("on a connection that stood when the socket was lost: got %v, want its end", err)
	}
	if waiting := r.Await("announcing a retry", func(l tunnel.Link) bool { return !l.RetryAt.IsZero() }); waiting.State != tunnel.Reconnecting || waiting.Err == nil {
		t.Errorf("got %+v, want reconnecting with a cause", waiting)
	}
	link := r.AwaitState(tunnel.Online)
	if got, err := fetch(t, link.URL); err != nil || got != http.StatusNoContent {
		t.Errorf("GET %s: got %d, %v; want 204", link.URL, got, err)
	}
}
