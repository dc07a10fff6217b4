package cloudflared

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/redact"
	"vastrelay/relay/tunnel"
)

// DefaultListen is the local address that cloudflared hands requests over to, if
// none is given.
const DefaultListen = "127.0.0.1:8787"

// Options are the settings of a Cloudflare tunnel.
type Options struct {
	// Token is that of a named tunnel; white space around it is ignored. Empty
	// means a quick tunnel.
	Token relay.Secret
	// Host is the public name that leads to the named tunnel; empty for a quick one.
	Host string
	// Listen is the local host:port of this computer that the named tunnel leads to;
	// empty means DefaultListen. A quick tunnel uses any free port.
	Listen string
	// Executable is the path of cloudflared; empty means that it is looked for.
	Executable string
	// Proxy returns the proxy to use where the environment names none; nil, or an empty
	// answer, means none.
	Proxy func() string
	// Folder is where cloudflared finds its home and its empty configuration. It is
	// made when needed, and belongs to the tunnel.
	Folder string
	// Logger receives the changes of the link, and at debug level what cloudflared
	// says, without the token. Nil means silence.
	Logger *slog.Logger
}

// limits bound the steps of one run of cloudflared.
type limits struct {
	least  time.Duration // between two questions, however much is logged
	soon   time.Duration // between two questions while the link is not up
	later  time.Duration // the same once that has lasted
	seldom time.Duration // between two questions while it is up; a logged line asks earlier
	answer time.Duration // for one question to its metrics server
	settle time.Duration // after a quick tunnel got its name, until it is announced
	hung   time.Duration // without an answer, until it is started anew
	down   time.Duration // without a connection to Cloudflare, until it is started anew
	drain  time.Duration // for requests in flight at a stop
	grace  time.Duration // between asking it to end and killing it
}

// defaultLimits keep a stop below five seconds, even if every step hangs.
func defaultLimits() limits {
	return limits{
		least: 50 * time.Millisecond, soon: 250 * time.Millisecond, later: 2 * time.Second, seldom: 15 * time.Second,
		answer: 2 * time.Second, settle: 3 * time.Second,
		hung: 30 * time.Second, down: 10 * time.Minute, drain: tunnel.DrainWithin, grace: time.Second,
	}
}

// config is what the runs of cloudflared of one Tunnel share.
type config struct {
	options   Options // checked, in the one spelling of each
	red       redactor
	log       *slog.Logger
	limits    limits
	getenv    func(string) string
	transport http.RoundTripper // to the metrics server
}

// named reports whether the tunnel has a name of its own.
func (c *config) named() bool { return c.options.Host != "" }

// Tunnel is the tunnel.Provider that runs cloudflared.
type Tunnel struct {
	cfg    *config
	runner *tunnel.Runner
}

// New checks o and returns a provider that has started nothing yet. An option that
// cannot work is a *tunnel.PermanentError. Whether cloudflared is installed shows
// in Run.
func New(o Options) (*Tunnel, error) {
	red := redact.NewMarked("[secret]")
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Proxy == nil {
		o.Proxy = func() string { return "" }
	}
	if err := checkOptions(&o, red); err != nil {
		return nil, err
	}
	return &Tunnel{runner: tunnel.NewRunner(o.Logger), cfg: &config{
		options: o, red: red, log: o.Logger, limits: defaultLimits(),
		getenv: os.Getenv, transport: &http.Transport{Proxy: nil, DisableKeepAlives: true},
	}}, nil
}

// checkOptions brings each option into its one spelling, and makes red mask the
// token.
func checkOptions(o *Options, red *redact.Redactor) error {
	o.Host = strings.TrimSpace(o.Host)
	switch {
	case o.Host != "" && strings.TrimSpace(o.Token.Reveal()) == "":
		return permanent(ReasonTokenMissing, nil)
	case o.Host == "" && strings.TrimSpace(o.Token.Reveal()) != "":
		return permanent(ReasonHostMissing, nil)
	case o.Host != "":
		red.Add(o.Token)
		token, secret, err := checkToken(o.Token)
		if err != nil {
			return permanent(ReasonTokenMalformed, err)
		}
		red.Add(token)
		red.Add(secret)
		o.Token = token
		if o.Host, err = relay.ParseDomain(o.Host); err != nil {
			return permanent(ReasonHostInvalid, err)
		}
	}
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	if host, port, err := net.SplitHostPort(o.Listen); err != nil || port != "0" || !relay.IsLoopback(host) {
		if o.Listen, err = parseListen(o.Listen); err != nil {
			return tunnel.ListenError(o.Listen, listenFront, err)
		}
	}
	if o.Executable != "" {
		path, err := parseExecutable(o.Executable)
		if err != nil {
			return permanent(ReasonExecutableUnusable, err)
		}
		o.Executable = path
	}
	return nil
}

// Restart implements tunnel.Provider. A quick tunnel gets another name by it.
func (t *Tunnel) Restart() { t.runner.Restart() }

// Run implements tunnel.Provider: it starts cloudflared, follows it, and starts it
// anew when it has ended.
func (t *Tunnel) Run(ctx context.Context, h http.Handler, report func(tunnel.Link)) error {
	wasOnline := false
	return t.runner.Run(ctx, report, func(ctx context.Context, rep *tunnel.Reporter) tunnel.Attempt {
		s := &session{cfg: t.cfg, rep: rep, wasOnline: wasOnline, restarts: t.runner.Restarts()}
		out := s.run(ctx, h)
		wasOnline = wasOnline || out.wasOnline
		return tunnel.Attempt{WasOnline: out.wasOnline, Online: out.online, Restart: out.restart, Failure: out.fail.forRetry()}
	})
}

// errNoAnswer says that the child lives and does not answer.
var errNoAnswer = errors.New("cloudflared does not answer any more")
