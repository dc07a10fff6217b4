package googlechat

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"vastrelay/relay"
)

// postDeadline bounds one request, from dialling to the end of the answer.
const postDeadline = 15 * time.Second

// Options configure a Sender. The zero value is usable.
type Options struct {
	// Transport carries the requests; nil means a transport of the Sender's own.
	Transport http.RoundTripper
	// Dial connects that transport, through a proxy where one is to be used; nil
	// means directly. An error that has a method ProxyFailure() string is told with
	// those words.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Logger receives, at debug level, the redacted words of Google's
	// refusals; nil means no log.
	Logger *slog.Logger
	// UserAgent is sent with each request; empty means "VastRelay".
	UserAgent string
	// Location is the time zone of times in messages; nil means time.Local.
	Location *time.Location
	// Threads chooses the threads of messages; nil means ThreadsOff. It is
	// called for each message, from any goroutine.
	Threads func() Threads
	// Words are those of the next message, whose language may change at any time; nil
	// means English. It is called from any goroutine.
	Words func() Words
}

// allowedLinks returns the hosts that event text may link to and buttons may lead
// to.
func allowedLinks() []string {
	return []string{"cloud.vast.ai", "console.vast.ai", "vast.ai", "docs.vast.ai"}
}

// Sender posts messages to Google Chat spaces. It implements relay.Sender and
// is safe for concurrent use.
type Sender struct {
	client  *http.Client
	own     *http.Transport // nil when Options gave one
	render  *renderer
	agent   string
	threads func() Threads
	words   func() Words
	log     *slog.Logger

	unclear unclearRequests

	mu   sync.RWMutex // guards urls
	urls map[string]URL
}

var _ relay.Sender = (*Sender)(nil)

// New returns a Sender that knows no space yet.
func New(opts Options) *Sender {
	s := &Sender{
		render:  &renderer{links: newAllowList(allowedLinks()), zone: cmp.Or(opts.Location, time.Local)},
		agent:   cmp.Or(opts.UserAgent, "VastRelay"),
		threads: opts.Threads,
		words:   opts.Words,
		log:     opts.Logger,
		urls:    map[string]URL{},
	}
	if s.threads == nil {
		s.threads = func() Threads { return ThreadsOff }
	}
	if s.words == nil {
		s.words = English
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	transport := opts.Transport
	if transport == nil {
		s.own = newTransport(opts.Dial)
		transport = s.own
	}
	s.client = &http.Client{
		Transport: transport,
		// A redirect would carry the token to wherever it points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s
}

// newTransport returns a transport for one request a second at most. Idle
// connections go early, because one that died unnoticed turns the next post
// into one of unknown outcome.
func newTransport(dial func(ctx context.Context, network, address string) (net.Conn, error)) *http.Transport {
	return &http.Transport{
		DialContext:         dial,
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: 2,
		IdleConnTimeout:     20 * time.Second,
	}
}

// SetURL makes u the URL through which its space is posted to, from the next
// Send on. An empty u is ignored.
func (s *Sender) SetURL(u URL) {
	if u.Empty() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.urls[u.Space()] = u
}

// RemoveURL forgets the URL of space (an id without "spaces/"). Messages to it
// then end as relay.DestinationGone with reason ReasonNoURL.
func (s *Sender) RemoveURL(space string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.urls, space)
}

// url returns the URL of space.
func (s *Sender) url(space string) (URL, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	u, ok := s.urls[space]
	return u, ok
}

// Close drops idle connections. It is idempotent, and the Sender stays usable.
func (s *Sender) Close() {
	if s.own != nil {
		s.own.CloseIdleConnections()
	}
}

// renderer renders the next message, in the words of now.
func (s *Sender) renderer() *renderer { return s.render.in(s.words()) }

// Send carries m once and reports what became of it. The request ends with ctx
// or after the post deadline, whichever is first.
func (s *Sender) Send(ctx context.Context, m relay.Message) relay.Result {
	u, ok := s.url(m.Space)
	if !ok {
		return failure(relay.DestinationGone, 0, ReasonNoURL)
	}
	th := threadOf(s.threads(), m)
	if m.NoThread {
		th = nil
	}
	r := s.renderer()
	body, err := r.message(m, th)
	if err != nil {
		s.log.DebugContext(ctx, "chat message cannot be rendered", "err", err)
		return failure(relay.ContentRefused, 0, ReasonUnrenderable)
	}
	_, smaller := m.Rung.Below()
	return s.post(ctx, u, idsFor(m, u, r.words.Tag()), outgoing{body: body, threaded: th != nil, shortest: !smaller})
}

// Test posts one message that is labelled as a test into space, under ids of
// its own.
func (s *Sender) Test(ctx context.Context, space string) relay.Result {
	u, ok := s.url(space)
	if !ok {
		return failure(relay.DestinationGone, 0, ReasonNoURL)
	}
	r := s.renderer()
	body, err := r.notice("🔔 "+r.words.Phrase(PhraseTest), r.words.Phrase(PhraseTestText))
	if err != nil {
		return failure(relay.ContentRefused, 0, ReasonUnrenderable)
	}
	return s.postVerified(ctx, u, noticeIDs(u), body)
}

// noticeIDs returns ids for a message of the program's own.
func noticeIDs(u URL) ids {
	return idsFor(relay.Message{MessageID: freshMessageID(), Rung: relay.RungText}, u, English().Tag())
}

// postVerified posts a message that no lane will try again. An answer that is
// not Google's own is asked for once more, under the same ids.
func (s *Sender) postVerified(ctx context.Context, u URL, id ids, body []byte) relay.Result {
	result := s.post(ctx, u, id, outgoing{body: body, shortest: true})
	if result.Outcome != relay.Unverified || !wait(ctx, helloGap) {
		return result
	}
	return s.post(ctx, u, id, outgoing{body: body, shortest: true})
}

// ids are the two client-assigned ids of a request; both empty or neither.
// https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create
type ids struct {
	message string // unique within the space: a second use is a collision
	request string // a repeat returns the message already made
}

// idsFor derives the request id: it is the same on every retry, and another
// for each form and language of the message and each URL, since a repeat must be
// identical and come from the same webhook.
func idsFor(m relay.Message, u URL, language string) ids {
	if m.MessageID == "" {
		return ids{}
	}
	form := string(m.Rung)
	if m.NoThread {
		form += " without thread"
	}
	if language != English().Tag() {
		form += " in " + language
	}
	sum := sha256.Sum256([]byte(m.MessageID + "\x00" + u.reveal() + "\x00" + form))
	return ids{message: m.MessageID, request: uuid([16]byte(sum[:16]))}
}

// freshMessageID returns an id that was never used: "client-" and 32 lower-case
// hex digits, within the vendor's 63 characters.
func freshMessageID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand.Read aborts the program instead
	return "client-" + hex.EncodeToString(b[:])
}

// uuid formats b as a version 4 UUID.
func uuid(b [16]byte) string {
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}
