package ngrok

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// Options are the settings of an ngrok tunnel.
type Options struct {
	// Token is the authtoken of the account; white space around it is ignored.
	Token relay.Secret

	// Domain is the name to ask for, such as "name.ngrok-free.app"; a leading
	// https:// and a trailing slash are ignored. Empty means the name that
	// ngrok assigned to the account.
	Domain string

	// CloudEndpoint is the name of a Cloud Endpoint of the account that hands its
	// requests to this tunnel, see Policy; empty means that there is none. The address
	// is that of the Cloud Endpoint then, and Domain is not asked for.
	CloudEndpoint string

	// ConnectURL is the ngrok server as host:port; empty means ngrok's own.
	ConnectURL string
	// CAs replace the roots that the server's certificate is checked against;
	// nil means the root built into the SDK.
	CAs *x509.CertPool

	// Dial connects to the server, through a proxy where one is to be used; nil
	// means directly. An error that has a method ProxyFailure() string is told
	// with those words.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Version of this program, told to ngrok.
	Version string
	// Logger receives the changes of the link, and at debug level what the SDK
	// has to say, without the token. Nil means silence.
	Logger *slog.Logger

	// HeartbeatInterval and HeartbeatTolerance override the SDK's 10 s and
	// 15 s. For tests only: ngrok refuses shorter ones.
	HeartbeatInterval, HeartbeatTolerance time.Duration
}

// Tunnel is the tunnel.Provider that runs the ngrok SDK inside the process.
type Tunnel struct {
	cfg    *config
	runner *tunnel.Runner
}

// New checks o and returns a provider that has not connected yet. An
// option that cannot work is a *PermanentError.
func New(o Options) (*Tunnel, error) {
	cfg, err := newConfig(o)
	if err != nil {
		return nil, err
	}
	return &Tunnel{cfg: cfg, runner: tunnel.NewRunner(cfg.log)}, nil
}

// Restart implements tunnel.Provider.
func (n *Tunnel) Restart() { n.runner.Restart() }

// Run implements tunnel.Provider.
//
// Every session uses a new agent of the SDK. The SDK reconnects by itself
// after a drop, because only it can present the token that makes ngrok hand a
// name over from the dead connection; when that does not succeed soon, the
// session is given up, and the next one waits for the pauses of tunnel.Runner.
func (n *Tunnel) Run(ctx context.Context, h http.Handler, report func(tunnel.Link)) error {
	return n.runner.Run(ctx, report, func(ctx context.Context, rep *tunnel.Reporter) tunnel.Attempt {
		out := n.oneSession(ctx, h, rep)
		return tunnel.Attempt{WasOnline: out.wasOnline, Online: out.online, Restart: out.end == endRestart, Failure: out.fail.forRetry()}
	})
}

// oneSession runs one agent of the SDK from its login to its end.
func (n *Tunnel) oneSession(ctx context.Context, h http.Handler, rep *tunnel.Reporter) outcome {
	s, err := newSession(ctx, n.cfg, n.runner.Restarts())
	if err != nil {
		return outcome{end: endFailed, fail: classify(err, n.cfg.red)}
	}
	defer s.end()
	if out := s.login(ctx); out != nil {
		return *out
	}
	if out := s.bind(ctx); out != nil {
		return *out
	}
	return s.serve(ctx, h, rep)
}
