package ngrok

import (
	"context"
	"crypto/x509"
	"log/slog"
	"math/rand/v2"
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
	cfg   *config
	state *tunnel.RunState
}

// New checks o and returns a provider that has not connected yet. An
// option that cannot work is a *PermanentError.
func New(o Options) (*Tunnel, error) {
	cfg, err := newConfig(o)
	if err != nil {
		return nil, err
	}
	return &Tunnel{cfg: cfg, state: tunnel.NewRunState()}, nil
}

// Restart implements tunnel.Provider.
func (n *Tunnel) Restart() { n.state.Restart() }

// Run implements tunnel.Provider.
//
// Every session uses a new agent of the SDK. The SDK reconnects by itself
// after a drop, because only it can present the token that makes ngrok hand a
// name over from the dead connection; when that does not succeed soon, the
// session is given up and this loop takes over with its own pauses.
func (n *Tunnel) Run(ctx context.Context, h http.Handler, report func(tunnel.Link)) error {
	end, err := n.state.Begin()
	if err != nil {
		return err
	}
	defer end()

	rep := tunnel.NewReporter(report)
	rep.Set(tunnel.Link{State: tunnel.Connecting})
	var past tunnel.History
	for ctx.Err() == nil {
		n.state.DropRestart()
		out := n.oneSession(ctx, h, rep)
		if out.wasOnline {
			past = n.cfg.pauses.Online(past, out.online)
		}
		switch {
		case ctx.Err() != nil:
			continue // whatever else happened, a stop was asked for
		case out.end == endRestart:
			past = tunnel.History{WasOnline: past.WasOnline}
			rep.Interrupted(past.WasOnline)
			continue
		case out.fail.kind == tunnel.Permanent:
			err := out.fail.permanentError()
			rep.Stopped(err)
			return err
		}

		var wait time.Duration
		past, wait = n.postpone(past, out.fail, rep)
		if n.state.Wait(ctx, wait) {
			past = tunnel.History{WasOnline: past.WasOnline}
		}
		rep.Trying()
	}
	rep.Stopped(nil)
	return nil
}

// postpone reports that the next attempt comes later, and returns when. The
// same cause is a warning in the log only once in a row.
func (n *Tunnel) postpone(past tunnel.History, f failure, rep *tunnel.Reporter) (tunnel.History, time.Duration) {
	now := time.Now()
	past, state, wait := n.cfg.pauses.Next(past, f.kind, now, rand.Float64()) //nolint:gosec // spreads load, guards nothing
	past = past.Refused(f.answer())
	link := tunnel.Link{State: state, Err: f.err, Code: f.code}
	if past.Refusals >= 2 && f.answer() == past.Answer {
		link.Headline, link.Cause, link.Next = f.refusalWords()
		if link.Headline != "" && f.proxy == "" {
			wait = max(wait, n.cfg.pauses.Slow) // an answer is no trouble of the network
		}
	}
	link.RetryAt = now.Add(wait)
	level := slog.LevelWarn
	if last := rep.Last().Err; last != nil && last.Error() == f.err.Error() {
		level = slog.LevelDebug
	}
	n.cfg.log.Log(context.Background(), level, "no tunnel, will try again",
		"attempt", past.Failures, "code", f.code, "err", f.err, "pause", wait)
	rep.Set(link)
	return past, wait
}

// oneSession runs one agent of the SDK from its login to its end.
func (n *Tunnel) oneSession(ctx context.Context, h http.Handler, rep *tunnel.Reporter) outcome {
	s, err := newSession(ctx, n.cfg, n.state.Restarts())
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
