package ngroktest

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"vastrelay/relay/tunnel/tunneltest"
)

// DefaultHost is the name assigned to an agent that asks for none.
const DefaultHost = "steady-otter.ngrok-free.app"

// Options say what the account at the edge is like. The zero value accepts any
// token and assigns DefaultHost.
type Options struct {
	Token   string   // the one valid authtoken; empty accepts any that is not empty
	Host    string   // the name assigned to an agent that asks for none; empty means DefaultHost
	Domains []string // the names that may be asked for; nil allows every one

	Account, Plan, Region string // told at login; empty means "Ada", "Free", "eu"
}

// Edge is a running stand-in. Make one with New.
type Edge struct {
	options  Options
	ca       *authority
	agents   net.Listener // where agents connect
	public   *http.Server
	publicAt net.Listener
	proxy    *http.Transport
	client   *http.Client
	running  sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	changes tunneltest.Changes // of what follows
	faults  faults
	host    string
	links   map[*link]struct{}
	online  map[string]*binding // by host
	tokens  map[string]string   // bind token -> host
	cloud   map[string]string   // Cloud Endpoints, and the internal ones that they forward to
	own     map[string]bool     // hosts that were assigned, not asked for
	taken   map[string]bool     // hosts online at somebody else's
	serial  int

	auths   []Auth
	binds   []Bind
	unbinds []string
}

// faults is how the edge misbehaves.
type faults struct {
	down        bool
	refuseLogin string
	refuseBind  string
	muteLogin   bool
	muteBind    bool
}

// binding is a name that is online.
type binding struct {
	host  string
	id    string // what the agent calls it
	owner *link
}

// New starts an edge on two loopback ports. Close it when done.
func New(o Options) (*Edge, error) {
	setDefault(&o.Host, DefaultHost)
	setDefault(&o.Account, "Ada")
	setDefault(&o.Plan, "Free")
	setDefault(&o.Region, "eu")

	ca, err := newAuthority()
	if err != nil {
		return nil, fmt.Errorf("start the ngrok stand-in: %w", err)
	}
	var config net.ListenConfig
	agents, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the ngrok stand-in: %w", err)
	}
	publicAt, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		_ = agents.Close()
		return nil, fmt.Errorf("start the ngrok stand-in: %w", err)
	}

	e := &Edge{
		options:  o,
		ca:       ca,
		agents:   agents,
		publicAt: publicAt,
		host:     o.Host,
		links:    make(map[*link]struct{}),
		online:   make(map[string]*binding),
		tokens:   make(map[string]string),
		own:      make(map[string]bool),
		taken:    make(map[string]bool),
	}
	e.proxy = e.newProxyTransport()
	e.client = e.newClient()
	e.public = &http.Server{
		Handler:           e.newPublicHandler(),
		TLSConfig:         ca.config(),
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	e.running.Go(e.acceptAgents)
	e.running.Go(func() { _ = e.public.ServeTLS(publicAt, "", "") })
	return e, nil
}

func setDefault(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

// Close stops the edge: agents are cut off and the public side refuses
// connections. It waits until everything has ended; calls after the first do
// nothing.
func (e *Edge) Close() error {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil
	}
	e.closed = true
	e.mu.Unlock()

	err := errors.Join(e.agents.Close(), e.public.Close())
	e.CutAll()
	e.client.CloseIdleConnections()
	e.proxy.CloseIdleConnections()
	e.running.Wait()
	if err != nil {
		return fmt.Errorf("stop the ngrok stand-in: %w", err)
	}
	return nil
}

// ConnectURL is where agents connect, as host:port.
func (e *Edge) ConnectURL() string { return e.agents.Addr().String() }

// PublicAddr is the host:port of the public side: what the name of every
// endpoint would resolve to. It speaks HTTPS.
func (e *Edge) PublicAddr() string { return e.publicAt.Addr().String() }

// Host is the name that an agent gets that asks for none.
func (e *Edge) Host() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.host
}

// PublicURL is the origin of Host.
func (e *Edge) PublicURL() string { return "https://" + e.Host() }

// CAs trust the edge, on the side of the agents and on the public side.
func (e *Edge) CAs() *x509.CertPool { return e.ca.pool() }

// CAPEM is the root certificate of both sides as a PEM file.
func (e *Edge) CAPEM() []byte { return e.ca.pem() }

// PublicCAPEM is the same as CAPEM.
func (e *Edge) PublicCAPEM() []byte { return e.ca.pem() }

// Client is an HTTP client for which every name leads to the public side.
func (e *Edge) Client() *http.Client { return e.client }

// Online lists the names that are online, sorted.
func (e *Edge) Online() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	hosts := make([]string, 0, len(e.online))
	for host := range e.online {
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	return hosts
}

// Agents is the number of connections of agents that are open.
func (e *Edge) Agents() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.links)
}

// Await waits until holds returns true, which it asks again at every change of
// the edge: a login, a bind, an unbind, a connection opened or closed. It
// returns the context's error if that ends first. holds may call any method
// that only looks.
func (e *Edge) Await(ctx context.Context, holds func() bool) error {
	return e.changes.Await(ctx, "the ngrok stand-in", holds)
}

// acceptAgents runs until the listener is closed.
func (e *Edge) acceptAgents() {
	for {
		conn, err := e.agents.Accept()
		if err != nil {
			return
		}
		if l := e.admit(conn); l != nil {
			e.running.Go(l.run)
		}
	}
}

// admit registers a connection, or closes it and returns nil.
func (e *Edge) admit(conn net.Conn) *link {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed || e.faults.down {
		_ = conn.Close()
		return nil
	}
	l := newLink(e, conn)
	e.links[l] = struct{}{}
	e.changes.Note()
	return l
}

// forget removes a connection that has ended, and the names that are still its.
func (e *Edge) forget(l *link) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.links, l)
	for host, b := range e.online {
		if b.owner == l {
			delete(e.online, host)
		}
	}
	e.changes.Note()
}

// lookup finds the name that is online under host, which may have a port.
func (e *Edge) lookup(host string) *binding {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.online[strings.ToLower(host)]
}

// route finds what a request from outside for host reaches. An internal endpoint is
// reached through its Cloud Endpoint only, which answers with away while nobody is
// there.
func (e *Edge) route(host string) (b *binding, away bool) {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(host)
	e.mu.Lock()
	internal, cloud := e.cloud[host]
	e.mu.Unlock()
	switch {
	case cloud:
		b = e.lookup(internal)
		return b, b == nil
	case strings.HasSuffix(host, internalSuffix):
		return nil, false
	default:
		return e.lookup(host), false
	}
}
