package tunnel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"
)

// The stable values of tunnel.PermanentError.Reason.
const (
	ReasonAddressInUse      = "address_in_use"      // another program uses the local port
	ReasonAddressNotAllowed = "address_not_allowed" // the system does not let us use the local port
	ReasonListenFailed      = "listen_failed"       // the local address cannot be used for another reason
	ReasonPublicURLInvalid  = "url_invalid"         // the address in the settings is not usable
)

// DefaultListen is the local address that OwnURL serves if none is given.
const DefaultListen = "127.0.0.1:8787"

// OwnURLOptions are the settings of an address that the person provides, by a
// reverse proxy, a port forwarding or the like.
type OwnURLOptions struct {
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

// OwnURL is the Provider that serves plain HTTP on a local address.
type OwnURL struct {
	public  string // empty: derived from the address served
	listen  string
	log     *slog.Logger
	pauses  pauses
	drain   time.Duration
	open    func(ctx context.Context, network, address string) (net.Listener, error) // listens; a test sees the socket here
	running atomic.Bool
	restart chan struct{}
}

// NewOwnURL checks o and returns a provider that serves nothing yet. An option
// that cannot work is a *PermanentError.
func NewOwnURL(o OwnURLOptions) (*OwnURL, error) {
	p := &OwnURL{
		listen:  o.Listen,
		log:     o.Logger,
		pauses:  defaultPauses(),
		drain:   drainWithin,
		open:    (&net.ListenConfig{}).Listen,
		restart: make(chan struct{}, 1),
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if p.listen == "" {
		p.listen = DefaultListen
	}
	host, err := checkListen(p.listen)
	if err != nil {
		return nil, listenError(p.listen, err)
	}
	if o.PublicURL == "" && o.AllowLoopback && isLoopback(host) {
		return p, nil
	}
	p.public, err = cleanPublicURL(o.PublicURL, o.AllowLoopback)
	if err != nil {
		return nil, &PermanentError{
			Reason:   ReasonPublicURLInvalid,
			Mend:     MendSettings,
			Headline: "The public address in the settings is not usable.",
			Cause:    "It must start with https:// and name a host that Vast.ai can reach.",
			Next:     "Open Settings and correct the public address.",
			Err:      err,
		}
	}
	return p, nil
}

// Restart implements Provider.
func (p *OwnURL) Restart() {
	if !p.running.Load() {
		return
	}
	select {
	case p.restart <- struct{}{}:
	default:
	}
}

// Run implements Provider. A local address that cannot be used at the start is
// a *PermanentError; one that is lost later is tried again. A Restart drops the
// connections that stand and keeps the local address open meanwhile.
func (p *OwnURL) Run(ctx context.Context, h http.Handler, report func(Link)) error {
	if !p.running.CompareAndSwap(false, true) {
		return ErrRunning
	}
	defer p.running.Store(false)
	rep := newReporter(report)
	rep.set(Link{State: Connecting})
	var past history
	for ctx.Err() == nil {
		select {
		case <-p.restart: // answered by what follows
		default:
		}
		err := p.serveOnce(ctx, h, rep, &past)
		if err == nil {
			continue
		}
		if !past.wasOnline {
			perr := listenError(p.listen, err)
			rep.stopped(perr)
			return perr
		}
		var wait time.Duration
		past, _, wait = p.pauses.next(past, transient, time.Now(), rand.Float64()) //nolint:gosec // spreads load, guards nothing
		p.log.Warn("local address not served, will try again", "attempt", past.failures, "err", err, "pause", wait)
		rep.set(Link{State: Reconnecting, Err: err, RetryAt: time.Now().Add(wait)})
		p.pause(ctx, wait)
		rep.trying()
	}
	rep.stopped(nil)
	return nil
}

func (p *OwnURL) pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-p.restart:
	}
}

// serveOnce listens and serves until ctx ends, then returns nil; an error says
// that the local address failed. A restart keeps the socket open: requests that
// come meanwhile wait for the new server instead of being refused.
func (p *OwnURL) serveOnce(ctx context.Context, h http.Handler, rep *reporter, past *history) error {
	ln, err := p.open(ctx, "tcp", p.listen)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("serve the local address: %w", err)
	}
	held := heldListener{ln.(*net.TCPListener)} //nolint:forcetypeassert,errcheck // what "tcp" is documented to give
	defer func() { _ = held.TCPListener.Close() }()
	address := p.public
	if address == "" {
		address = "http://" + ln.Addr().String()
	}
	*past = p.pauses.online(*past, p.pauses.steady)
	p.log.Info("local address served", "address", address, "listen", ln.Addr().String())
	for {
		rep.set(Link{State: Online, URL: address, Detail: "served on " + ln.Addr().String()})
		if restart, err := p.serveUntilRestart(ctx, held, h); !restart {
			return err
		}
		rep.interrupted(true)
	}
}

// serveUntilRestart serves ln until ctx ends, a restart is asked for or ln
// fails, and lets requests in flight have their answer.
func (p *OwnURL) serveUntilRestart(ctx context.Context, ln heldListener, h http.Handler) (restart bool, err error) {
	if err := ln.reopen(); err != nil {
		return false, fmt.Errorf("serve the local address: %w", err)
	}
	server := newServer(h, p.log)
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	select {
	case <-ctx.Done():
		_ = ln.TCPListener.Close() // nobody answers what would come now
	case <-p.restart:
		restart = true
	case err := <-served:
		return false, fmt.Errorf("serve the local address: %w", err)
	}
	// The context of Run may have ended, and requests in flight get their answer.
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.drain)
	defer cancel()
	if server.Shutdown(drain) != nil {
		_ = server.Close()
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) && ctx.Err() == nil {
		return false, fmt.Errorf("serve the local address: %w", err)
	}
	return restart && ctx.Err() == nil, nil
}

// heldListener is a socket that one server after another accepts from: Close
// only ends the Accept of the server that calls it.
type heldListener struct{ *net.TCPListener }

// Close ends Accept and leaves the socket open.
func (l heldListener) Close() error { return l.SetDeadline(time.Unix(1, 0)) }

// reopen lets Accept work again after Close.
func (l heldListener) reopen() error { return l.SetDeadline(time.Time{}) }

// Windows answers with its own numbers, which the portable ones do not match
// (https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2).
const (
	windowsAccess syscall.Errno = 10013
	windowsInUse  syscall.Errno = 10048
)

// listenError finds the words for a local address that cannot be served.
func listenError(listen string, err error) *PermanentError {
	e := &PermanentError{
		Reason:   ReasonListenFailed,
		Mend:     MendLocally,
		Headline: fmt.Sprintf("The local address %s cannot be used.", clip(oneLine(listen), 80)),
		Cause:    "It must be a host and a port of this computer.",
		Next:     "Open Settings and correct the local address.",
		Err:      err,
	}
	var number syscall.Errno
	if !errors.As(err, &number) {
		return e
	}
	switch number {
	case syscall.EADDRINUSE, windowsInUse:
		e.Reason = ReasonAddressInUse
		e.Cause = "Another program is using that port."
		e.Next = "Close the other program, or choose another port in Settings and in your proxy."
	case syscall.EACCES, windowsAccess:
		e.Reason = ReasonAddressNotAllowed
		e.Cause = "This computer does not let the program use that port."
		e.Next = "Choose a port above 1023 in Settings and in your proxy."
	case syscall.EADDRNOTAVAIL:
		e.Cause = "This computer does not have that address now."
	}
	return e
}
