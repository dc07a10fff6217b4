package tunnel

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/tunnel/ngroktest"
)

// testToken looks like a real one.
const testToken = "2mPlantedSecretTokenForTests_5xYzAbCdEfGhIjKlMnOpQ"

// patience bounds every wait of a test; no test takes that long unless it fails.
const patience = 30 * time.Second

// within returns a context for the waits of a test.
func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

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

// journal collects everything that a run writes or reports, as text.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// run is one Run under test.
type run struct {
	t       testing.TB
	p       Provider
	ctx     context.Context //nolint:containedctx // bounds every wait of one test
	links   chan Link
	done    chan struct{} // closed when Run has returned
	err     error         // what it returned; to be read after done
	stop    context.CancelFunc
	journal *journal
}

// testOptions are the options of an agent of edge that writes to j.
func testOptions(edge *ngroktest.Edge, j *journal) NgrokOptions {
	return NgrokOptions{
		Token:      relay.NewSecret(testToken),
		ConnectURL: edge.ConnectURL(),
		CAs:        edge.CAs(),
		Version:    "1.2.3",
		Logger:     slog.New(slog.NewTextHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug})),
		// Longer than any test takes, however busy the machine is.
		HeartbeatTolerance: 10 * time.Minute,
	}
}

// quick shortens the pauses between sessions, not the limits of the steps.
func quick(n *Ngrok) {
	n.cfg.pauses.first = 10 * time.Millisecond
	n.cfg.pauses.most = 50 * time.Millisecond
	n.cfg.pauses.busy = 10 * time.Millisecond
	n.cfg.pauses.settle = 60 * time.Millisecond
	n.cfg.pauses.standby = 20 * time.Millisecond
}

// start runs an ngrok provider against edge. change may alter the options.
func start(t testing.TB, edge *ngroktest.Edge, h http.Handler, change func(*NgrokOptions), tune ...func(*Ngrok)) *run {
	t.Helper()
	j := &journal{}
	o := testOptions(edge, j)
	if change != nil {
		change(&o)
	}
	n, err := NewNgrok(o)
	if err != nil {
		t.Fatal(err)
	}
	quick(n)
	for _, f := range tune {
		f(n)
	}
	return startProvider(t, n, h, j)
}

// startProvider runs p, which writes to j, and stops it with the test.
func startProvider(t testing.TB, p Provider, h http.Handler, j *journal) *run {
	t.Helper()
	if h == nil {
		h = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &run{t: t, p: p, ctx: within(t), links: make(chan Link, 1000), done: make(chan struct{}), stop: stop, journal: j}
	var reporting sync.Mutex
	go func() {
		defer close(r.done)
		r.err = p.Run(ctx, h, func(l Link) {
			if !reporting.TryLock() {
				t.Error("report was called concurrently")
				return
			}
			defer reporting.Unlock()
			_, _ = fmt.Fprintf(j, "link %v %v\n", l, l.Err)
			r.links <- l
		})
	}()
	t.Cleanup(func() {
		stop()
		<-r.done
		if text := j.String(); strings.Contains(text, testToken) {
			t.Errorf("the token was written or reported:\n%s", text)
		}
	})
	return r
}

// await returns the next reported Link for which holds is true.
func (r *run) await(what string, holds func(Link) bool) Link {
	r.t.Helper()
	for {
		select {
		case l := <-r.links:
			if holds(l) {
				return l
			}
		case <-r.ctx.Done():
			r.t.Fatalf("no link was reported that is %s:\n%s", what, r.journal)
		}
	}
}

// awaitState returns the next reported Link in that state.
func (r *run) awaitState(s LinkState) Link {
	r.t.Helper()
	return r.await(string(s), func(l Link) bool { return l.State == s })
}

// result waits for Run to return.
func (r *run) result() error {
	r.t.Helper()
	select {
	case <-r.done:
		return r.err
	case <-r.ctx.Done():
		r.t.Fatalf("Run did not return:\n%s", r.journal)
		return nil
	}
}

// awaitHeartbeat waits until a heartbeat was answered. When one is missed before
// that, the SDK's record of it is a data race with its own login.
func (r *run) awaitHeartbeat() {
	r.t.Helper()
	for !strings.Contains(r.journal.String(), "heartbeat received") {
		if r.ctx.Err() != nil {
			r.t.Fatalf("no heartbeat was answered:\n%s", r.journal)
		}
		time.Sleep(5 * time.Millisecond) // nothing announces a heartbeat
	}
}

// stopInTime asks Run to stop and checks that it does so within five seconds,
// and well.
func (r *run) stopInTime() {
	r.t.Helper()
	began := time.Now()
	r.stop()
	if err := r.result(); err != nil {
		r.t.Errorf("Run after a stop: got %v, want nil", err)
	}
	if took := time.Since(began); took > 5*time.Second && !raceEnabled {
		r.t.Errorf("stopping took %s, want at most 5 s", took)
	}
}

// awaitEdge waits for a state of the edge.
func (r *run) awaitEdge(edge *ngroktest.Edge, what string, holds func() bool) {
	r.t.Helper()
	if err := edge.Await(r.ctx, holds); err != nil {
		r.t.Fatalf("%s: %v\n%s", what, err, r.journal)
	}
}

// get sends a GET for address through the public side of edge and returns the
// status, the header and the body.
func get(t testing.TB, edge *ngroktest.Edge, address string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(within(t), http.MethodGet, address, http.NoBody)
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
