package chattest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// key is part of every webhook URL. On the real service it is the same for all
// webhooks and no secret.
const key = "stand-in-key-0001"

// Options configure a Server. The zero value is usable.
type Options struct {
	// Pace makes each space refuse, with 429, more than one message a second.
	Pace bool
	// IgnoreIDs makes the server ignore messageId and requestId, so that a
	// repeat stands in the space twice.
	IgnoreIDs bool
	// OnMessage is called after each message is stored, before the answer
	// leaves, from the goroutine of its request. It may call the Server.
	OnMessage func(space string, m StoredMessage)
	// Now replaces time.Now, also in the Date header of answers.
	Now func() time.Time
}

// StoredMessage is one message as it stands in a space.
type StoredMessage struct {
	Name      string // spaces/S/messages/M
	Thread    string // spaces/S/threads/T
	MessageID string // the client-assigned id; empty when none was sent or ids are ignored
	RequestID string

	Text         string
	CardTitle    string // the first card's header title
	FallbackText string
	Widgets      int    // shown widgets of all cards
	Blank        bool   // a button without an absolute link: people see nothing
	Body         []byte // as it was sent
	At           time.Time
}

// Server is a Google Chat stand-in.
type Server struct {
	opts     Options
	listener net.Listener
	http     *http.Server
	served   chan struct{} // closed when the accept loop has ended
	closing  chan struct{} // closed by Close: hanging requests end
	closed   sync.Once

	mu        sync.Mutex // guards what follows
	idle      *sync.Cond // signalled when active falls to 0; a WaitGroup would tie a server to one synctest bubble
	active    int        // requests under way
	spaces    map[string]*space
	onMessage func(string, StoredMessage)
	ignoreIDs bool
	pace      bool
	fault     Fault // until SetFault
	next      []Fault
	count     int
	replays   int
	shut      bool
}

// space is one space with its webhooks and messages.
type space struct {
	tokens   []string // one per webhook, in the order of their making
	messages []StoredMessage
	requests map[string]int    // request id and token -> index in messages
	ids      map[string]int    // message id -> index in messages
	threads  map[string]string // thread key and token -> thread name
	lastAt   time.Time
	removed  bool
}

// New starts a Server on a free port of 127.0.0.1. It panics when there is
// none, as net/http/httptest does.
func New(opts Options) *Server {
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		panic(fmt.Sprintf("chattest: listen on loopback: %v", err))
	}
	s := &Server{
		opts: opts, listener: listener,
		served: make(chan struct{}), closing: make(chan struct{}),
		spaces:    map[string]*space{},
		onMessage: opts.OnMessage, ignoreIDs: opts.IgnoreIDs, pace: opts.Pace,
	}
	s.idle = sync.NewCond(&s.mu)
	if s.opts.Now == nil {
		s.opts.Now = time.Now
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(s.served)
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			panic(fmt.Sprintf("chattest: serve: %v", err))
		}
	}()
	return s
}

// Close stops the server, cuts the connections of hanging requests, and waits
// until all have ended. It is idempotent.
func (s *Server) Close() {
	s.closed.Do(func() {
		s.mu.Lock()
		s.shut = true
		s.mu.Unlock()
		close(s.closing)
		_ = s.http.Close()
		<-s.served
		s.mu.Lock()
		defer s.mu.Unlock()
		for s.active > 0 {
			s.idle.Wait()
		}
	})
}

// begin counts a request in; it refuses once the server closes.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut {
		return false
	}
	s.active++
	s.count++
	return true
}

// end counts a request out.
func (s *Server) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active--; s.active == 0 {
		s.idle.Broadcast()
	}
}

// Host returns the host:port that the server listens on.
func (s *Server) Host() string { return s.listener.Addr().String() }

// SpaceURL returns the webhook URL of the named space, which is made at the
// first call. The name must be of letters, digits, "_" and "-".
func (s *Server) SpaceURL(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp := s.space(name)
	if len(sp.tokens) == 0 {
		sp.tokens = append(sp.tokens, newToken())
	}
	return s.url(name, sp.tokens[0])
}

// AddWebhook makes another webhook in the named space and returns its URL.
func (s *Server) AddWebhook(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	sp := s.space(name)
	sp.tokens = append(sp.tokens, newToken())
	return s.url(name, sp.tokens[len(sp.tokens)-1])
}

// RemoveSpace deletes the named space: its webhooks answer 404 until SpaceURL
// or AddWebhook makes it anew. Messages stays able to tell what stood there.
func (s *Server) RemoveSpace(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sp, ok := s.spaces[name]; ok {
		sp.removed = true
		sp.tokens = nil
	}
}

// space returns the named space, made or brought back. s.mu is held.
func (s *Server) space(name string) *space {
	sp, ok := s.spaces[name]
	if !ok {
		sp = &space{requests: map[string]int{}, ids: map[string]int{}, threads: map[string]string{}}
		s.spaces[name] = sp
	}
	sp.removed = false
	return sp
}

// url renders a webhook URL. The token's padding is encoded, as in real ones.
func (s *Server) url(name, token string) string {
	query := url.Values{"key": {key}, "token": {token}}
	return "http://" + s.Host() + "/v1/spaces/" + name + "/messages?" + query.Encode()
}

// newToken returns a token with padding.
func newToken() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: it aborts the program instead
	return base64.URLEncoding.EncodeToString(b[:])
}

// Messages returns what stands in the named space, oldest first.
func (s *Server) Messages(name string) []StoredMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sp, ok := s.spaces[name]; ok {
		return slices.Clone(sp.messages)
	}
	return nil
}

// Requests returns how many requests have come, answered or not.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// Replays returns how many requests were answered from a request id that was
// known or refused for a message id that was used: posts that would have been
// doubles.
func (s *Server) Replays() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.replays
}

// OnMessage replaces the callback of Options; nil removes it.
func (s *Server) OnMessage(fn func(space string, m StoredMessage)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onMessage = fn
}

// SetIgnoreIDs switches whether ids are ignored.
func (s *Server) SetIgnoreIDs(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ignoreIDs = on
}

// SetPace switches the limit of one message a second and space.
func (s *Server) SetPace(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pace = on
}

// SetFault makes every request that no FailNext is meant for fail in one way;
// NoFault ends that.
func (s *Server) SetFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// FailNext makes the next n requests that f applies to fail. Calls add up, in
// their order.
func (s *Server) FailNext(n int, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.next = append(s.next, f)
	}
}

// newName returns a resource name's last part.
func newName() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	id := hex.EncodeToString(b[:])
	return id + "." + id
}
