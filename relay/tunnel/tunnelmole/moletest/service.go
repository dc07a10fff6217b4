package moletest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"vastrelay/relay/tunnel/tunneltest"
)

// Domain is where the names are that the service gives out. The certificate of
// net/http/httptest covers them.
const Domain = "example.com"

// Options say what the service and its accounts are like.
type Options struct {
	// Key is the one API key that is valid; empty: none is.
	Key string
	// KeyRequired says that a client without a valid key is turned away. Otherwise
	// it gets a random name.
	KeyRequired bool
	// Reserved are subdomains that belong to somebody else.
	Reserved []string
	// PingEvery is how often the service pings each client; 0: never.
	PingEvery time.Duration
}

// Initialise is how a client introduced itself.
type Initialise struct {
	ClientID, Key, Subdomain, Version string
}

// Service is a running stand-in. Make one with New.
type Service struct {
	options Options
	clients *httptest.Server // where clients connect
	public  *httptest.Server
	client  *http.Client
	running sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	changes tunneltest.Changes // of what follows
	faults  faults
	sockets map[*socket]struct{}
	names   map[string]*registration // by host
	held    map[string]bool          // hosts that another client holds
	inits   []Initialise
	serial  int
}

// faults is how the service misbehaves.
type faults struct {
	down         bool
	mute         bool
	tooMany      bool
	notReserving bool
	otherName    bool
	loseNext     bool
}

// registration is a name that leads to a client.
type registration struct {
	clientID string
	socket   *socket
}

// New starts a service on two loopback ports. Close it when done.
func New(o Options) *Service {
	s := &Service{
		options: o,
		sockets: make(map[*socket]struct{}), names: make(map[string]*registration), held: make(map[string]bool),
	}
	s.clients = newServer(s.accept)
	s.clients.Listener = &freezer{Listener: s.clients.Listener}
	s.clients.Config.ConnContext = keepConn
	s.public = newServer(s.forward)
	s.clients.StartTLS()
	s.public.StartTLS()
	var dialer net.Dialer
	s.client = &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: s.CAs(), MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, s.PublicAddr())
		},
		DisableCompression:  true,
		MaxIdleConnsPerHost: 100,
	}}
	return s
}

func newServer(h http.HandlerFunc) *httptest.Server {
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	return server
}

// Close stops the service: clients are cut off and the public side refuses
// connections. It waits until everything has ended; calls after the first do
// nothing.
func (s *Service) Close() {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return
	}
	s.CutAll()
	s.client.CloseIdleConnections()
	s.public.CloseClientConnections()
	s.public.Close()
	s.clients.CloseClientConnections()
	s.clients.Close()
	s.running.Wait()
}

// Server is where clients connect, as host:port. It speaks TLS.
func (s *Service) Server() string { return s.clients.Listener.Addr().String() }

// PublicAddr is the host:port of the public side: what every name would resolve
// to. It speaks HTTPS.
func (s *Service) PublicAddr() string { return s.public.Listener.Addr().String() }

// CAs trust the service, on the side of the clients and on the public side.
func (s *Service) CAs() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.public.Certificate())
	return pool
}

// CAPEM is the root certificate of both sides as a PEM file.
func (s *Service) CAPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.public.Certificate().Raw})
}

// Client is an HTTP client for which every name leads to the public side.
func (s *Service) Client() *http.Client { return s.client }

// Online lists the hosts that lead to a client, sorted.
func (s *Service) Online() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	hosts := make([]string, 0, len(s.names))
	for host := range s.names {
		hosts = append(hosts, host)
	}
	slices.Sort(hosts)
	return hosts
}

// Inits returns how clients introduced themselves, oldest first.
func (s *Service) Inits() []Initialise {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.inits)
}

// Connections is the number of clients that are connected.
func (s *Service) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sockets)
}

// Await waits until holds returns true, which it asks again at every change of
// the service: a connection opened or closed, a name assigned or deleted. It
// returns the context's error if that ends first. holds may call any method that
// only looks.
func (s *Service) Await(ctx context.Context, holds func() bool) error {
	return s.changes.Await(ctx, "the Tunnelmole stand-in", holds)
}

// choose finds the host for a client, and the messages that come before the one
// that assigns it. ok is false when the client is turned away.
func (s *Service) choose(in initialise, address string) (host string, before []any, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.serial++
	ip, _, _ := net.SplitHostPort(address)
	random := fmt.Sprintf("mole%02d-ip-%s.%s", s.serial, strings.NewReplacer(".", "-", ":", "-").Replace(ip), Domain)
	valid := in.APIKey != "" && in.APIKey == s.options.Key
	if !valid && (in.APIKey != "" || in.Subdomain != "" || s.options.KeyRequired) {
		before = append(before, refusal{Type: "invalidSubscription", APIKey: in.APIKey})
	}
	switch {
	case !valid:
		return random, before, !s.options.KeyRequired
	case in.Subdomain == "":
		return random, nil, true
	case s.faults.tooMany:
		return random, []any{refusal{Type: "tooManyDomains", Subdomain: in.Subdomain}}, true
	case s.faults.notReserving:
		return random, []any{refusal{Type: "domainReservationError", Subdomain: in.Subdomain}}, true
	case slices.Contains(s.options.Reserved, in.Subdomain):
		return random, []any{refusal{Type: "domainAlreadyReserved", Subdomain: in.Subdomain}}, true
	case s.faults.otherName:
		return random, nil, true
	}
	return in.Subdomain + "." + Domain, nil, true
}

// register has host lead to c, unless another client holds it: the message that
// says so is returned. A socket that takes the place of another of the same
// client id does not own the registration, which goes when the other has ended.
func (s *Service) register(host string, in initialise, c *socket) (taken any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.changes.Note()
	known := s.names[host]
	switch {
	case s.faults.loseNext:
		s.faults.loseNext = false
	case s.held[host], known != nil && known.clientID != in.ClientID:
		return refusal{Type: "hostnameAlreadyTaken", Hostname: host}
	case known != nil:
		before := known.socket
		s.running.Go(before.end)
		known.socket = c
	default:
		s.names[host] = &registration{clientID: in.ClientID, socket: c}
		c.clientID = in.ClientID
	}
	return nil
}

// forget removes a connection that has ended, and what is registered under its
// client id.
func (s *Service) forget(c *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sockets, c)
	for host, r := range s.names {
		if c.clientID != "" && r.clientID == c.clientID {
			delete(s.names, host)
		}
	}
	s.changes.Note()
}

// lookup finds the client that host leads to, which may have a port.
func (s *Service) lookup(host string) *socket {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.names[strings.ToLower(host)]; r != nil && !s.held[host] {
		return r.socket
	}
	return nil
}

// all returns the connections.
func (s *Service) all() []*socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*socket, 0, len(s.sockets))
	for c := range s.sockets {
		all = append(all, c)
	}
	return all
}
