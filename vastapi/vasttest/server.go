package vasttest

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Options configures a Server. The zero value listens on loopback and delivers
// over the network.
type Options struct {
	// InMemory opens no socket: the API is reached through Transport only, so
	// that a test can run on a virtual clock.
	InMemory bool
	// Schedule holds the waits before the second and further deliveries of an
	// event; nil means 100 ms, 300 ms and 1 s. Vast.ai's own is not published.
	Schedule []time.Duration
	// DeliveryTimeout is how long one delivery may take; 0 means the 10 s of
	// Vast.ai.
	DeliveryTimeout time.Duration
	// Deliver carries deliveries; nil means a transport of the Server's own
	// that uses DialContext and RootCAs.
	Deliver http.RoundTripper
	// DialContext opens the connections for deliveries, so that a public name
	// can lead to a local port; nil means the system's resolver.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
	// RootCAs is trusted for deliveries; nil means the system's roots.
	RootCAs *x509.CertPool
}

// Server is a running stand-in. Create it with New or Open.
type Server struct {
	state   *state
	faults  *faults
	limiter *limiter
	journal *journal
	carrier *carrier

	url    string
	server *http.Server // nil in memory
	ctx    context.Context
	cancel context.CancelFunc

	mu     sync.Mutex // guards closed, and wg against growing once closed
	closed bool
	wg     sync.WaitGroup
}

// inMemoryURL is the base URL of a Server without a socket.
const inMemoryURL = "https://console.vast.test"

// New returns a running Server and panics, as httptest does, when loopback has
// no free port. Close it.
func New(o Options) *Server {
	s, err := Open(o)
	if err != nil {
		panic(err)
	}
	return s
}

// Open returns a running Server. Close it.
func Open(o Options) (*Server, error) {
	// The context lives as long as the Server; Close ends it.
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		state: newState(), faults: &faults{}, limiter: &limiter{last: make(map[string]time.Time)},
		journal: &journal{}, carrier: newCarrier(o), url: inMemoryURL, ctx: ctx, cancel: cancel,
	}
	if o.InMemory {
		return s, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		cancel()
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	s.url = "http://" + listener.Addr().String()
	s.server = &http.Server{
		Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: log.New(io.Discard, "", 0),
	}
	s.wg.Go(func() { _ = s.server.Serve(listener) })
	return s, nil
}

// URL is the base URL to give to a client.
func (s *Server) URL() string { return s.url }

// Transport answers the API's calls in this process, without a socket. It works
// beside a socket too.
func (s *Server) Transport() http.RoundTripper { return InProcess(http.HandlerFunc(s.serve)) }

// Close ends deliveries and answers under way, waits for them and frees the
// port. It may be called more than once.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	if s.server != nil {
		_ = s.server.Close()
	}
	s.carrier.close()
	s.wg.Wait()
}

// errClosed is what a closed Server answers.
var errClosed = errors.New("the stand-in is closed")

// enter counts a piece of work that Close must wait for; leave must follow
// when it returns true.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.wg.Add(1)
	return true
}

func (s *Server) leave() { s.wg.Done() }

// now is the stand-in's clock, which a test can set wrong.
func (s *Server) now() time.Time { return time.Now().Add(s.faults.skew()) }

// joined returns a context that ends with ctx or with the Server.
func (s *Server) joined(ctx context.Context) (context.Context, context.CancelFunc) {
	both, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.ctx, cancel)
	return both, func() { stop(); cancel() }
}
