package cloudflared

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/tunnel/cloudflared/cloudflaredtest"
	"vastrelay/relay/tunnel/tunneltest"
)

// parentOf makes the test binary a program that runs the cloudflared at that path
// until it is killed, and watchedBy one that only watches a process group.
const (
	parentOf  = "CLOUDFLARED_TEST_PARENT_OF"
	watchedBy = "CLOUDFLARED_TEST_WATCHED_BY"
)

func TestMain(m *testing.M) {
	if cloudflaredtest.Called() {
		os.Exit(cloudflaredtest.Main())
	}
	if path := os.Getenv(parentOf); path != "" {
		beParent(path)
	}
	if group := os.Getenv(watchedBy); group != "" {
		beWatched(group)
	}
	os.Exit(m.Run())
}

// beParent runs cloudflared until this process is killed.
func beParent(path string) {
	t, err := New(Options{Executable: path, Folder: os.Getenv("HOME")})
	if err == nil {
		err = t.Run(context.Background(), http.NotFoundHandler(), nil)
	}
	fmt.Fprintln(os.Stderr, "the tunnel ended:", err)
	os.Exit(1)
}

const (
	quickHost1 = "brave-otter-lamp.trycloudflare.com"
	quickHost2 = "calm-heron-desk.trycloudflare.com"
	ownHost    = "relay.example.com"
	planted    = "planted-tunnel-secret-7f3a9c2e51d8"
)

// quick is a stand-in that gives out a quick tunnel.
func quick(t *testing.T, f cloudflaredtest.Fault) *cloudflaredtest.Program {
	t.Helper()
	return cloudflaredtest.Install(t, cloudflaredtest.Behaviour{Host: quickHost1, Fault: f})
}

// named are the options of a tunnel with a name of its own.
func named() Options {
	return Options{Token: relay.NewSecret(cloudflaredtest.Token(planted)), Host: ownHost, Listen: "127.0.0.1:0"}
}

// prepare makes a tunnel over the stand-in, with shorter waits.
func prepare(t *testing.T, p *cloudflaredtest.Program, o Options) (*Tunnel, *tunneltest.Journal) {
	t.Helper()
	j := &tunneltest.Journal{}
	o.Logger = newTextLogger(j)
	o.Executable, o.Folder = p.Path, t.TempDir()
	tn, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	tn.cfg.limits.least, tn.cfg.limits.soon, tn.cfg.limits.settle = time.Millisecond, 10*time.Millisecond, 0
	tn.runner.Pauses = tunneltest.QuickPauses()
	return tn, j
}

// start runs a tunnel over the stand-in.
func start(t *testing.T, p *cloudflaredtest.Program, o Options) *tunneltest.Run {
	t.Helper()
	tn, j := prepare(t, p, o)
	return tunneltest.Start(t, tn, nil, j, planted)
}

// fetch sends a GET to the local address that the program was told.
func fetch(t *testing.T, s cloudflaredtest.Start) (int, error) {
	t.Helper()
	address := ""
	for i, arg := range s.Args {
		if arg == "--url" {
			address = s.Args[i+1]
		}
	}
	r, err := http.NewRequestWithContext(tunneltest.Within(t), http.MethodGet, address, http.NoBody)
	if err != nil {
		return 0, err
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// newTextLogger writes to w at every level.
func newTextLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// holdSoon connects to a program that may not listen yet.
func holdSoon(t *testing.T, p *cloudflaredtest.Program, s cloudflaredtest.Start) (awaitEnd func()) {
	t.Helper()
	for deadline := time.Now().Add(tunneltest.Patience); ; time.Sleep(5 * time.Millisecond) { // a process announces itself in no other way
		conn, err := net.Dial("tcp", s.Metrics)
		if err == nil {
			_ = conn.Close()
			return p.Hold(s)
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
