package vastapi

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// DefaultBaseURL is Vast.ai's own API host.
// Source: https://docs.vast.ai/api-reference/introduction .
const DefaultBaseURL = "https://console.vast.ai"

// DefaultGap is the default time between two calls of one route: the vendor's
// threshold of two seconds, and a margin for clocks and networks.
const DefaultGap = 2200 * time.Millisecond

// Options configures a Client.
type Options struct {
	// BaseURL is where the API is: https, or http for a loopback host; a path
	// is kept in front of the API's own. Empty means DefaultBaseURL.
	BaseURL string
	// Key is sent as a bearer token with every call.
	Key Key
	// Transport carries the calls; nil means one with deadlines that belongs to the
	// Client.
	Transport http.RoundTripper
	// Dial connects the Client's own transport, through a proxy where one is to be
	// used; nil means directly. An error that has a method ProxyFailure() string is
	// told with those words.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// UserAgent is sent with every call; empty means "vastrelay".
	UserAgent string
	// Gap is left between two calls of one route; 0 means DefaultGap, negative
	// none.
	Gap time.Duration
	// Logger receives one debug line per try: what, status, how long. Nil
	// means none.
	Logger *slog.Logger
}

// Client calls Vast.ai's notification API under one key. Create it with New.
// It is safe for concurrent use.
type Client struct {
	base      string // without a trailing slash
	key       Key
	http      *http.Client
	owned     *http.Transport // nil when the transport is the caller's
	userAgent string
	pacer     *pacer
	clock     *clock
	log       *slog.Logger
}

// New returns a Client. It refuses a base URL that would show the key to a
// network, an empty key, and a key that cannot be sent in a header.
func New(o Options) (*Client, error) {
	base, err := cleanBase(o.BaseURL)
	if err != nil {
		return nil, err
	}
	if err := checkKey(o.Key); err != nil {
		return nil, err
	}
	c := &Client{
		base: base, key: o.Key, userAgent: cmp.Or(o.UserAgent, "vastrelay"), log: o.Logger, clock: &clock{},
		pacer: newPacer(max(0, cmp.Or(o.Gap, DefaultGap))),
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	transport := o.Transport
	if transport == nil {
		c.owned = newTransport(o.Dial)
		transport = c.owned
	}
	c.http = &http.Client{
		Transport: transport,
		// A redirected POST would silently become a GET, and the key would
		// follow it.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

// Close closes idle connections. Calls under way go on, and the Client stays
// usable.
func (c *Client) Close() {
	if c.owned != nil {
		c.owned.CloseIdleConnections()
	}
}

// newTransport is Go's default with narrower limits: one host is called, and
// rarely.
func newTransport(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Transport {
	return &http.Transport{
		DialContext:            dial,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxIdleConns:           4,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// cleanBase validates the base URL. Errors do not repeat it, since it may hold
// a password.
func cleanBase(raw string) (string, error) {
	if raw == "" {
		raw = DefaultBaseURL
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "", errors.New("read the API's base URL: it is not a URL")
	case u.Host == "" || u.Hostname() == "" || !validPort(u):
		return "", errors.New("read the API's base URL: it has no host or an invalid port")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", errors.New("read the API's base URL: it holds a user name, a query or a fragment")
	case u.Scheme == "https":
	case u.Scheme == "http" && isLoopback(u.Hostname()):
	default:
		return "", errors.New("read the API's base URL: it must start with https://, or http:// on this computer")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// isLoopback reports whether host names this computer.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

// checkKey refuses what a header cannot carry, before net/http does it with a
// text of its own.
func checkKey(k Key) error {
	if k.Empty() {
		return errors.New("the API key is empty")
	}
	if strings.ContainsFunc(k.Reveal(), func(r rune) bool { return r <= ' ' || r > '~' }) {
		return errors.New("the API key holds a space or a character that no key has")
	}
	return nil
}
