package tunnel

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

// dialRule says which dials a leash lets through.
type dialRule int

const (
	dialOnce dialRule = iota // the first one only
	dialFree                 // every one
	dialNone                 // none; connections that exist live on
)

// leash is the dialer given to an agent of the SDK. It is the only reliable
// way to stop one: a Disconnect during a reconnect is forgotten by the SDK,
// which would go on to serve the public address with nobody in charge.
type leash struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	mu    sync.Mutex
	proxy string // what a proxy did at the last dial instead of connecting us
	rule  dialRule
	dials int // calls, refused ones included
	dead  bool
	conns map[net.Conn]struct{}
}

// newLeash allows the first dial. With that, a refused login is exactly one
// attempt, and no reconnect runs while the endpoint is being bound, which
// would be a data race inside the SDK.
func newLeash(dial func(ctx context.Context, network, address string) (net.Conn, error)) *leash {
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	return &leash{dial: dial, conns: make(map[net.Conn]struct{})}
}

// Dial connects without a context.
func (l *leash) Dial(network, address string) (net.Conn, error) {
	return l.DialContext(context.Background(), network, address)
}

// DialContext connects, unless the rule forbids it.
func (l *leash) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	l.mu.Lock()
	l.dials++
	allowed := !l.dead && (l.rule == dialFree || l.rule == dialOnce && l.dials == 1)
	l.mu.Unlock()
	if !allowed {
		return nil, errDialRefused
	}

	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	conn, err := l.dial(ctx, network, address)
	var proxy interface{ ProxyFailure() string }
	failed := errors.As(err, &proxy)

	l.mu.Lock()
	defer l.mu.Unlock()
	// The SDK passes on the text of the error alone.
	if l.proxy = ""; failed {
		l.proxy = proxy.ProxyFailure()
	}
	if err != nil {
		return nil, err
	}
	if l.dead {
		_ = conn.Close()
		return nil, errDialRefused
	}
	l.conns[conn] = struct{}{}
	return &leashed{Conn: conn, leash: l}, nil
}

// allow sets the rule and returns how many dials there were before it.
func (l *leash) allow(rule dialRule) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rule = rule
	return l.dials
}

// proxyFailure is what a proxy did at the last dial instead of connecting us.
func (l *leash) proxyFailure() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.proxy
}

// kill closes every connection and refuses every further dial.
func (l *leash) kill() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = true
	for conn := range l.conns {
		_ = conn.Close()
	}
	clear(l.conns)
}

// leashed is a connection that its leash can close.
type leashed struct {
	net.Conn
	leash *leash
}

// Close closes the connection and takes it off the leash.
func (c *leashed) Close() error {
	c.leash.mu.Lock()
	delete(c.leash.conns, c.Conn)
	c.leash.mu.Unlock()
	return c.Conn.Close()
}
