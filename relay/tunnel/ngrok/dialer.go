package ngrok

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// dialWithin bounds one dial; the SDK sets no deadline of its own.
const dialWithin = 10 * time.Second

var errDialRefused = errors.New("no further connection is wanted")

// dialRule says which dials a gatedDialer allows.
type dialRule int

const (
	dialOnce dialRule = iota // the first one only
	dialFree                 // every one
	dialNone                 // none; connections that exist live on
)

// gatedDialer is the dialer given to an agent of the SDK. It is the only reliable
// way to stop one: the SDK forgets a Disconnect during a reconnect, and would go
// on to serve the public address after the session has ended.
type gatedDialer struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	mu     sync.Mutex
	proxy  string // what a proxy did at the last dial instead of connecting us
	rule   dialRule
	dials  int // calls, refused ones included
	closed bool
	conns  map[net.Conn]struct{}
}

// newGatedDialer allows the first dial. With that, a refused login is exactly one
// attempt, and no reconnect runs while the endpoint is being bound, which
// would be a data race inside the SDK.
func newGatedDialer(dial func(ctx context.Context, network, address string) (net.Conn, error)) *gatedDialer {
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	return &gatedDialer{dial: dial, conns: make(map[net.Conn]struct{})}
}

// Dial connects without a context.
func (d *gatedDialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialContext connects, unless the rule forbids it.
func (d *gatedDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	d.mu.Lock()
	d.dials++
	allowed := !d.closed && (d.rule == dialFree || d.rule == dialOnce && d.dials == 1)
	d.mu.Unlock()
	if !allowed {
		return nil, errDialRefused
	}

	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	conn, err := d.dial(ctx, network, address)
	var proxy interface{ ProxyFailure() string }
	failed := errors.As(err, &proxy)

	d.mu.Lock()
	defer d.mu.Unlock()
	// The SDK passes on the text of the error alone.
	if d.proxy = ""; failed {
		d.proxy = proxy.ProxyFailure()
	}
	if err != nil {
		return nil, err
	}
	if d.closed {
		_ = conn.Close()
		return nil, errDialRefused
	}
	d.conns[conn] = struct{}{}
	return &gatedConn{Conn: conn, dialer: d}, nil
}

// allow sets the rule and returns how many dials there were before it.
func (d *gatedDialer) allow(rule dialRule) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rule = rule
	return d.dials
}

// proxyFailure is what a proxy did at the last dial instead of connecting us.
func (d *gatedDialer) proxyFailure() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.proxy
}

// closeAll closes every connection and refuses every further dial.
func (d *gatedDialer) closeAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	for conn := range d.conns {
		_ = conn.Close()
	}
	clear(d.conns)
}

// gatedConn is a connection that its dialer can close.
type gatedConn struct {
	net.Conn
	dialer *gatedDialer
}

// Close closes the connection and removes it from its dialer.
func (c *gatedConn) Close() error {
	c.dialer.mu.Lock()
	delete(c.dialer.conns, c.Conn)
	c.dialer.mu.Unlock()
	return c.Conn.Close()
}
