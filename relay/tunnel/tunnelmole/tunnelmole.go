package tunnelmole

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
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
	redial    time.Duration // the least time between two links
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
		redial:    time.Second,
	}
}

// config is what the links of one Tunnel share.
type config struct {
	options Options // checked, in the one spelling of each
	red     *redact.Redactor
	log     *slog.Logger
	limits  limits
	pauses  tunnel.Pauses
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
		limits: defaultLimits(), pauses: tunnel.DefaultPauses(),
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
	cfg   *config
	state *tunnel.RunState

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
	return &Tunnel{cfg: cfg, state: tunnel.NewRunState()}, nil
}

// Restart implements tunnel.Provider.
func (t *Tunnel) Restart() { t.state.Restart() }

// Run implements tunnel.Provider. Every link is a new connection under a new
// client id; at least limits.redial lies between two.
func (t *Tunnel) Run(ctx context.Context, h http.Handler, report func(tunnel.Link)) error {
	end, err := t.state.Begin()
	if err != nil {
		return err
	}
	defer end()
	f := newFront(h, t.cfg.log)
	defer f.close()

	rep := tunnel.NewReporter(report)
	rep.Set(tunnel.Link{State: tunnel.Connecting})
	var past tunnel.History
	for ctx.Err() == nil {
		t.state.DropRestart()
		out := t.oneLink(ctx, f, rep)
		if out.wasOnline {
			past = t.cfg.pauses.Online(past, out.online)
		}
		switch {
		case ctx.Err() != nil:
			continue // whatever else happened, a stop was asked for
		case out.end == endRestart:
			past = tunnel.History{WasOnline: past.WasOnline}
			rep.Interrupted(past.WasOnline)
		case out.fail.kind == tunnel.Permanent:
			err := out.fail.permanentError()
			rep.Stopped(err)
			return err
		case out.fail.kind == tunnel.Busy && t.ghost != "":
			t.evictGhost(ctx)
		default:
			var wait time.Duration
			past, wait = t.postpone(past, out.fail, rep)
			if t.state.Wait(ctx, wait) {
				past = tunnel.History{WasOnline: past.WasOnline}
			}
			rep.Trying()
		}
		t.pause(ctx)
	}
	rep.Stopped(nil)
	return nil
}

// pause keeps the service from taking the next link for the last one, whose end
// it may just be noticing. A restart does not shorten it.
func (t *Tunnel) pause(ctx context.Context) {
	timer := time.NewTimer(t.cfg.limits.redial)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// postpone reports that the next attempt comes later, and returns when. The same
// cause is a warning in the log only once in a row.
func (t *Tunnel) postpone(past tunnel.History, f failure, rep *tunnel.Reporter) (tunnel.History, time.Duration) {
	now := time.Now()
	past, state, wait := t.cfg.pauses.Next(past, f.kind, now, mathrand.Float64()) //nolint:gosec // spreads load, guards nothing
	past = past.Refused(f.source())
	link := tunnel.Link{State: state, Err: f.err, Code: f.answer}
	if past.Refusals >= 2 && f.source() == past.Answer {
		link.Headline, link.Cause, link.Next = f.refusalWords()
	}
	link.RetryAt = now.Add(wait)
	level := slog.LevelWarn
	if last := rep.Last().Err; last != nil && last.Error() == f.err.Error() {
		level = slog.LevelDebug
	}
	t.cfg.log.Log(context.Background(), level, "no tunnel, will try again", "attempt", past.Failures, "code", f.answer, "err", f.err, "pause", wait)
	rep.Set(link)
	return past, wait
}

// oneLink keeps one connection from its beginning to its end.
func (t *Tunnel) oneLink(ctx context.Context, f *front, rep *tunnel.Reporter) outcome {
	hello := t.cfg.hello(newClientID())
	l, out := t.cfg.connect(ctx, f, hello, t.state.Restarts())
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
	l, _ := t.cfg.connect(ctx, nil, hello, t.state.Restarts())
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
