// Package tunneltest runs a tunnel.Provider in the tests of the vendors, and has what
// their stand-ins share.
//
// A Run is used by the goroutine of its test alone; a Journal may be written and
// read by several.
package tunneltest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"vastrelay/relay/tunnel"
)

// Patience bounds every wait of a test; no test takes that long unless it fails.
const Patience = 30 * time.Second

// QuickPauses are pauses between attempts that no test has to wait for.
func QuickPauses() tunnel.Pauses {
	p := tunnel.DefaultPauses()
	p.First, p.Longest = 10*time.Millisecond, 50*time.Millisecond
	p.Slow, p.Limited = 20*time.Millisecond, 50*time.Millisecond
	p.Busy, p.OwnSession, p.Standby = 10*time.Millisecond, 60*time.Millisecond, 20*time.Millisecond
	return p
}

// Within returns a context for the waits of a test.
func Within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	t.Cleanup(cancel)
	return ctx
}

// Journal collects everything that a provider writes or reports, as text. The
// zero value is empty and ready.
type Journal struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write adds p.
func (j *Journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// String returns all that was written.
func (j *Journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// Run is one Run of a provider under test. It is the test's T as well, whose
// Context is bounded by Patience.
type Run struct {
	testing.TB

	Provider tunnel.Provider
	Journal  *Journal
	Stop     context.CancelFunc // asks Run to return

	ctx   context.Context //nolint:containedctx // bounds every wait of one test
	links chan tunnel.Link
	done  chan struct{} // closed when Run has returned
	err   error         // what it returned; to be read after done
}

// Start runs p, which writes to j, and stops it with the test. A nil h answers
// 204 to everything. The test fails when the journal holds secret at its end; an
// empty one is not looked for.
func Start(t testing.TB, p tunnel.Provider, h http.Handler, j *Journal, secret string) *Run {
	t.Helper()
	if h == nil {
		h = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	r := &Run{Provider: p, Journal: j, Stop: stop, TB: t, ctx: Within(t), links: make(chan tunnel.Link, 1000), done: make(chan struct{})}
	var reporting sync.Mutex
	go func() {
		defer close(r.done)
		r.err = p.Run(ctx, h, func(l tunnel.Link) {
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
		if text := j.String(); secret != "" && strings.Contains(text, secret) {
			t.Errorf("the token was written or reported:\n%s", text)
		}
	})
	return r
}

// Context ends when the waits of the test do.
func (r *Run) Context() context.Context { return r.ctx }

// Await returns the next reported Link for which holds is true.
func (r *Run) Await(what string, holds func(tunnel.Link) bool) tunnel.Link {
	r.Helper()
	for {
		select {
		case l := <-r.links:
			if holds(l) {
				return l
			}
		case <-r.ctx.Done():
			r.Fatalf("no link was reported that is %s:\n%s", what, r.Journal)
		}
	}
}

// AwaitState returns the next reported Link in that state.
func (r *Run) AwaitState(s tunnel.LinkState) tunnel.Link {
	r.Helper()
	return r.Await(string(s), func(l tunnel.Link) bool { return l.State == s })
}

// AwaitText waits until the journal holds text, which announces itself in no
// other way.
func (r *Run) AwaitText(text string) {
	r.Helper()
	for !strings.Contains(r.Journal.String(), text) {
		if r.ctx.Err() != nil {
			r.Fatalf("nothing wrote %q:\n%s", text, r.Journal)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Done is closed when Run has returned.
func (r *Run) Done() <-chan struct{} { return r.done }

// Result waits for Run to return.
func (r *Run) Result() error {
	r.Helper()
	select {
	case <-r.done:
		return r.err
	case <-r.ctx.Done():
		r.Fatalf("Run did not return:\n%s", r.Journal)
		return nil
	}
}

// StopInTime asks Run to stop and checks that it does so within five seconds,
// and well.
func (r *Run) StopInTime() {
	r.Helper()
	began := time.Now()
	r.Stop()
	if err := r.Result(); err != nil {
		r.Errorf("Run after a stop: got %v, want nil", err)
	}
	if took := time.Since(began); took > 5*time.Second && !RaceEnabled {
		r.Errorf("stopping took %s, want at most 5 s", took)
	}
}
