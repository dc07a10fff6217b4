package app_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"vastrelay/app/status"
	"vastrelay/vastapi/vasttest"
)

// beatToken may turn up nowhere but at the service that waits for heartbeats.
const beatToken = "PlantedPushToken4b7e"

// deadManSwitch is a service that waits for heartbeats, in the manner of Uptime
// Kuma.
type deadManSwitch struct {
	*httptest.Server
	mu    sync.Mutex
	calls []string
}

func newDeadManSwitch(t *testing.T) *deadManSwitch {
	t.Helper()
	d := &deadManSwitch{}
	d.Server = httptest.NewServer(d)
	t.Cleanup(d.Close)
	return d
}

func (d *deadManSwitch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/api/push/"+beatToken {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, r.URL.Query().Get("status"))
}

func (d *deadManSwitch) heard() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.calls)
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	w, d := newWorld(t), newDeadManSwitch(t)
	c := w.start(t, map[string]string{"VASTRELAY_HEARTBEAT_URL": d.URL + "/api/push/" + beatToken})
	c.reach(status.Relaying)
	eventually(t, "the service hears that all is well", func() bool { return slices.Equal(d.heard(), []string{"up"}) })
	if code, _ := c.stop(); code != 0 {
		t.Errorf("got exit code %d", code)
	}
	if said := c.stderr.String() + w.log(t); strings.Contains(said, beatToken) {
		t.Error("the URL was written")
	}
}

// TestAHeartbeatThatIsRefused is told in a few words, and changes nothing else.
func TestAHeartbeatThatIsRefused(t *testing.T) {
	t.Parallel()
	w, d := newWorld(t), newDeadManSwitch(t)
	c := w.start(t, map[string]string{"VASTRELAY_HEARTBEAT_URL": d.URL + "/api/push/Another" + beatToken})
	c.reach(status.Relaying)
	eventually(t, "it is told", func() bool {
		s, _ := c.snapshot()
		return s.Phase == status.Relaying && s.Notice.String() == "The heartbeat is refused: The service answered 404"
	})
	w.emit(t, vasttest.Emission{Subject: "all the same"})
	eventually(t, "the event stands in Chat", func() bool { return w.count("all the same") == 1 })
	if said := c.stderr.String() + w.log(t); strings.Contains(said, beatToken) {
		t.Error("the URL was written")
	}
}

func TestAHeartbeatURLThatIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.start(t, map[string]string{"VASTRELAY_HEARTBEAT_URL": "http://kuma.example/api/push/" + beatToken})
	c.wait()
	if said := c.stderr.String(); c.code != 2 || !strings.Contains(said, "VASTRELAY_HEARTBEAT_URL: The address must begin with https://") || strings.Contains(said, beatToken) {
		t.Errorf("got exit code %d and %q, want 2 and what is wrong", c.code, said)
	}
}

func TestAHeartbeatThroughTheProxy(t *testing.T) {
	t.Parallel()
	w, proxy := behindProxy(t)
	calls := make(chan string, 10)
	hc := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { calls <- r.URL.Path }))
	t.Cleanup(hc.Close)
	proxy.routes["hc.example.com:443"] = hc.Listener.Addr().String()
	const path = "/ping/d1665499-e827-441f-bf13-8f15e8f4c0b9"
	c := w.start(t, map[string]string{"VASTRELAY_HEARTBEAT_URL": "https://hc.example.com" + path})
	c.reach(status.Relaying)
	if got := <-calls; got != path {
		t.Errorf("got a call of %s", got)
	}
}
