package tunnelmole

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/tunnel/tunnelmole/moletest"
	"vastrelay/relay/tunnel/tunneltest"
)

// testKey looks like a real one.
const testKey = "planted-5f0c4f0e-1b1e-4c4a-9d53-key-of-tests"

// newService starts a service that is closed with the test, and knows testKey.
func newService(t testing.TB, o moletest.Options) *moletest.Service {
	t.Helper()
	if o.Key == "" {
		o.Key = testKey
	}
	s := moletest.New(o)
	t.Cleanup(s.Close)
	return s
}

// testOptions are the options of a client of s that writes to j.
func testOptions(s *moletest.Service, j *tunneltest.Journal) Options {
	return Options{
		Key: relay.NewSecret(testKey), Server: s.Server(), CAs: s.CAs(), Version: "1.2.3",
		Logger: slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

// withName has the client ask for a subdomain.
func withName(o *Options) { o.Subdomain = "my-relay" }

// namedURL is the address of the subdomain of withName.
const namedURL = "https://my-relay." + moletest.Domain

// start runs a provider against s. change may alter the options.
func start(t testing.TB, s *moletest.Service, h http.Handler, change func(*Options), tune ...func(*Tunnel)) *tunneltest.Run {
	t.Helper()
	j := &tunneltest.Journal{}
	o := testOptions(s, j)
	if change != nil {
		change(&o)
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	p.runner.Pauses = tunneltest.QuickPauses()
	p.runner.Pauses.Between = 10 * time.Millisecond
	for _, f := range tune {
		f(p)
	}
	return tunneltest.Start(t, p, h, j, testKey)
}

// awaitService waits for a state of the service.
func awaitService(r *tunneltest.Run, s *moletest.Service, what string, holds func() bool) {
	r.Helper()
	if err := s.Await(r.Context(), holds); err != nil {
		r.Fatalf("%s: %v\n%s", what, err, r.Journal)
	}
}

// send sends a request through the public side of s.
func send(t testing.TB, s *moletest.Service, method, address string, header http.Header, body io.Reader) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(tunneltest.Within(t), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = header
	resp, err := s.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(got)
}

// wantStatus checks the status of a GET for address.
func wantStatus(t testing.TB, s *moletest.Service, address string, want int) {
	t.Helper()
	if resp, body := send(t, s, http.MethodGet, address, http.Header{}, nil); resp.StatusCode != want {
		t.Errorf("GET %s: got status %d (%s), want %d", address, resp.StatusCode, strings.TrimSpace(body), want)
	}
}
