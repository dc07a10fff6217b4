package app_test

import (
	"encoding/base64"
	"encoding/pem"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/vastapi/vasttest"
)

// proxyPassword may turn up nowhere but in the proxy.
const proxyPassword = "planted-proxy-password-5d1e"

// corporate is a proxy that lets nobody through without credentials, and knows
// where the hosts of a test are.
type corporate struct {
	*httptest.Server
	routes map[string]string // host:port that is asked for: where it is

	mu      sync.Mutex
	refuses bool
	open    bool // lets everybody through
	asked   map[string]int
}

func newCorporate(t *testing.T) *corporate {
	t.Helper()
	c := &corporate{routes: map[string]string{}, asked: map[string]int{}}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

// env is the environment that names the proxy.
func (c *corporate) env() string {
	return strings.Replace(c.URL, "://", "://ada:"+proxyPassword+"@", 1)
}

func (c *corporate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.asked[r.Host]++
	refuses, open := c.refuses, c.open
	c.mu.Unlock()
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte("ada:"+proxyPassword))
	target, known := c.routes[r.Host]
	switch {
	case r.Method != http.MethodConnect:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case refuses, !open && r.Header.Get("Proxy-Authorization") != want:
		w.WriteHeader(http.StatusProxyAuthRequired)
	case !known:
		w.WriteHeader(http.StatusForbidden)
	default:
		connectTo(w, r, target)
	}
}

// connectTo joins the connection of r with target.
func connectTo(w http.ResponseWriter, r *http.Request, target string) {
	out, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", target)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	in, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = out.Close()
		return
	}
	_, _ = io.WriteString(in, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
	_, _ = io.Copy(in, out)
	_ = in.Close()
}

func (c *corporate) hosts() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.asked))
}

// behindProxy is a world that the program reaches through a proxy alone.
func behindProxy(t *testing.T) (*world, *corporate) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("Windows itself says whom to trust, and no SSL_CERT_FILE")
	}
	w, c := newWorld(t), newCorporate(t)
	front := func(to string) *httptest.Server {
		target, err := url.Parse(to)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(&url.URL{Scheme: target.Scheme, Host: target.Host}))
		t.Cleanup(server.Close)
		return server
	}
	chatURL, err := url.Parse(w.chat.SpaceURL(space))
	if err != nil {
		t.Fatal(err)
	}
	vast, chat := front(w.vast.URL()), front(chatURL.String())
	c.routes["vast.example.com:443"] = vast.Listener.Addr().String()
	c.routes["chat.example.com:443"] = chat.Listener.Addr().String()
	c.routes["tunnel.example.com:443"] = w.edge.ConnectURL()
	c.routes[publicHost+":443"] = w.edge.PublicAddr()
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: vast.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	chatURL.Scheme, chatURL.Host = "https", "chat.example.com"
	maps.Copy(w.env, map[string]string{
		"VAST_URL": "https://vast.example.com", "GOOGLE_CHAT_URL": chatURL.String(), "VASTRELAY_CHAT_HOSTS": "chat.example.com:443",
		"VASTRELAY_NGROK_CONNECT_URL": "tunnel.example.com:443", "SSL_CERT_FILE": roots, "HTTPS_PROXY": c.env(),
	})
	delete(w.env, "VASTRELAY_PUBLIC_CONNECT")
	return w, c
}

func TestEverythingGoesThroughTheProxy(t *testing.T) {
	t.Parallel()
	w, c := behindProxy(t)
	p := w.start(t, nil)
	s := p.reach(status.Relaying)
	if got := s.Hop(health.HopAddress).Detail; !strings.Contains(got.String(), "reaches this computer") {
		t.Errorf("got %q, want the address proven by the probe", got)
	}
	w.emit(t, vasttest.Emission{Subject: "through the proxy"})
	eventually(t, "the event stands in Chat", func() bool { return w.count("through the proxy") == 1 })
	if got, want := c.hosts(), []string{"chat.example.com:443", publicHost + ":443", "tunnel.example.com:443", "vast.example.com:443"}; !slices.Equal(got, want) {
		t.Errorf("the proxy was asked for %v, want %v", got, want)
	}
	if said := p.stderr.String(); strings.Contains(said, proxyPassword) || strings.Contains(said, base64.StdEncoding.EncodeToString([]byte("ada:"+proxyPassword))) {
		t.Error("the proxy's password was written")
	}
}

// TestTheProxyOfTheSettings is the same for one that a person has entered.
func TestTheProxyOfTheSettings(t *testing.T) {
	t.Parallel()
	w, c := behindProxy(t)
	c.open = true
	delete(w.env, "HTTPS_PROXY")
	settings := `{"installation_id":"abcd1234","general":{"proxy":"` + c.URL + `"}}`
	if err := os.WriteFile(filepath.Join(w.dir, "settings.json"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	w.start(t, nil).reach(status.Relaying)
	w.emit(t, vasttest.Emission{Subject: "through the proxy"})
	eventually(t, "the event stands in Chat", func() bool { return w.count("through the proxy") == 1 })
	if got, want := c.hosts(), []string{"chat.example.com:443", publicHost + ":443", "tunnel.example.com:443", "vast.example.com:443"}; !slices.Equal(got, want) {
		t.Errorf("the proxy was asked for %v, want %v", got, want)
	}
}

func TestAProxyThatRefuses(t *testing.T) {
	t.Parallel()
	w, c := behindProxy(t)
	c.refuses = true
	p := w.start(t, nil)
	answer := "he proxy " + c.Listener.Addr().String() + " answered 407 Proxy Authentication Required"
	for _, hop := range []health.HopName{health.HopVast, health.HopAddress} {
		eventually(t, string(hop)+" names the proxy and its answer", func() bool {
			s, _ := p.snapshot()
			return strings.Contains(s.Hop(hop).Next.String(), answer)
		})
	}
	c.mu.Lock()
	c.refuses = false
	c.mu.Unlock()
	p.reach(status.Relaying)
	if said := p.stderr.String(); strings.Contains(said, proxyPassword) {
		t.Error("the proxy's password was written")
	}
}

func TestHostsThatNeedNoProxy(t *testing.T) {
	t.Parallel()
	w, c := newWorld(t), newCorporate(t)
	w.env["https_proxy"] = c.env()
	w.start(t, nil).reach(status.Relaying)
	if got := c.hosts(); len(got) != 0 {
		t.Errorf("the proxy was asked for %v, want nothing on this computer", got)
	}
}

func TestAProxyThatIsNotSupported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.start(t, map[string]string{"HTTPS_PROXY": "socks4://ada:" + proxyPassword + "@proxy.example.com:1080"})
	c.wait()
	said := c.stderr.String()
	if c.code != 2 || !strings.Contains(strings.ToLower(said), `https_proxy: a proxy with the scheme "socks4" is not supported`) || strings.Contains(said, proxyPassword) {
		t.Errorf("got exit code %d and %q, want 2 and the scheme", c.code, said)
	}
}
