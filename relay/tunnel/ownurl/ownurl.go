// Package ownurl is the tunnel behind an address that the person provides, by a
// reverse proxy, a port forwarding or the like: it serves plain HTTP on a local
// address.
package ownurl

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// ReasonPublicURLInvalid is the value of tunnel.PermanentError.Reason for an
// address in the settings that is not usable.
const ReasonPublicURLInvalid = "url_invalid"

// DefaultListen is the local address that a Tunnel serves if none is given.
const DefaultListen = "127.0.0.1:8787"

// Options are the settings of an address that the person provides, by a
// reverse proxy, a port forwarding or the like.
type Options struct {
	// PublicURL is the https address that leads to Listen. It may have a path,
	// which the proxy in front may strip or not: that is the handler's to know.
	PublicURL string
	// Listen is the local host:port served in plain HTTP; empty means
	// DefaultListen.
	Listen string
	// AllowLoopback also accepts a PublicURL on this computer, over http or
	// https, and an empty one, which then is http on the address served. For
	// stand-ins and the demo.
	AllowLoopback bool
	// Logger receives the changes of the link; nil means silence.
	Logger *slog.Logger
}

// Tunnel is the tunnel.Provider that serves plain HTTP on a local address.
type Tunnel struct {
	public string // empty: derived from the address served
	listen string
	log    *slog.Logger
	drain  time.Duration
	open   func(ctx context.Context, network, address string) (net.Listener, error) // listens; a test sees the socket here
	runner *tunnel.Runner
}

// New checks o and returns a provider that serves nothing yet. An option
// that cannot work is a *PermanentError.
func New(o Options) (*Tunnel, error) {
	p := &Tunnel{
		listen: o.Listen,
		log:    o.Logger,
		drain:  tunnel.DrainWithin,
		open:   (&net.ListenConfig{}).Listen,
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	p.runner = tunnel.NewRunner(p.log)
	if p.listen == "" {
		p.listen = DefaultListen
	}
	host, port, err := net.SplitHostPort(p.listen)
	if err == nil && port != "0" {
		_, err = relay.ParseListen(p.listen)
	}
	if err != nil {
		return nil, tunnel.ListenError(p.listen, "in your proxy", err)
	}
	if o.PublicURL == "" && o.AllowLoopback && relay.IsLoopback(host) {
		return p, nil
	}
	p.public, err = relay.ParsePublicURL(o.PublicURL)
	if err == nil {
		err = relay.CheckPublic(p.public, o.AllowLoopback)
	}
	if err != nil {
		return nil, &tunnel.PermanentError{
			Reason:   ReasonPublicURLInvalid,
			Mend:     tunnel.MendSettings,
			Headline: "The public address in the settings is not usable.",
			Cause:    "It must start with https:// and name a host that Vast.ai can reach.",
			Next:     "Open Settings and correct the public address.",
			Err:      err,
		}
	}
	return p, nil
}

// Restart implements tunnel.Provider.
func (p *Tunnel) Restart() { p.runner.Restart() }

// Run implements tunnel.Provider. A local address that cannot be used at the start is
// a *PermanentError; one that is lost later is tried again. A Restart drops the
// connections that stand and keeps the local address open meanwhile.
func (p *Tunnel) Run(ctx context.Context, h http.Handler, report func(tunnel.Link)) error {
	wasOnline := false
	return p.runner.Run(ctx, report, func(ctx context.Context, rep *tunnel.Reporter) tunnel.Attempt {
		served, err := p.serveOnce(ctx, h, rep)
		wasOnline = wasOnline || served
		failure := tunnel.Failure{Err: err}
		if err != nil && !wasOnline {
			failure.Permanent = tunnel.ListenError(p.listen, "in your proxy", err)
		}
		return tunnel.Attempt{WasOnline: served, Online: p.runner.Pauses.ResetAfter, Failure: failure}
	})
}

// serveOnce listens and serves until ctx ends, then returns nil; an error says
// that the local address failed, and served that it was there before. A restart
// keeps the socket open: requests that come meanwhile wait for the new server instead
// of being refused.
func (p *Tunnel) serveOnce(ctx context.Context, h http.Handler, rep *tunnel.Reporter) (served bool, err error) {
	ln, err := p.open(ctx, "tcp", p.listen)
	if err != nil {
		return false, fmt.Errorf("serve the local address: %w", err)
	}
	listener := reusableListener{ln.(*net.TCPListener)} //nolint:forcetypeassert,errcheck // what "tcp" is documented to give
	defer func() { _ = listener.TCPListener.Close() }()
	address := p.public
	if address == "" {
		address = "http://" + ln.Addr().String()
	}
	p.log.Info("local address served", "address", address, "listen", ln.Addr().String())
	for {
		rep.Set(tunnel.Link{State: tunnel.Online, URL: address})
		if restart, err := p.serveUntilRestart(ctx, listener, h); !restart {
			return true, err
		}
		rep.Interrupted(true)
	}
}

// serveUntilRestart serves ln until ctx ends, a restart is asked for or ln
// fails, and lets requests in flight have their answer.
func (p *Tunnel) serveUntilRestart(ctx context.Context, ln reusableListener, h http.Handler) (restart bool, err error) {
	if err := ln.reopen(); err != nil {
		return false, fmt.Errorf("serve the local address: %w", err)
	}
	server := tunnel.NewServer(h, p.log)
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	select {
	case <-ctx.Done():
		_ = ln.TCPListener.Close() // nobody answers what would come now
	case <-p.runner.Restarts():
		restart = true
		_ = ln.Close()
		p.letReadHeaders(ctx)
	case err := <-served:
		_ = server.Close()
		return false, fmt.Errorf("serve the local address: %w", err)
	}
	// The context of Run may have ended, and requests in flight get their answer.
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.drain)
	defer cancel()
	if server.Shutdown(drain) != nil {
		_ = server.Close()
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, errRestarting) && ctx.Err() == nil {
		return false, fmt.Errorf("serve the local address: %w", err)
	}
	return restart && ctx.Err() == nil, nil
}

// headerGrace is how long a request may take to be read that was accepted just
// before a restart.
const headerGrace = 100 * time.Millisecond

// letReadHeaders waits until the requests that were accepted are read: net/http
// drops a connection without an answer whose header it reads after Shutdown has
// begun.
func (p *Tunnel) letReadHeaders(ctx context.Context) {
	timer := time.NewTimer(headerGrace)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// errRestarting is what Accept gives a server that ends for a restart.
var errRestarting = errors.New("the server restarts")

// reusableListener is a socket that one server after another accepts from: Close
// only ends the Accept of the server that calls it.
type reusableListener struct{ *net.TCPListener }

// Accept returns the next connection; errRestarting after Close, which net/http
// takes for final, unlike the timeout that it is.
func (l reusableListener) Accept() (net.Conn, error) {
	conn, err := l.TCPListener.Accept()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, errRestarting
	}
	return conn, err
}

// Close ends Accept and leaves the socket open.
func (l reusableListener) Close() error { return l.SetDeadline(time.Unix(1, 0)) }

// reopen lets Accept work again after Close.
func (l reusableListener) reopen() error { return l.SetDeadline(time.Time{}) }
