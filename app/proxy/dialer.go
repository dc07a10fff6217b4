package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/http/httpproxy"
	socks "golang.org/x/net/proxy"

	"vastrelay/app/status"
	"vastrelay/relay"
)

// Time limits of one connection.
const (
	dialWithin      = 10 * time.Second // to the host or the proxy
	handshakeWithin = 10 * time.Second // with the proxy, once it is connected
)

// Options set up a Dialer.
type Options struct {
	// Getenv reads the environment. HTTPS_PROXY and NO_PROXY are read as in
	// net/http: the lower-case names come first.
	Getenv func(name string) string
	// CAs are trusted for a proxy that is spoken to over TLS; nil: the system's.
	CAs *x509.CertPool
	// UserAgent is told to the proxy.
	UserAgent string
}

// Dialer connects to hosts of the outside world.
type Dialer struct {
	o        Options
	variable string // that names a proxy, which comes before every other; empty: none does
	now      atomic.Pointer[route]
}

// route is one way to the outside world.
type route struct {
	direct net.Dialer
	proxy  *url.URL                                        // nil: there is none
	uses   func(*url.URL) (*url.URL, error)                // returns nil for a host that is reached directly
	dial   func(context.Context, string) (net.Conn, error) // through the proxy
	o      Options
}

// New returns a Dialer for an environment. An error is a sentence that names
// the variable and holds no credentials.
func New(o Options) (*Dialer, error) {
	d := &Dialer{o: o}
	name, value := lookUp(o.Getenv, "https_proxy", "HTTPS_PROXY")
	r, err := newRoute(o, value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	d.variable = name
	d.now.Store(r)
	return d, nil
}

// newRoute returns the way through the proxy at address; an empty one: none. An error
// is a sentence that holds no credentials.
func newRoute(o Options, address string) (*route, error) {
	r := &route{direct: net.Dialer{Timeout: dialWithin, KeepAlive: 30 * time.Second}, o: o}
	if address == "" {
		return r, nil
	}
	var err error
	if r.proxy, err = parse(address); err != nil {
		return nil, err
	}
	_, exempt := lookUp(o.Getenv, "no_proxy", "NO_PROXY")
	// The name of the proxy here is a placeholder: uses only decides whether.
	r.uses = (&httpproxy.Config{HTTPSProxy: "http://proxy.invalid", NoProxy: exempt}).ProxyFunc()
	switch r.proxy.Scheme {
	case "http", "https":
		r.dial = r.connect
	default:
		if r.dial, err = r.socks(); err != nil {
			return nil, errors.New("The proxy cannot be used.") //nolint:revive,staticcheck // a sentence for a person
		}
	}
	return r, nil
}

// AddressError says why the address of a proxy cannot be used. It holds no credentials.
type AddressError struct {
	Fault    status.ProxyFault
	Sentence string // the fault in English
}

// Error returns the sentence.
func (e *AddressError) Error() string { return e.Sentence }

// Check returns what keeps an address from being kept as that of a proxy; empty for
// nothing. A password would lie in the settings for everybody to read.
func (d *Dialer) Check(address string) status.ProxyFault {
	address = strings.TrimSpace(address)
	if address == "" {
		return ""
	}
	u, err := parse(address)
	if fault, ok := errors.AsType[*AddressError](err); ok {
		return fault.Fault
	}
	if u.User != nil {
		return status.ProxyCredentials
	}
	return ""
}

// Use makes new connections go through the proxy at address; an empty one: none. Those
// that stand stay as they are. Where the environment names a proxy, that one stays in
// use. An address with a fault changes nothing and is an *AddressError.
func (d *Dialer) Use(address string) (changed bool, err error) {
	if fault := d.Check(address); fault != "" {
		return false, &AddressError{fault, "The proxy of the settings cannot be used."}
	}
	if d.variable != "" {
		return false, nil
	}
	r, err := newRoute(d.o, strings.TrimSpace(address))
	if err != nil {
		return false, err
	}
	before := d.now.Swap(r)
	return before.address() != r.address(), nil
}

// InUse returns the proxy of new connections.
func (d *Dialer) InUse() status.Proxy {
	return status.Proxy{Address: d.now.Load().address(), Variable: d.variable}
}

// address is the proxy without credentials; empty: there is none.
func (r *route) address() string {
	if r.proxy == nil {
		return ""
	}
	return r.proxy.Scheme + "://" + r.proxy.Host
}

// lookUp returns the first of the variables that is set, and its value.
func lookUp(getenv func(string) string, names ...string) (name, value string) {
	for _, name := range names {
		if value := strings.TrimSpace(getenv(name)); value != "" {
			return name, value
		}
	}
	return "", ""
}

// defaultPorts lists the schemes of proxies that are supported, with the ports
// that they mean.
func defaultPorts() map[string]string {
	return map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}
}

// parse reads the address of a proxy: a URL, or host:port for http. An error is a
// sentence.
func parse(value string) (*url.URL, error) {
	scheme, rest, ok := strings.Cut(value, "://")
	if !ok {
		scheme, rest = "http", value
	}
	u, err := url.Parse(scheme + "://" + rest)
	// An unescaped # or / in the password ends the host early, so that a part of
	// the password would be shown as the name of the proxy.
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		bare, bareErr := url.Parse(scheme + "://" + rest[at+1:])
		if bareErr == nil && (err != nil || u.Host != bare.Host) {
			return nil, &AddressError{status.ProxyUnescaped, "Its user name or password holds a character that must be percent-encoded there, such as %23 for # and %2F for /."}
		}
	}
	if err != nil || strings.HasPrefix(u.Path, "//") { // the latter after a second scheme
		return nil, &AddressError{status.ProxyForm, "It is not the address of a proxy, such as http://proxy.example.net:3128."}
	}
	u.Scheme = strings.ToLower(u.Scheme)
	port, supported := defaultPorts()[u.Scheme]
	switch {
	case !supported:
		return nil, &AddressError{status.ProxyScheme, fmt.Sprintf("A proxy with the scheme %q is not supported; use http, https or socks5.", u.Scheme)}
	case u.Hostname() == "":
		return nil, &AddressError{status.ProxyHost, "It names no host."}
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return u, nil
}

// Secrets are the values that must not be shown: the proxy's password, alone
// and with the user name.
func (d *Dialer) Secrets() []relay.Secret {
	r := d.now.Load()
	if r.proxy == nil || r.proxy.User == nil {
		return nil
	}
	password, _ := r.proxy.User.Password()
	return []relay.Secret{relay.NewSecret(password), relay.NewSecret(r.proxy.User.Username() + ":" + password)}
}

// DialContext connects to address, a host:port, through the proxy unless NO_PROXY
// exempts it. Every failure of the proxy is a *net.OpError of the operation
// "proxyconnect" that wraps an *Error.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d.now.Load().dialContext(ctx, network, address)
}

// dialContext is DialContext by this route.
func (r *route) dialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if r.proxy == nil {
		return r.direct.DialContext(ctx, network, address)
	}
	if through, err := r.uses(&url.URL{Scheme: "https", Host: address}); err != nil || through == nil {
		return r.direct.DialContext(ctx, network, address)
	}
	ctx, cancel := context.WithTimeout(ctx, dialWithin+handshakeWithin)
	defer cancel()
	conn, err := r.dial(ctx, address)
	if err != nil {
		return nil, &net.OpError{Op: "proxyconnect", Net: "tcp", Err: r.failure(ctx, err)}
	}
	return conn, nil
}

// reach connects to the proxy itself.
func (r *route) reach(ctx context.Context) (net.Conn, error) {
	conn, err := r.direct.DialContext(ctx, "tcp", r.proxy.Host)
	if err != nil || r.proxy.Scheme != "https" {
		return conn, err
	}
	secure := tls.Client(conn, &tls.Config{MinVersion: tls.VersionTLS12, ServerName: r.proxy.Hostname(), RootCAs: r.o.CAs})
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secure, nil
}

// socks returns a dialer through a SOCKS proxy, which resolves host names itself.
func (r *route) socks() (func(context.Context, string) (net.Conn, error), error) {
	var auth *socks.Auth
	if user := r.proxy.User; user != nil {
		password, _ := user.Password()
		auth = &socks.Auth{User: user.Username(), Password: password}
	}
	through, err := socks.SOCKS5("tcp", r.proxy.Host, auth, &r.direct)
	if err != nil {
		return nil, err
	}
	withContext, ok := through.(socks.ContextDialer)
	if !ok {
		return nil, errors.New("the SOCKS client knows no deadline")
	}
	return func(ctx context.Context, address string) (net.Conn, error) {
		return withContext.DialContext(ctx, "tcp", address)
	}, nil
}
