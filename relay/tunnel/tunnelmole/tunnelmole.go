package tunnelmole

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
	"unicode"

	"vastrelay/relay"
	"vastrelay/relay/redact"
	"vastrelay/relay/tunnel"
)

// DefaultServer is where clients connect, as host:port.
// Source: https://github.com/robbie-cahill/tunnelmole-client .
const DefaultServer = "service.tunnelmole.com:8083"

// Options are the settings of a Tunnelmole tunnel.
type Options struct {
	// Key is the API key of an account; empty for none. White space around it is
	// ignored.
	Key relay.Secret
	// Subdomain is the name to ask for, such as "my-relay"; empty means a random
	// one. Another name than this is never taken in its place.
	Subdomain string

	// Server is the service as host:port; empty means DefaultServer. It is always
	// spoken to over TLS.
	Server string
	// CAs replace the roots that the certificate of Server is checked against; nil
	// means those of the system.
	CAs *x509.CertPool
	// Dial connects to Server, through a proxy where one is to be used; nil means
	// directly. An error that has a method ProxyFailure() string is told with
	// those words.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Version of this program, told to the service.
	Version string
	// Logger receives the changes of the link, without the key; nil means silence.
	Logger *slog.Logger
}

// limits bound the steps of a link, so that none waits for ever when the service
// hangs.
type limits struct {
	connect   time.Duration // dial, TLS and upgrade to WebSocket
	register  time.Duration // until the service assigns a name
	write     time.Duration // of one message
	pingEvery time.Duration
	pong      time.Duration // for the answer to a ping
	drain     time.Duration // for requests in flight at the end
	close     time.Duration // for the service to answer that we close the connection
}

// defaultLimits keep a stop below five seconds, even if every step hangs.
func defaultLimits() limits {
	return limits{
		connect:   20 * time.Second,
		register:  15 * time.Second,
		write:     10 * time.Second,
		pingEvery: 20 * time.Second,
		pong:      15 * time.Second,
		drain:     tunnel.DrainWithin,
		close:     time.Second,
	}
}

// betweenLinks keeps the service from taking the next link for the last one, whose
// end it may just be noticing.
const betweenLinks = time.Second

// config is what the links of one Tunnel share.
type config struct {
	options Options // checked, in the one spelling of each
	red     *redact.Redactor
	log     *slog.Logger
	limits  limits
}

// newConfig checks o. Its error is a *tunnel.PermanentError.
func newConfig(o Options) (*config, error) {
	key := strings.TrimSpace(o.Key.Reveal())
	if strings.ContainsFunc(key, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return nil, permanentFor(ReasonKeyRefused, errors.New("the key holds white space or control characters"))
	}
	o.Key = relay.NewSecret(key)
	if o.Subdomain = strings.TrimSpace(o.Subdomain); o.Subdomain != "" {
		var err error
		if o.Subdomain, err = parseSubdomain(o.Subdomain); err != nil {
			return nil, permanentFor(ReasonNameInvalid, err)
		}
		if key == "" {
			return nil, permanentFor(ReasonKeyMissing, errors.New("a subdomain needs an API key"))
		}
	}
	if o.Server == "" {
		o.Server = DefaultServer
	}
	if _, err := relay.ParseHostPort(o.Server); err != nil {
		return nil, permanentFor(ReasonServerInvalid, err)
	}
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	red := redact.New()
	red.Add(o.Key)
	return &config{
		options: o, red: red, log: slog.New(redact.NewHandler(o.Logger.Handler(), red)),
		limits: defaultLimits(),
	}, nil
}

// hello is the first message of a connection. Each has a client id of its own:
// the service deletes the registration of an id when it notices that an earlier
// connection of that id has ended, and the newer connection would stay without
// requests.
func (c *config) hello(clientID string) initialise {
	return initialise{
		Type: typeInitialise, ClientID: clientID, APIKey: c.options.Key.Reveal(), Subdomain: c.options.Subdomain,
		Connection: connectionInfo{Version: "vast-relay/" + c.options.Version},
	}
}

// newClientID makes an id as long as those of the vendor's client.
func newClientID() string { return rand.Text()[:21] }

// Tunnel is the tunnel.Provider that speaks the protocol of Tunnelmole.
type Tunnel struct {
	cfg    *config
	runner *tunnel.Runner

	// ghost is the client id of the last link if the service may not know yet that
	// it has ended, and would refuse the subdomain to its successor. Only Run uses
	// it.
	ghost string
}

// New checks o and returns a provider that has not connected yet. An option that
// cannot work is a *tunnel.PermanentError.
func New(o Options) (*Tunnel, error) {
	cfg, err := newConfig(o)
	if err != nil {
		return nil, err
	}
	t := &Tunnel{cfg: cfg, runner: tunnel.NewRunner(cfg.log)}
	t.runner.Pauses.Between = betweenLinks
	return t, nil
}

// Restart implements tunnel.Provider.
func (t *Tunnel) Restart() { t.runner.Restart() }

// Run implements tunnel.Provider. Every link is a new connection under a new
// client id.
func (t *Tunnel) Run(ctx context.Context, h http.Handler, report func(tunnel.Link)) error {
	f := newFront(h, t.cfg.log)
	defer f.close()
	return t.runner.Run(ctx, report, func(ctx context.Context, rep *tunnel.Reporter) tunnel.Attempt {
		out := t.oneLink(ctx, f, rep)
		evict := out.fail.kind == tunnel.Busy && t.ghost != "" && ctx.Err() == nil
		if evict {
			t.evictGhost(ctx)
		}
		return tunnel.Attempt{WasOnline: out.wasOnline, Online: out.online, Restart: out.end == endRestart, Again: evict, Failure: out.fail.forRetry()}
	})
}

// oneLink keeps one connection from its beginning to its end.
func (t *Tunnel) oneLink(ctx context.Context, f *front, rep *tunnel.Reporter) outcome {
	hello := t.cfg.hello(newClientID())
	l, out := t.cfg.connect(ctx, f, hello, t.runner.Restarts())
	if l == nil {
		return out
	}
	out = l.serve(ctx, rep)
	if known := l.close(); out.wasOnline && t.cfg.options.Subdomain != "" {
		t.ghost = ""
		if !known {
			t.ghost = hello.ClientID
		}
	}
	return out
}

// evictGhost has the service forget a link whose end it did not notice, by
// taking its place under the same client id and ending that in order.
func (t *Tunnel) evictGhost(ctx context.Context) {
	t.cfg.log.Info("the subdomain is still held by the last connection, ending that")
	hello := t.cfg.hello(t.ghost)
	t.ghost = ""
	l, _ := t.cfg.connect(ctx, nil, hello, t.runner.Restarts())
	if l == nil {
		return
	}
	_, _ = l.register(ctx)
	l.close()
}

// CheckKey proves the API key of o by registering once, under a random name, and
// ends the connection. A key or setting that cannot work is a
// *tunnel.PermanentError; any other failure is passing trouble, or the end of
// ctx. An error of a proxy on the way has a method ProxyFailure() string.
func CheckKey(ctx context.Context, o Options) error {
	o.Subdomain = ""
	cfg, err := newConfig(o)
	if err != nil {
		return err
	}
	if cfg.options.Key.Empty() {
		return permanentFor(ReasonKeyMissing, errors.New("there is no key to check"))
	}
	l, out := cfg.connect(ctx, nil, cfg.hello(newClientID()), nil)
	if l == nil {
		return checkError(ctx, out)
	}
	defer l.close()
	if _, failed := l.register(ctx); failed != nil {
		return checkError(ctx, *failed)
	}
	if l.keyRefused {
		return l.keyRefusal().permanentError()
	}
	return nil
}

// checkError is the error of CheckKey for a link that did not come up.
func checkError(ctx context.Context, out outcome) error {
	const doing = "check the Tunnelmole key"
	switch {
	case out.end == endStopped:
		return fmt.Errorf("%s: %w", doing, context.Cause(ctx))
	case out.fail.kind == tunnel.Permanent:
		return out.fail.permanentError()
	default:
		return fmt.Errorf("%s: %w", doing, out.fail.err)
	}
}
