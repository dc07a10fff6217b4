package tunnelmole

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"vastrelay/relay/tunnel"
)

const (
	// mostRequests may be answered at once; further ones get 503.
	mostRequests = 64
	// answerWithin is how long one request may take. The service waits for ever.
	answerWithin = 30 * time.Second
	// largestAnswer bounds the body of an answer, in bytes.
	largestAnswer = 1 << 20
)

// errUnreadable says that a forwarded request cannot be one.
var errUnreadable = errors.New("the forwarded request cannot be read")

// errBodyLost says that the body of a forwarded request is not the one that was
// sent: the service loses the body of a POST without a Content-Type, and keeps
// its Content-Length.
var errBodyLost = errors.New("the service lost the body of the request")

// front is the HTTP server of a Run. Forwarded requests reach it through pipes
// in memory, so that they meet the same limits as with any other vendor.
type front struct {
	server    *http.Server
	transport *http.Transport
	pipes     *pipeListener
	served    chan struct{}
	free      chan struct{} // holds a token for each request that is being answered
}

// newFront starts a server of h.
func newFront(h http.Handler, log *slog.Logger) *front {
	f := &front{
		server: tunnel.NewServer(h, log),
		pipes:  &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})},
		served: make(chan struct{}),
		free:   make(chan struct{}, mostRequests),
	}
	f.transport = &http.Transport{
		DialContext:           f.pipes.dial,
		DisableCompression:    true,
		MaxIdleConnsPerHost:   8,
		ResponseHeaderTimeout: answerWithin,
	}
	go func() {
		defer close(f.served)
		_ = f.server.Serve(f.pipes) // ends by close alone
	}()
	return f
}

// close ends the server. Requests that it still answers are cut off: each link
// has waited for its own before.
func (f *front) close() {
	_ = f.server.Close()
	f.transport.CloseIdleConnections()
	<-f.served
}

// begin takes a place for one more request; false: there is none.
func (f *front) begin() bool {
	select {
	case f.free <- struct{}{}:
		return true
	default:
		return false
	}
}

// end gives the place back.
func (f *front) end() { <-f.free }

// answer has the server answer m. One that cannot be read is no fault of its sender,
// who is to send it again.
func (f *front) answer(ctx context.Context, m message) response {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	r, err := m.request(ctx)
	if err != nil {
		return m.unavailable()
	}
	resp, err := f.transport.RoundTrip(r)
	if err != nil {
		return m.unavailable()
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, largestAnswer))
	if err != nil {
		return m.unavailable()
	}
	return m.answer(resp.StatusCode, resp.Header, body)
}

// inFlight is the requests of one link that are being answered.
type inFlight struct {
	front  *front          // nil: every request is turned away
	ctx    context.Context //nolint:containedctx // of the requests, which outlive the calls that take them
	cutOff context.CancelFunc

	mu       sync.Mutex // guards draining, and running against Wait
	draining bool
	running  sync.WaitGroup
}

// newInFlight returns the requests of a link whose server is f. They may outlive
// ctx: drain ends them.
func newInFlight(ctx context.Context, f *front) *inFlight {
	r := &inFlight{front: f}
	r.ctx, r.cutOff = context.WithCancel(context.WithoutCancel(ctx))
	return r
}

// take has m answered by a goroutine of its own, which passes the answer to send.
// It reports false when m is turned away.
func (r *inFlight) take(m message, send func(context.Context, response)) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.draining || r.front == nil || !r.front.begin() {
		return false
	}
	r.running.Go(func() {
		defer r.front.end()
		send(r.ctx, r.front.answer(r.ctx, m))
	})
	return true
}

// drain turns further requests away, lets those in flight have their answer for
// up to limit, or until nobody hears it, and then cuts them off.
func (r *inFlight) drain(limit time.Duration, unheard <-chan struct{}) {
	r.mu.Lock()
	r.draining = true
	r.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.running.Wait()
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
	case <-unheard:
	case <-timer.C:
	}
	r.cutOff()
	<-done
}

// request turns m into the request that was sent to the public address. The
// errors are errUnreadable and errBodyLost.
func (m message) request(ctx context.Context) (*http.Request, error) {
	body, err := base64.StdEncoding.DecodeString(m.Body)
	if err != nil {
		return nil, fmt.Errorf("%w: its body is not base64", errUnreadable)
	}
	if sent, err := strconv.Atoi(m.first("Content-Length")); err == nil && sent != len(body) {
		return nil, errBodyLost
	}
	target, err := url.ParseRequestURI(m.URL)
	if err != nil || !strings.HasPrefix(m.URL, "/") {
		return nil, fmt.Errorf("%w: its path is not one", errUnreadable)
	}
	target.Scheme, target.Host = "http", "tunnel" // leads through pipes
	r, err := http.NewRequestWithContext(ctx, m.Method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%w: its method is not one", errUnreadable)
	}
	r.Host, r.Header = m.first("Host"), m.header()
	if _, named := r.Header["User-Agent"]; !named {
		r.Header["User-Agent"] = nil // keeps net/http from adding its own
	}
	return r, nil
}

// unavailable asks the sender to deliver m again later.
func (m message) unavailable() response {
	return m.answer(http.StatusServiceUnavailable, http.Header{"Content-Type": {"application/json"}}, []byte(`{"ok":false,"error":"unavailable"}`))
}

// pipeListener is a net.Listener whose connections are pipes in memory.
type pipeListener struct {
	conns     chan net.Conn
	closeOnce sync.Once
	closed    chan struct{}
}

// dial connects to the server that accepts from l.
func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l.conns <- far:
		return near, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Accept returns the next connection; net.ErrClosed after Close.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept.
func (l *pipeListener) Close() error {
	l.closeOnce.Do(func() { close(l.closed) })
	return nil
}

// Addr names the listener.
func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

// pipeAddr is the address of a pipe.
type pipeAddr struct{}

// Network implements net.Addr.
func (pipeAddr) Network() string { return "pipe" }

// String implements net.Addr.
func (pipeAddr) String() string { return "pipe" }
