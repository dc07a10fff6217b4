package moletest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// closeWithin is how long the service waits for a client to confirm the end of
// its connection.
const closeWithin = 100 * time.Millisecond

// initialise is the first message of a client.
type initialise struct {
	Type       string `json:"type"`
	ClientID   string `json:"clientId"`
	APIKey     string `json:"apiKey"`
	Subdomain  string `json:"subdomain"`
	Connection struct {
		Version string `json:"tunnelmoleVersion"`
	} `json:"connectionInfo"`
}

// refusal is a message that says why a client does not get what it asked for. The
// real service quotes the API key, too.
type refusal struct {
	Type      string `json:"type"`
	APIKey    string `json:"apiKey,omitempty"`
	Hostname  string `json:"hostname,omitempty"`
	Subdomain string `json:"subdomain,omitempty"`
}

// assigned is the message that gives a client its name.
type assigned struct {
	Type     string `json:"type"`
	Hostname string `json:"hostname"`
}

// response is a client's answer to a forwarded request.
type response struct {
	Type       string                     `json:"type"`
	RequestID  string                     `json:"requestId"`
	StatusCode int                        `json:"statusCode"`
	Headers    map[string]json.RawMessage `json:"headers"`
	Body       string                     `json:"body"`
}

// socket is the connection of one client.
type socket struct {
	service  *Service
	conn     *websocket.Conn
	below    *freezingConn
	clientID string // whose registrations end with it; guarded by the service's mu
	gone     chan struct{}

	mu      sync.Mutex
	waiting map[string]chan response // by request id
}

// accept serves one client.
func (s *Service) accept(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	down := s.faults.down || s.closed
	if !down {
		s.running.Add(1)
		defer s.running.Done()
	}
	s.mu.Unlock()
	if down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	conn.SetReadLimit(4 << 20)
	below, _ := r.Context().Value(connKey{}).(*freezingConn)
	c := &socket{service: s, conn: conn, below: below, gone: make(chan struct{}), waiting: make(map[string]chan response)}
	s.mu.Lock()
	s.sockets[c] = struct{}{}
	s.changes.Note()
	s.mu.Unlock()
	defer s.forget(c)
	defer close(c.gone)
	if s.options.PingEvery > 0 {
		s.running.Go(c.pingAll)
	}
	c.read(r.RemoteAddr)
}

// pingAll pings the client until it is gone.
func (c *socket) pingAll() {
	ticker := time.NewTicker(c.service.options.PingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-c.gone:
			return
		case <-ticker.C:
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			if c.conn.Ping(ctx) != nil {
				c.cut()
			}
			cancel()
		}
	}
}

// read takes the client's messages until the connection ends.
func (c *socket) read(address string) {
	for {
		_, data, err := c.conn.Read(context.Background())
		if err != nil {
			return
		}
		var r response
		if json.Unmarshal(data, &r) != nil {
			continue
		}
		switch r.Type {
		case "initialise":
			var in initialise
			if json.Unmarshal(data, &in) == nil && !c.initialise(in, address) {
				return
			}
		case "forwardedResponse":
			c.mu.Lock()
			waiting := c.waiting[r.RequestID]
			delete(c.waiting, r.RequestID)
			c.mu.Unlock()
			if waiting != nil {
				waiting <- r
			}
		}
	}
}

// initialise gives the client a name, and reports false when it is turned away.
func (c *socket) initialise(in initialise, address string) (stays bool) {
	s := c.service
	s.mu.Lock()
	s.inits = append(s.inits, Initialise{ClientID: in.ClientID, Key: in.APIKey, Subdomain: in.Subdomain, Version: in.Connection.Version})
	mute := s.faults.mute
	s.changes.Note()
	s.mu.Unlock()
	if mute {
		return true
	}
	host, before, ok := s.choose(in, address)
	for _, m := range before {
		c.send(m)
	}
	if !ok {
		c.end()
		return false
	}
	if taken := s.register(host, in, c); taken != nil {
		c.send(taken)
	}
	c.send(assigned{"hostnameAssigned", host})
	return true
}

// send sends one message.
func (c *socket) send(v any) {
	data, err := json.Marshal(v)
	if err == nil {
		c.sendRaw(data)
	}
}

// sendRaw sends data as one message.
func (c *socket) sendRaw(data []byte) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.conn.Write(ctx, websocket.MessageText, data)
}

// ask passes a request on and waits for the answer, which may never come.
func (c *socket) ask(ctx context.Context, id string, request any) (response, bool) {
	answered := make(chan response, 1)
	c.mu.Lock()
	c.waiting[id] = answered
	c.mu.Unlock()
	c.send(request)
	select {
	case r := <-answered:
		return r, true
	case <-ctx.Done():
		return response{}, false
	}
}

// end closes the connection as the real service does: politely, and for good once
// the client has not answered for closeWithin.
func (c *socket) end() {
	timer := time.AfterFunc(closeWithin, c.cut)
	defer timer.Stop()
	_ = c.conn.Close(websocket.StatusNormalClosure, "")
}

// cut closes the connection without a word.
func (c *socket) cut() { _ = c.below.Close() }

// decoded returns the body of r.
func (r response) decoded() []byte {
	body, err := base64.StdEncoding.DecodeString(r.Body)
	if err != nil {
		return nil
	}
	return body
}

// header returns the headers of r.
func (r response) header() http.Header {
	h := http.Header{}
	for name, raw := range r.Headers {
		var one string
		var many []string
		switch {
		case json.Unmarshal(raw, &one) == nil:
			h.Add(name, one)
		case json.Unmarshal(raw, &many) == nil:
			h[http.CanonicalHeaderKey(name)] = many
		}
	}
	return h
}

// freezer is a listener whose connections can freeze. Its end is that of all of
// them.
type freezer struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
}

// Accept returns the next connection.
func (f *freezer) Accept() (net.Conn, error) {
	conn, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conns = append(f.conns, conn)
	return &freezingConn{Conn: conn, closed: make(chan struct{})}, nil
}

// Close ends Accept, and every connection.
func (f *freezer) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, conn := range f.conns {
		_ = conn.Close()
	}
	return f.Listener.Close()
}

// freezingConn is a connection on which, once it is frozen, nothing arrives any
// more in either direction, and neither side is told.
type freezingConn struct {
	net.Conn
	frozen    atomic.Bool
	closeOnce sync.Once
	closed    chan struct{}
}

// Read returns what arrives.
func (c *freezingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.frozen.Load() {
		<-c.closed
		return 0, net.ErrClosed
	}
	return n, err
}

// Write sends p.
func (c *freezingConn) Write(p []byte) (int, error) {
	if c.frozen.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

// Close closes the connection.
func (c *freezingConn) Close() error {
	c.closeOnce.Do(func() { close(c.closed) })
	if c.frozen.Load() {
		return nil // the client is not told
	}
	return c.Conn.Close()
}

// connKey is the context key of the connection below a request.
type connKey struct{}

// keepConn keeps the connection below the TLS of conn.
func keepConn(ctx context.Context, conn net.Conn) context.Context {
	if secured, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secured.NetConn()
	}
	return context.WithValue(ctx, connKey{}, conn)
}
