package app_test

import (
	"strings"
	"testing"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay/tunnel/tunnelmole/moletest"
	"vastrelay/vastapi/vasttest"
)

// moleKey may turn up nowhere but at Tunnelmole.
const moleKey = "planted-mole-key-93b1f07c2ad4"

// newMoleWorld is a world whose tunnel is Tunnelmole in place of ngrok.
func newMoleWorld(t *testing.T, o moletest.Options) (*world, *moletest.Service) {
	t.Helper()
	o.Key = moleKey
	mole := moletest.New(o)
	t.Cleanup(mole.Close)
	w := newWorldBehind(t, mole.CAs(), mole.PublicAddr(), mole.CAPEM())
	w.env["VASTRELAY_TUNNEL"], w.env["TUNNELMOLE_API_KEY"], w.env["VASTRELAY_TUNNELMOLE_SERVER"] = "tunnelmole", moleKey, mole.Server()
	return w, mole
}

// TestRelaysThroughTunnelmole follows events through the stand-in, and the address
// through everything that the service does to it.
func TestRelaysThroughTunnelmole(t *testing.T) {
	t.Parallel()
	w, mole := newMoleWorld(t, moletest.Options{})
	c := w.start(t, nil)
	first := c.reach(status.Relaying)
	if got := first.Hop(health.HopAddress).Detail; !strings.Contains(got.String(), "reaches this computer") || !strings.Contains(first.Address, "-ip-127-0-0-1.") {
		t.Errorf("got the address %s: %q, want a random one, proven", first.Address, got)
	}
	passes := func(subject string) {
		t.Helper()
		w.emit(t, vasttest.Emission{Subject: subject})
		eventually(t, "the event "+subject+" stands in Chat", func() bool { return w.count(subject) == 1 })
	}
	moved := func(from string) string {
		t.Helper()
		var s status.Status
		eventually(t, "another address is proven, and the webhook leads there", func() bool {
			s, _ = c.snapshot()
			return s.Phase == status.Relaying && s.Address != from && strings.HasPrefix(w.hooks()[0].URL, s.Address)
		})
		return s.Address
	}
	passes("first of all")
	hook := w.hooks()[0].ID
	mole.CutAll()
	second := moved(first.Address)
	passes("after a cut")
	mole.EndLifetimes()
	third := moved(second)
	passes("after twelve hours")
	mole.CutAll()
	moved(third)
	if hooks := w.hooks(); len(hooks) != 1 || hooks[0].ID != hook {
		t.Errorf("got the webhooks %+v, want the first one moved", hooks)
	}
	if code, _ := c.stop(); code != 0 {
		t.Errorf("got exit code %d", code)
	}
	if said := c.stderr.String() + w.log(t); strings.Contains(said, moleKey) {
		t.Error("the key was written")
	}
	if got := mole.Online(); len(got) > 0 {
		t.Errorf("%v lead to a program that has stopped", got)
	}
}

// TestTunnelmoleLosesARegistration has the service forget a name while its client
// stays connected, which only a probe notices.
func TestTunnelmoleLosesARegistration(t *testing.T) {
	t.Parallel()
	w, mole := newMoleWorld(t, moletest.Options{})
	w.env["VASTRELAY_TUNNELMOLE_SUBDOMAIN"] = "my-relay"
	c := w.start(t, nil)
	s := c.reach(status.Relaying)
	if s.Address != "https://my-relay."+moletest.Domain {
		t.Errorf("got the address %s", s.Address)
	}
	c.stop()
	mole.LoseNext()
	c = w.start(t, nil)
	c.reach(status.Relaying)
	w.emit(t, vasttest.Emission{Subject: "after the loss"})
	if got := len(mole.Inits()); got < 3 {
		t.Errorf("got %d registrations, want one more after the lost one", got)
	}
}

func TestTunnelmoleRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		o      moletest.Options
		change map[string]string
		says   string
	}{
		{
			"a wrong key",
			moletest.Options{KeyRequired: true},
			map[string]string{"TUNNELMOLE_API_KEY": "planted-wrong-key"},
			"Tunnelmole refused the API key",
		},
		{
			"to work without a key",
			moletest.Options{KeyRequired: true},
			map[string]string{"TUNNELMOLE_API_KEY": ""},
			"Tunnelmole wants an API key",
		},
		{
			"a subdomain without a key",
			moletest.Options{},
			map[string]string{"TUNNELMOLE_API_KEY": "", "VASTRELAY_TUNNELMOLE_SUBDOMAIN": "my-relay"},
			"Tunnelmole wants an API key",
		},
		{
			"a subdomain of somebody else",
			moletest.Options{Reserved: []string{"my-relay"}},
			map[string]string{"VASTRELAY_TUNNELMOLE_SUBDOMAIN": "my-relay"},
			"The subdomain belongs to somebody else",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, mole := newMoleWorld(t, tt.o)
			c := w.start(t, tt.change)
			c.wait()
			said := c.stderr.String()
			line := said[strings.LastIndex(strings.TrimSpace(said), "\n")+1:]
			if c.code != 2 || !strings.Contains(line, tt.says) {
				t.Errorf("got exit code %d and %q, want 2 and %q in the last line", c.code, line, tt.says)
			}
			if len(w.hooks()) > 0 {
				t.Error("a webhook was made")
			}
			if got := len(mole.Inits()); got > 1 {
				t.Errorf("got %d attempts, want one", got)
			}
			if strings.Contains(said, moleKey) || strings.Contains(said, "planted-wrong-key") {
				t.Error("the key was written")
			}
		})
	}
}

// TestAKeyOfTunnelmoleThatIsNotAccepted does not keep a random name from working.
func TestAKeyOfTunnelmoleThatIsNotAccepted(t *testing.T) {
	t.Parallel()
	w, _ := newMoleWorld(t, moletest.Options{})
	c := w.start(t, map[string]string{"TUNNELMOLE_API_KEY": "planted-wrong-key"})
	c.reach(status.Relaying)
	w.emit(t, vasttest.Emission{Subject: "all the same"})
	if said := c.stderr.String(); !strings.Contains(said, "the API key is not accepted") || strings.Contains(said, "planted-wrong-key") {
		t.Error("the log does not say that the key is not accepted, or holds it")
	}
}

func TestTunnelmoleThroughTheProxy(t *testing.T) {
	t.Parallel()
	w, mole := newMoleWorld(t, moletest.Options{})
	proxy := newCorporate(t)
	proxy.routes["mole.example.com:8083"] = mole.Server()
	w.env["VASTRELAY_TUNNELMOLE_SERVER"], w.env["HTTPS_PROXY"] = "mole.example.com:8083", proxy.env()
	proxy.refuses = true
	c := w.start(t, nil)
	eventually(t, "the proxy and its answer are named", func() bool {
		s, _ := c.snapshot()
		return strings.Contains(s.Hop(health.HopAddress).Next.String(), "answered 407 Proxy Authentication Required")
	})
	proxy.mu.Lock()
	proxy.refuses = false
	proxy.mu.Unlock()
	c.reach(status.Relaying)
}
