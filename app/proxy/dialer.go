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
	"time"

	"golang.org/x/net/http/httpproxy"
	socks "golang.org/x/net/proxy"

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
	direct net.Dialer
	proxy  *url.URL                                        // nil: there is none
	uses   func(*url.URL) (*url.URL, error)                // returns nil for a host that is reached directly
	dial   func(context.Context, string) (net.Conn, error) // through the proxy
	o      Options
}

// New returns a Dialer for an environment. An error is a sentence that names
// the variable and holds no credentials.
func New(o Options) (*Dialer, error) {
	d := &Dialer{direct: net.Dialer{Timeout: dialWithin, KeepAlive: 30 * time.Second}, o: o}
	name, value := lookUp(o.Getenv, "https_proxy", "HTTPS_PROXY")
	if value == "" {
		return d, nil
	}
	var err error
	if d.proxy, err = parse(name, value); err != nil {
		return nil, err
	}
	_, exempt := lookUp(o.Getenv, "no_proxy", "NO_PROXY")
	// The name of the proxy here is a placeholder: uses only decides whether.
	d.uses = (&httpproxy.Config{HTTPSProxy: "http://proxy.invalid", NoProxy: exempt}).ProxyFunc()
	switch d.proxy.Scheme {
	case "http", "https":
		d.dial = d.connect
	default:
		if d.dial, err = d.socks(); err != nil {
			return nil, fmt.Errorf("%s: The proxy cannot be used.", name) //nolint:revive,staticcheck // a sentence for a person
		}
	}
	return d, nil
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

// parse reads the value of the variable name: a URL, or host:port for http.
func parse(name, value string) (*url.URL, error) {
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
			return nil, errors.New(name + ": Its user name or password holds a character that must be percent-encoded there, such as %23 for # and %2F for /.")
		}
	}
	if err != nil || strings.HasPrefix(u.Path, "//") { // the latter after a second scheme
		return nil, errors.New(name + ": It is not the address of a proxy, such as http://proxy.example.net:3128.")
	}
	u.Scheme = strings.ToLower(u.Scheme)
	port, supported := defaultPorts()[u.Scheme]
	switch {
	case !supported:
		return nil, fmt.Errorf("%s: A proxy with the scheme %q is not supported; use http, https or socks5.", name, u.Scheme) //nolint:revive,staticcheck // a sentence for a person
	case u.Hostname() == "":
		return nil, errors.New(name + ": It names no host.")
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return u, nil
}

// Secrets are the values that must not be shown: the proxy's password, alone
// and with the user name.
func (d *Dialer) Secrets() []relay.Secret {
	if d.proxy == nil || d.proxy.User == nil {
		return nil
	}
	password, _ := d.proxy.User.Password()
	return []relay.Secret{relay.NewSecret(password), relay.NewSecret(d.proxy.User.Username() + ":" + password)}
}

// DialContext connects to address, a host:port, through the proxy unless NO_PROXY
// exempts it. Every failure of the proxy is a *net.OpError of the operation
// "proxyconnect" that wraps an *Error.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if d.proxy == nil {
		return d.direct.DialContext(ctx, network, address)
	}
	if through, err := d.uses(&url.URL{Scheme: "https", Host: address}); err != nil || through == nil {
		return d.direct.DialContext(ctx, network, address)
	}
	ctx, cancel := context.WithTimeout(ctx, dialWithin+handshakeWithin)
	defer cancel()
	conn, err := d.dial(ctx, address)
	if err != nil {
		return nil, &net.OpError{Op: "proxyconnect", Net: "tcp", Err: d.failure(ctx, err)}
	}
	return conn, nil
}

// reach connects to the proxy itself.
func (d *Dialer) reach(ctx context.Context) (net.Conn, error) {
	conn, err := d.direct.DialContext(ctx, "tcp", d.proxy.Host)
	if err != nil || d.proxy.Scheme != "https" {
		return conn, err
	}
	secure := tls.Client(conn, &tls.Config{MinVersion: tls.VersionTLS12, ServerName: d.proxy.Hostname(), RootCAs: d.o.CAs})
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secure, nil
}

// socks returns a dialer through a SOCKS proxy, which resolves host names itself.
func (d *Dialer) socks() (func(context.Context, string) (net.Conn, error), error) {
	var auth *socks.Auth
	if user := d.proxy.User; user != nil {
		password, _ := user.Password()
		auth = &socks.Auth{User: user.Username(), Password: password}
	}
	through, err := socks.SOCKS5("tcp", d.proxy.Host, auth, &d.direct)
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
