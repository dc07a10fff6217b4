package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vastrelay/app/status"
)

// standIn is an HTTP proxy that connects every host to one address.
type standIn struct {
	target string
	answer func(w http.ResponseWriter, r *http.Request) bool // reports whether it has answered; nil: it does not
	seen   chan *http.Request
}

func (p *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.seen <- r
	if p.answer != nil && p.answer(w, r) {
		return
	}
	if r.Method != http.MethodConnect {
		http.Error(w, "only CONNECT", http.StatusMethodNotAllowed)
		return
	}
	out, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", p.target)
	if err != nil {
		http.Error(w, "no", http.StatusBadGateway)
		return
	}
	in, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = out.Close()
		return
	}
	_, _ = io.WriteString(in, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() { defer out.Close(); _, _ = io.Copy(out, in) }()
	_, _ = io.Copy(in, out)
	_ = in.Close()
}

// greeter accepts connections and says who it is at once, before it hears
// anything.
func greeter(t *testing.T) string {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "hello from the host\n")
			_ = conn.Close()
		}
	}()
	return ln.Addr().String()
}

func newStandIn(t *testing.T, secure bool, answer func(http.ResponseWriter, *http.Request) bool) (*standIn, *httptest.Server) {
	t.Helper()
	p := &standIn{target: greeter(t), answer: answer, seen: make(chan *http.Request, 10)}
	server := httptest.NewUnstartedServer(p)
	if secure {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	return p, server
}

func newDialer(t *testing.T, env map[string]string, cas *x509.CertPool) *Dialer {
	t.Helper()
	d, err := New(Options{Getenv: func(name string) string { return env[name] }, CAs: cas, UserAgent: "vastrelay/test"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// greeted reads what the far end says.
func greeted(t *testing.T, d *Dialer, address string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return line
}

const greeting = "hello from the host\n"

func TestThroughAnHTTPProxy(t *testing.T) {
	for _, secure := range []bool{false, true} {
		for _, variable := range []string{"HTTPS_PROXY", "https_proxy"} {
			t.Run(fmt.Sprintf("over TLS %v, named by %s", secure, variable), func(t *testing.T) {
				p, server := newStandIn(t, secure, nil)
				pool := x509.NewCertPool()
				if secure {
					pool.AddCert(server.Certificate())
				}
				scheme, host, _ := strings.Cut(server.URL, "://")
				d := newDialer(t, map[string]string{variable: scheme + "://ada:s3cret-pass@" + host}, pool)
				if got := greeted(t, d, "connect.example.com:443"); got != greeting {
					t.Errorf("got %q", got)
				}
				r := <-p.seen
				user, password, ok := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth()
				if r.Method != http.MethodConnect || r.Host != "connect.example.com:443" || r.RequestURI != "connect.example.com:443" ||
					!ok || user != "ada" || password != "s3cret-pass" || r.UserAgent() != "vastrelay/test" {
					t.Errorf("got %s %s, host %s, %q %q", r.Method, r.RequestURI, r.Host, user, password)
				}
			})
		}
	}
	t.Run("without a scheme", func(t *testing.T) {
		p, server := newStandIn(t, false, nil)
		d := newDialer(t, map[string]string{"HTTPS_PROXY": strings.TrimPrefix(server.URL, "http://")}, nil)
		if got := greeted(t, d, "[2001:db8::1]:443"); got != greeting {
			t.Errorf("got %q", got)
		}
		if r := <-p.seen; r.Host != "[2001:db8::1]:443" || r.Header.Get("Proxy-Authorization") != "" {
			t.Errorf("got host %s and %v", r.Host, r.Header)
		}
	})
}

func TestWhichHostsAreConnectedDirectly(t *testing.T) {
	for _, tt := range []struct {
		name, exempt, address string
		direct                bool
	}{
		{"a host outside", "", "connect.example.com:443", false},
		{"a host that is exempt", "example.com", "connect.example.com:443", true},
		{"a host beside the exempt one", "example.com", "connect.example.org:443", false},
		{"an exempt network", "192.0.2.0/24", "192.0.2.7:443", true},
		{"an exempt port", "example.com:8443", "example.com:443", false},
		{"every host", "*", "connect.example.com:443", true},
		{"this computer by number", "", "127.0.0.1:443", true},
		{"this computer by another number", "", "127.8.8.8:443", true},
		{"this computer by its IPv6 number", "", "[::1]:443", true},
		{"this computer by name", "", "localhost:443", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, server := newStandIn(t, false, nil)
			d := newDialer(t, map[string]string{"HTTPS_PROXY": server.URL, "NO_PROXY": tt.exempt}, nil)
			ctx, cancel := context.WithCancel(t.Context())
			if tt.direct {
				cancel() // nobody is there, or somebody whom we do not know
			}
			defer cancel()
			conn, err := d.DialContext(ctx, "tcp", tt.address)
			if err == nil {
				_ = conn.Close()
			}
			if got := len(p.seen) == 0; got != tt.direct {
				t.Errorf("got direct %v, %v; want %v", got, err, tt.direct)
			}
			if e := (*Error)(nil); errors.As(err, &e) {
				t.Errorf("got %v, which blames the proxy", err)
			}
		})
	}
	t.Run("every host without a proxy", func(t *testing.T) {
		if got := greeted(t, newDialer(t, nil, nil), greeter(t)); got != greeting {
			t.Errorf("got %q", got)
		}
	})
}

func TestProxyFailures(t *testing.T) {
	status := func(code int) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Proxy-Authenticate", "Basic realm=planted")
			w.WriteHeader(code)
			return true
		}
	}
	hijacked := func(answer string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, answer)
				_ = conn.Close()
			}
			return true
		}
	}
	for _, tt := range []struct {
		name   string
		answer func(http.ResponseWriter, *http.Request) bool
		want   string
	}{
		{"wrong credentials", status(http.StatusProxyAuthRequired), "answered 407 Proxy Authentication Required"},
		{"a host that is not allowed", status(http.StatusForbidden), "answered 403 Forbidden"},
		{"a host that it does not reach", status(http.StatusBadGateway), "answered 502 Bad Gateway"},
		{"a redirect", status(http.StatusFound), "answered 302 Found"},
		{"an answer of no name", status(599), "answered 599"},
		{"a connection that ends", hijacked(""), "closed the connection without an answer"},
		{"another protocol", hijacked("SSH-2.0-OpenSSH\r\n\r\n"), "gave an answer that is not HTTP"},
		{"an endless header", hijacked("HTTP/1.1 200 OK\r\n" + strings.Repeat("X-Long: "+strings.Repeat("x", 1000)+"\r\n", 100)), "closed the connection without an answer"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, server := newStandIn(t, false, tt.answer)
			host := strings.TrimPrefix(server.URL, "http://")
			d := newDialer(t, map[string]string{"HTTPS_PROXY": "http://ada:s3cret-pass@" + host}, nil)
			wantFailure(t, d, "the proxy "+host+" "+tt.want)
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		_, server := newStandIn(t, false, nil)
		server.Close()
		host := strings.TrimPrefix(server.URL, "http://")
		wantFailure(t, newDialer(t, map[string]string{"HTTPS_PROXY": "http://ada:s3cret-pass@" + host}, nil), "the proxy "+host+" cannot be reached")
		wantFailure(t, newDialer(t, map[string]string{"HTTPS_PROXY": "socks5://ada:s3cret-pass@" + host}, nil), "the proxy "+host+" cannot be reached")
	})
	t.Run("a certificate that is not trusted", func(t *testing.T) {
		_, server := newStandIn(t, true, nil)
		host := strings.TrimPrefix(server.URL, "https://")
		wantFailure(t, newDialer(t, map[string]string{"HTTPS_PROXY": server.URL}, x509.NewCertPool()), "the proxy "+host+" is not trusted: its certificate is not valid here")
	})
	t.Run("no TLS", func(t *testing.T) {
		_, server := newStandIn(t, false, nil)
		host := strings.TrimPrefix(server.URL, "http://")
		wantFailure(t, newDialer(t, map[string]string{"HTTPS_PROXY": "https://" + host}, nil), "the proxy "+host+" does not speak TLS")
	})
	t.Run("the caller gives up on a silent one", func(t *testing.T) {
		release := make(chan struct{})
		_, server := newStandIn(t, false, func(http.ResponseWriter, *http.Request) bool { <-release; return true })
		defer close(release)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := newDialer(t, map[string]string{"HTTPS_PROXY": server.URL}, nil).DialContext(ctx, "tcp", "a.example:443")
		var network net.Error
		if err == nil || !strings.Contains(err.Error(), "did not answer in time") || !errors.As(err, &network) || !network.Timeout() {
			t.Errorf("got %v, want a timeout of the proxy", err)
		}
	})
}

// wantFailure dials and checks how the failure is told.
func wantFailure(t *testing.T, d *Dialer, want string) {
	t.Helper()
	_, err := d.DialContext(t.Context(), "tcp", "connect.example.com:443")
	var op *net.OpError
	var failure interface{ ProxyFailure() string }
	if !errors.As(err, &op) || op.Op != "proxyconnect" || !errors.As(err, &failure) || failure.ProxyFailure() != want {
		t.Errorf("got %v, want %q", err, want)
	}
	if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, "s3cret") || strings.Contains(text, "ada") || strings.Contains(text, "planted") {
		t.Errorf("got %s, which holds credentials or what the proxy told", text)
	}
}

func TestProxiesThatCannotBeUsed(t *testing.T) {
	const unescaped = "HTTPS_PROXY: Its user name or password holds a character that must be percent-encoded there, such as %23 for # and %2F for /."
	for _, tt := range []struct{ name, value, want string }{
		{"another scheme", "ftp://ada:s3cret-pass@proxy.example.net", `HTTPS_PROXY: A proxy with the scheme "ftp" is not supported; use http, https or socks5.`},
		{"the older SOCKS", "socks4://proxy.example.net", `HTTPS_PROXY: A proxy with the scheme "socks4" is not supported; use http, https or socks5.`},
		{"a slash in the password", "http://ada:s3cret/pass@proxy.example.net:3128", unescaped},
		{"a number sign in the password", "http://ada:s3cret#pass@proxy.example.net:3128", unescaped},
		{"a password that looks like a port and a path", "http://ada:1234/s3cret@proxy.example.net:3128", unescaped},
		{"a password that looks like a port and a query", "http://ada:1234?s3cret@proxy.example.net:3128", unescaped},
		{"a password that looks like a port and a fragment", "socks5://ada:1234#s3cret@proxy.example.net", unescaped},
		{"such a password without a scheme", "ada:1234#s3cret@proxy.example.net:3128", unescaped},
		{"a percent sign in the password", "http://ada:s3cret%pass@proxy.example.net:3128", unescaped},
		{"two schemes", "http://https://proxy.example.net", "HTTPS_PROXY: It is not the address of a proxy, such as http://proxy.example.net:3128."},
		{"no host", "http://:3128", "HTTPS_PROXY: It names no host."},
		{"no address", "http://ada:s3cret-pass@%zz", "HTTPS_PROXY: It is not the address of a proxy, such as http://proxy.example.net:3128."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(Options{Getenv: func(name string) string {
				if name == "HTTPS_PROXY" {
					return tt.value
				}
				return ""
			}})
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestPortsThatASchemeMeans(t *testing.T) {
	for value, want := range map[string]string{
		"proxy.example.net":             "proxy.example.net:80",
		"proxy.example.net:3128":        "proxy.example.net:3128",
		"ada:pass@proxy.example.net":    "proxy.example.net:80",
		"HTTPS://proxy.example.net":     "proxy.example.net:443",
		"socks5h://proxy.example.net/":  "proxy.example.net:1080",
		" http://[2001:db8::1]/ignored": "[2001:db8::1]:80",
	} {
		if got := newDialer(t, map[string]string{"https_proxy": value}, nil).now.Load().proxy.Host; got != want {
			t.Errorf("%q: got %s, want %s", value, got, want)
		}
	}
}

func TestSecretsAreTheProxysCredentials(t *testing.T) {
	d := newDialer(t, map[string]string{"HTTPS_PROXY": "http://ada:s3cret%2Fpass@proxy.example.net"}, nil)
	var got []string
	for _, s := range d.Secrets() {
		got = append(got, s.Reveal())
	}
	if strings.Join(got, " ") != "s3cret/pass ada:s3cret/pass" {
		t.Errorf("got %q", got)
	}
	if got := newDialer(t, nil, nil).Secrets(); got != nil {
		t.Errorf("got %v without a proxy", got)
	}
}

// TestThroughASOCKSProxy speaks the server's side of RFC 1928 by hand.
func TestThroughASOCKSProxy(t *testing.T) {
	serve := func(t *testing.T, reply byte) (address string, asked chan string) {
		t.Helper()
		ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = ln.Close() })
		asked = make(chan string, 1)
		go func() {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			head := make([]byte, 2)
			_, _ = io.ReadFull(conn, head)
			_, _ = io.CopyN(io.Discard, conn, int64(head[1]))
			_, _ = conn.Write([]byte{5, 0})
			request := make([]byte, 5)
			_, _ = io.ReadFull(conn, request)
			name := make([]byte, int(request[4])+2)
			_, _ = io.ReadFull(conn, name)
			asked <- string(name[:len(name)-2])
			_, _ = conn.Write([]byte{5, reply, 0, 1, 0, 0, 0, 0, 0, 0})
			_, _ = io.WriteString(conn, greeting)
		}()
		return ln.Addr().String(), asked
	}
	address, asked := serve(t, 0)
	if got := greeted(t, newDialer(t, map[string]string{"HTTPS_PROXY": "socks5://" + address}, nil), "connect.example.com:443"); got != greeting {
		t.Errorf("got %q", got)
	}
	if got := <-asked; got != "connect.example.com" {
		t.Errorf("the proxy was asked for %q, want the name, which it looks up", got)
	}
	address, _ = serve(t, 2)
	d := newDialer(t, map[string]string{"HTTPS_PROXY": "socks5h://" + address}, nil)
	wantFailure(t, d, "the proxy "+address+" gave no connection: connection not allowed by ruleset")
}

func TestTLSToTheHostGoesThroughTheProxy(t *testing.T) {
	host := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	t.Cleanup(host.Close)
	p, server := newStandIn(t, false, nil)
	p.target = host.Listener.Addr().String()
	d := newDialer(t, map[string]string{"HTTPS_PROXY": server.URL}, nil)
	pool := x509.NewCertPool()
	pool.AddCert(host.Certificate())
	client := &http.Client{Transport: &http.Transport{DialContext: d.DialContext, DisableKeepAlives: true, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://example.com/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusTeapot {
		t.Errorf("got %s", resp.Status)
	}
}

func TestAProxyOfTheSettingsIsUsedAtOnce(t *testing.T) {
	p, server := newStandIn(t, false, nil)
	d := newDialer(t, nil, nil)
	if changed, err := d.Use(""); changed || err != nil {
		t.Errorf("no proxy as before: got %v, %v", changed, err)
	}
	changed, err := d.Use(" " + server.URL + " ")
	if !changed || err != nil {
		t.Fatalf("got %v, %v, want it used", changed, err)
	}
	if got := greeted(t, d, "connect.example.com:443"); got != greeting {
		t.Errorf("got %q", got)
	}
	if r := <-p.seen; r.Host != "connect.example.com:443" {
		t.Errorf("the proxy was asked for %s", r.Host)
	}
	if got := d.InUse(); got.Address != server.URL || got.Variable != "" {
		t.Errorf("in use: got %+v", got)
	}
	if changed, err := d.Use(server.URL); changed || err != nil {
		t.Errorf("the same again: got %v, %v", changed, err)
	}
	if changed, err := d.Use(""); !changed || err != nil || d.InUse().Address != "" {
		t.Errorf("none again: got %v, %v, %+v", changed, err, d.InUse())
	}
}

func TestTheEnvironmentsProxyStays(t *testing.T) {
	_, server := newStandIn(t, false, nil)
	d := newDialer(t, map[string]string{"https_proxy": strings.Replace(server.URL, "://", "://ada:s3cret-pass@", 1)}, nil)
	if changed, err := d.Use("http://other.example.net:1"); changed || err != nil {
		t.Errorf("got %v, %v; want the environment's kept", changed, err)
	}
	if got := d.InUse(); got.Address != server.URL || got.Variable != "https_proxy" {
		t.Errorf("got %+v, want the proxy without credentials and its variable", got)
	}
}

func TestAddressesThatAreNotKept(t *testing.T) {
	d := newDialer(t, nil, nil)
	for address, want := range map[string]status.ProxyFault{
		"":                                  "",
		"proxy.example.net:3128":            "",
		"socks5://127.0.0.1:1080":           "",
		"ftp://proxy.example.net":           status.ProxyScheme,
		"http://:3128":                      status.ProxyHost,
		"http://%zz":                        status.ProxyForm,
		"http://ada@proxy.example.net":      status.ProxyCredentials,
		"ada:s3cret@proxy.example.net":      status.ProxyCredentials,
		"http://ada:1/2@proxy.example.net":  status.ProxyUnescaped,
		"http://http://proxy.example.net:1": status.ProxyForm,
	} {
		if got := d.Check(address); got != want {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
		if changed, err := d.Use(address); want != "" && (changed || err == nil || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%q was used: %v, %v", address, changed, err)
		}
	}
}

// FuzzCheck finds that what may be kept can be used and shows no password.
func FuzzCheck(f *testing.F) {
	f.Add("http://proxy.example.net:3128")
	f.Add("ada:s3cret@proxy.example.net")
	f.Fuzz(func(t *testing.T, address string) {
		d := newDialer(t, nil, nil)
		if d.Check(address) != "" {
			return
		}
		if _, err := d.Use(address); err != nil {
			t.Errorf("%q may be kept and cannot be used: %v", address, err)
		}
		if got := d.InUse().Address; strings.Contains(got, "@") {
			t.Errorf("shows %q", got)
		}
	})
}
