package ngrok

import (
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/ngrok/ngroktest"
	"vastrelay/relay/tunnel/tunneltest"
)

// sdkGoroutines returns the stacks of the goroutines that run the SDK, a
// provider or an edge.
func sdkGoroutines() []string {
	buf := make([]byte, 8<<20)
	var found []string
	for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(stack, "runtime.Stack") || strings.Contains(stack, "testing.(*T).Run") {
			continue
		}
		if strings.Contains(stack, "golang.ngrok.com/") || strings.Contains(stack, "relay/tunnel.") {
			found = append(found, stack)
		}
	}
	return found
}

// drops are ways for a stop to meet a link that is going down or coming back.
var drops = []func(*tunneltest.Run, *ngroktest.Edge){
	func(r *tunneltest.Run, e *ngroktest.Edge) { // the next login is under way or done
		e.CutAll()
		r.AwaitState(tunnel.Reconnecting)
	},
	func(_ *tunneltest.Run, e *ngroktest.Edge) { // the drop may not be known yet
		e.CutAll()
	},
	func(r *tunneltest.Run, e *ngroktest.Edge) { // the SDK sleeps before its next dial
		e.SetDown(true)
		r.AwaitState(tunnel.Reconnecting)
	},
	func(r *tunneltest.Run, e *ngroktest.Edge) { // the next login hangs
		e.MuteLogin(true)
		e.CutAll()
		awaitEdge(r, e, "a second login", func() bool { return len(e.Auths()) == 2 })
	},
}

// Not parallel: it counts goroutines.
func TestNgrokLeavesNothingBehind(t *testing.T) {
	const runs = 20
	t.Run("stopped while a reconnect is under way", func(t *testing.T) {
		var edges []*ngroktest.Edge
		var all sync.WaitGroup
		for range runs / len(drops) {
			for _, drop := range drops {
				edge := newEdge(t, ngroktest.Options{})
				edges = append(edges, edge)
				r := start(t, edge, nil, nil)
				all.Go(func() {
					r.AwaitState(tunnel.Online)
					drop(r, edge)
					r.StopInTime()
				})
			}
		}
		all.Wait()
		for _, edge := range edges {
			edge.SetDown(false)
			edge.MuteLogin(false)
		}
		wantNothingLeft(t, edges)
	})
	t.Run("stopped while online", func(t *testing.T) {
		edges := make([]*ngroktest.Edge, runs)
		var all sync.WaitGroup
		for i := range runs {
			edges[i] = newEdge(t, ngroktest.Options{})
			r := start(t, edges[i], nil, nil)
			all.Go(func() {
				r.AwaitState(tunnel.Online)
				r.StopInTime()
				if got := len(edges[i].Unbinds()); got != 1 {
					t.Errorf("the edge saw %d unbinds, want 1", got)
				}
			})
		}
		all.Wait()
		wantNothingLeft(t, edges)
	})
	t.Run("stopped while ngrok hangs", func(t *testing.T) {
		var edges []*ngroktest.Edge
		var all sync.WaitGroup
		for _, mute := range []func(*ngroktest.Edge, bool){(*ngroktest.Edge).MuteLogin, (*ngroktest.Edge).MuteBind} {
			edge := newEdge(t, ngroktest.Options{})
			edges = append(edges, edge)
			mute(edge, true)
			r := start(t, edge, nil, nil)
			all.Go(func() {
				awaitEdge(r, edge, "a request", func() bool { return len(edge.Auths())+len(edge.Binds()) > 0 })
				r.StopInTime()
			})
		}
		all.Wait()
		wantNothingLeft(t, edges)
	})
	t.Run("stopped while the network is a black hole", func(t *testing.T) {
		edge := newEdge(t, ngroktest.Options{})
		r := start(t, edge, nil, nil)
		r.AwaitState(tunnel.Online)
		edge.BlackHole()
		r.StopInTime()
		wantNothingLeft(t, []*ngroktest.Edge{edge})
	})
	t.Run("checked a token", func(t *testing.T) {
		edge := newEdge(t, ngroktest.Options{})
		if _, err := CheckToken(tunneltest.Within(t), testOptions(edge, &tunneltest.Journal{})); err != nil {
			t.Fatal(err)
		}
		wantNothingLeft(t, []*ngroktest.Edge{edge})
	})
}

// wantNothingLeft waits until no goroutine of the SDK is left, and checks that
// no agent is connected and no endpoint answers.
func wantNothingLeft(t *testing.T, edges []*ngroktest.Edge) {
	t.Helper()
	for _, edge := range edges {
		// Whatever would come back has done so by the time the SDK is silent.
		if err := edge.Await(tunneltest.Within(t), func() bool { return edge.Agents() == 0 }); err != nil {
			t.Errorf("%d agents are still connected", edge.Agents())
		}
	}
	deadline := time.Now().Add(tunneltest.Patience)
	for {
		var left []string
		for _, stack := range sdkGoroutines() {
			// The SDK's heartbeats notice only at their next beat that their
			// connection is gone. They hold nothing, and are not ours to end.
			beat := strings.Contains(stack, "(*Heartbeat).requester") || strings.Contains(stack, "(*Heartbeat).check")
			if !beat && !strings.Contains(stack, "ngroktest.") {
				left = append(left, stack)
			}
		}
		if len(left) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines are left:\n\n%s", len(left), strings.Join(left, "\n\n"))
		}
		time.Sleep(5 * time.Millisecond) // nothing announces the end of another package's goroutine
	}
	for _, edge := range edges {
		if hosts, agents := edge.Online(), edge.Agents(); len(hosts) != 0 || agents != 0 {
			t.Errorf("still online: %v, with %d agents", hosts, agents)
		}
		wantStatus(t, edge, edge.PublicURL(), http.StatusNotFound)
	}
}

func TestNgrokLetsRequestsInFlightFinish(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, ngroktest.Options{})
	entered, release := make(chan struct{}), make(chan struct{})
	r := start(t, edge, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-release
		select { // a server that did not wait would end the request meanwhile
		case <-r.Context().Done():
		case <-time.After(100 * time.Millisecond):
		}
		_, _ = io.WriteString(w, "answered")
	}), nil)
	link := r.AwaitState(tunnel.Online)

	type answer struct {
		status int
		body   string
	}
	answers := make(chan answer, 1)
	go func() {
		status, _, body := get(t, edge, link.URL)
		answers <- answer{status, body}
	}()
	<-entered
	r.Stop()
	awaitEdge(r, edge, "an unbind", func() bool { return len(edge.Unbinds()) == 1 })
	close(release)
	if got, want := <-answers, (answer{http.StatusOK, "answered"}); got != want {
		t.Errorf("the request in flight: got %+v, want %+v", got, want)
	}
	if err := r.Result(); err != nil {
		t.Errorf("Run: got %v, want nil", err)
	}
}

func TestNgrokDoesNotWaitForEverForARequest(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, ngroktest.Options{})
	entered, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	r := start(t, edge, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-release
	}), nil, func(n *Tunnel) { n.cfg.limits.drain = 50 * time.Millisecond })
	link := r.AwaitState(tunnel.Online)
	go func() {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link.URL, http.NoBody)
		if err != nil {
			return
		}
		if resp, err := edge.Client().Do(req); err == nil {
			_ = resp.Body.Close()
		}
	}()
	<-entered
	r.StopInTime()
}

func TestStoppingStaysWithinFiveSecondsEvenIfEveryStepHangs(t *testing.T) {
	t.Parallel()
	l := defaultLimits()
	if sum := l.unbind + l.drain + l.disconnect + l.end; sum > 5*time.Second {
		t.Errorf("the steps of a stop may take %s, want at most 5 s", sum)
	}
}

func TestNgrokReplacesItselfAtOnce(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, ngroktest.Options{})
	for range 3 {
		r := start(t, edge, nil, nil)
		r.Await("online without a refusal", func(l tunnel.Link) bool {
			if l.Code != "" {
				t.Errorf("a restart was refused: %+v", l)
			}
			return l.State == tunnel.Online
		})
		r.StopInTime()
	}
}
