package ngrok

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/tunnel/ngrok/ngroktest"
	"vastrelay/relay/tunnel/tunneltest"
)

// testToken looks like a real one.
const testToken = "2mPlantedSecretTokenForTests_5xYzAbCdEfGhIjKlMnOpQ"

// newEdge starts an edge that is closed with the test.
func newEdge(t testing.TB, o ngroktest.Options) *ngroktest.Edge {
	t.Helper()
	if o.Token == "" {
		o.Token = testToken
	}
	e, err := ngroktest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// testOptions are the options of an agent of edge that writes to j.
func testOptions(edge *ngroktest.Edge, j *tunneltest.Journal) Options {
	return Options{
		Token:      relay.NewSecret(testToken),
		ConnectURL: edge.ConnectURL(),
		CAs:        edge.CAs(),
		Version:    "1.2.3",
		Logger:     slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug})),
		// Longer than any test takes, however busy the machine is.
		HeartbeatTolerance: 10 * time.Minute,
	}
}

// start runs an ngrok provider against edge. change may alter the options.
func start(t testing.TB, edge *ngroktest.Edge, h http.Handler, change func(*Options), tune ...func(*Tunnel)) *tunneltest.Run {
	t.Helper()
	j := &tunneltest.Journal{}
	o := testOptions(edge, j)
	if change != nil {
		change(&o)
	}
	n, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	n.runner.Pauses = tunneltest.QuickPauses()
	for _, f := range tune {
		f(n)
	}
	return tunneltest.Start(t, n, h, j, testToken)
}

// awaitHeartbeat waits until a heartbeat was answered. When one is missed before
// that, the SDK's record of it is a data race with its own login.
func awaitHeartbeat(r *tunneltest.Run) { r.AwaitText("heartbeat received") }

// awaitEdge waits for a state of the edge.
func awaitEdge(r *tunneltest.Run, edge *ngroktest.Edge, what string, holds func() bool) {
	r.Helper()
	if err := edge.Await(r.Context(), holds); err != nil {
		r.Fatalf("%s: %v\n%s", what, err, r.Journal)
	}
}

// get sends a GET for address through the public side of edge and returns the
// status, the header and the body.
func get(t testing.TB, edge *ngroktest.Edge, address string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(tunneltest.Within(t), http.MethodGet, address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := edge.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(body)
}

// wantStatus checks the status of a GET for address.
func wantStatus(t testing.TB, edge *ngroktest.Edge, address string, want int) {
	t.Helper()
	if got, _, body := get(t, edge, address); got != want {
		t.Errorf("GET %s: got status %d (%s), want %d", address, got, strings.TrimSpace(body), want)
	}
}
