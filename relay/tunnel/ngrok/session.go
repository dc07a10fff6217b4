package ngrok

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"

	"golang.ngrok.com/ngrok/v2"
)

// ending says why a session ended.
type ending int

const (
	endFailed  ending = iota // see the failure
	endStopped               // the context ended
	endRestart               // a restart was asked for, here or in the ngrok dashboard
)

// outcome is how a session went.
type outcome struct {
	end       ending
	fail      failure
	wasOnline bool
	online    time.Duration // since the address first came online
}

// session is one agent of the SDK. Its methods are called by one goroutine, in
// the order login, bind, serve, end; only onEvent and onRequest are called by
// the SDK.
type session struct {
	cfg     *config
	agent   ngrok.Agent
	dialer  *gatedDialer
	signals *signalQueue
	restart <-chan struct{}

	// agentCtx ends the agent. It is not derived from the context of Run: the
	// SDK drops its connection at once when its context ends, and an orderly
	// stop comes before that.
	agentCtx    context.Context //nolint:containedctx // the SDK ties the connection to it
	cancelAgent context.CancelFunc
	loggedIn    atomic.Bool
	calls       sync.WaitGroup // calls into the SDK, some of which may hang

	listener ngrok.EndpointListener
	conns    *detachedListener
	server   *http.Server
	served   chan struct{}

	link linkView
}

// linkView is the state of the link, as the signals so far tell it.
type linkView struct {
	up       bool
	signals  int // linkFailed so far
	failures int // attempts to come back that failed in a row
	last     failure
}

// newSession makes an agent that has not connected yet.
func newSession(ctx context.Context, cfg *config, restart <-chan struct{}) (*session, error) {
	s := &session{cfg: cfg, dialer: newGatedDialer(cfg.options.Dial), signals: newSignalQueue(), restart: restart}
	s.agentCtx, s.cancelAgent = context.WithCancel(context.WithoutCancel(ctx))
	agent, err := ngrok.NewAgent(cfg.agentOptions(s)...)
	if err != nil {
		s.cancelAgent()
		return nil, fmt.Errorf("make the ngrok agent: %w", err)
	}
	s.agent = agent
	return s, nil
}

// begin runs f, which may hang; done is closed once it has returned.
func (s *session) begin(f func()) (done <-chan struct{}) {
	returned := make(chan struct{})
	s.calls.Go(func() {
		defer close(returned)
		f()
	})
	return returned
}

// call runs f, which may hang, and waits for it at most as long as limit, ctx
// and the restart channel allow. It returns nil when f has returned, and
// otherwise how the session ended; then the connection of f is closed.
func (s *session) call(ctx context.Context, limit time.Duration, what string, f func()) *outcome {
	done := s.begin(f)
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var out outcome
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		out.end = endStopped
	case <-s.restart:
		out.end = endRestart
	case <-timer.C:
		out.fail = failure{err: fmt.Errorf("%s: no answer from ngrok within %s", what, limit)}
	}
	s.dialer.closeAll()
	s.cancelAgent()
	return &out
}

// login connects the agent, with exactly one attempt.
func (s *session) login(ctx context.Context) *outcome {
	var err error
	if out := s.call(ctx, s.cfg.limits.login, "log in", func() { err = s.agent.Connect(s.agentCtx) }); out != nil {
		return out
	}
	if err == nil {
		return nil
	}
	// The error of Connect is that its context was cancelled; the cause is in the
	// first signal.
	for _, sig := range s.signals.take() {
		if sig.what == linkFailed {
			err = sig.err
			break
		}
	}
	fail := classify(err, s.cfg.red)
	fail.proxy = s.dialer.proxyFailure()
	return &outcome{fail: fail}
}

// bind asks for the public address.
func (s *session) bind(ctx context.Context) *outcome {
	var ln ngrok.EndpointListener
	var err error
	out := s.call(ctx, s.cfg.limits.bind, "open the address", func() {
		ln, err = s.agent.Listen(s.agentCtx, s.cfg.endpointOptions()...)
	})
	if out != nil {
		return out
	}
	if err != nil {
		return &outcome{fail: classify(err, s.cfg.red)}
	}
	if got, wanted := ln.URL().Hostname(), s.cfg.asksFor(); wanted != "" && !strings.EqualFold(got, wanted) {
		return &outcome{fail: failure{
			kind:   tunnel.Permanent,
			reason: ReasonDomainNotAllowed,
			err:    fmt.Errorf("ngrok assigned %s instead of %s", tunnel.Clip(relay.CleanLine(got), 100), wanted),
		}}
	}
	s.listener = ln
	return nil
}

// account returns what ngrok told about the account at login.
func (s *session) account() tunnel.Account {
	sess, err := s.agent.Session()
	if err != nil {
		return tunnel.Account{}
	}
	details, ok := sess.(ngrok.AgentSessionDetails)
	if !ok {
		return tunnel.Account{}
	}
	tidy := func(text string) string { return tunnel.Clip(relay.CleanLine(s.cfg.red.Redact(text)), 60) }
	return tunnel.Account{Name: tidy(details.AccountName()), Plan: tidy(details.PlanName())}
}

// stopServing ends a session that served, in an order that makes ngrok forget the
// address first: a lingering one would refuse the next start.
func (s *session) stopServing() {
	dials := s.dialer.allow(dialNone)
	for _, sig := range s.signals.take() {
		s.record(sig)
	}
	// Closing the listener while the SDK is reconnecting is a data race inside
	// the SDK. From here on no reconnect can begin; none is under way if every
	// dial but the one that made this link has been reported as failed.
	background := context.Background()
	if s.link.up && dials == s.link.signals+1 {
		s.callWithin(s.cfg.limits.unbind, func() { _ = s.listener.Close() })
	}

	drain, cancel := context.WithTimeout(background, s.cfg.limits.drain)
	defer cancel()
	if s.server.Shutdown(drain) != nil {
		_ = s.server.Close()
	}
	<-s.served
	// Its error, like that of the listener, only says that the link was down already.
	s.callWithin(s.cfg.limits.disconnect, func() { _ = s.agent.Disconnect() })
}

// callWithin runs f, which may hang, and waits at most limit for it.
func (s *session) callWithin(limit time.Duration, f func()) {
	done := s.begin(f)
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// end closes the agent's connections for good and waits, at most limits.end, for
// the calls that still run in the SDK.
func (s *session) end() {
	s.dialer.closeAll()
	s.cancelAgent()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.calls.Wait()
		if s.conns != nil {
			<-s.conns.ended
		}
	}()
	timer := time.NewTimer(s.cfg.limits.end)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}
