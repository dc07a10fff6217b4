package intake

import (
	"context"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"vastrelay/relay"
)

// Paths that are not deliveries.
const (
	HealthPath  = "/health"
	probePrefix = "/probe/"
)

// Store puts verified deliveries on disk. It is safe for concurrent use, and
// returns without an error only after the write is synced. *outbox.Outbox is one.
type Store interface {
	// Accept takes an event that is to be posted; fresh is false when it was
	// accepted before.
	Accept(ctx context.Context, ev relay.Event) (fresh bool, err error)
	// Keep takes a delivery that is not to be posted, under its verdict.
	Keep(ctx context.Context, ev relay.Event, v relay.Verdict) (fresh bool, err error)
	// Known reports whether ev was accepted or recorded before. It is asked where
	// a delivery that is known needs nothing but its answer.
	Known(ctx context.Context, ev relay.Event) (bool, error)
}

// Options say what a Receiver works with.
type Options struct {
	Store    Store     // required
	Verifier *Verifier // required
	Clock    *Clock    // nil: this computer's own time is taken for right

	// ProbeNonce is the last part of the path under which the program asks
	// itself for proof of its address; empty: there is no such path.
	ProbeNonce string

	// BasePath returns the decoded path under which a proxy leads to this
	// program, such as "/hooks"; empty when there is none. All paths are known
	// with and without it, since a proxy may strip it. Nil means there is none.
	BasePath func() string

	// RecordOnly reports whether a verified event is a test that the program
	// itself started, to be recorded and not posted. It is called once per
	// delivery; nil means never.
	RecordOnly func(relay.Event) bool

	// Observe is told of each delivery before its answer leaves; OnMismatch of
	// a role whose secret seems to be wrong. Both are called on the
	// request's goroutine, at the same time from several, and must return at
	// once. Nil means nobody listens.
	Observe    func(relay.Delivery)
	OnMismatch func(relay.Role)

	Logger *slog.Logger // nil: slog.Default
}

// Receiver is the http.Handler that Vast.ai's deliveries arrive at. It answers
// 204 only after the event is on disk, and every request in this order: path,
// method, size, signature, time, JSON. Refused requests are counted, and
// logged together at most once a minute. It is safe for concurrent use.
type Receiver struct {
	options   Options
	log       *slog.Logger
	clock     *Clock
	watch     mismatchWatch
	refusals  refusals
	deadlines deadlines
	bodies    *bodyReader
	stopping  atomic.Bool
}

// NewReceiver returns a Receiver that is ready to serve.
func NewReceiver(o Options) *Receiver {
	if o.Store == nil || o.Verifier == nil {
		panic("intake: NewReceiver needs a store and a verifier")
	}
	rc := &Receiver{options: o, log: o.Logger, bodies: newBodyReader()}
	if rc.log == nil {
		rc.log = slog.Default()
	}
	if rc.clock = o.Clock; rc.clock == nil {
		rc.clock = NewClock()
	}
	return rc
}

// Stop makes the Receiver answer 503 to everything from now on. Requests that
// are being answered go on. It may be called more than once.
func (rc *Receiver) Stop() {
	rc.stopping.Store(true)
	if codes, due := rc.refusals.flush(); due {
		rc.logRefused(codes)
	}
}

// Refusals returns the latest refused deliveries of this run, oldest first: at
// most 64, whatever arrives.
func (rc *Receiver) Refusals() []relay.Refusal { return rc.refusals.list() }

// Refused counts the refused requests of this run, by the code in their answers.
func (rc *Receiver) Refused() map[string]uint64 { return rc.refusals.counts() }

// ServeHTTP answers one request.
func (rc *Receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := rc.answer(w, r)
	if a.code != "" {
		if codes, due := rc.refusals.add(a.code, time.Now()); due {
			rc.logRefused(codes)
		}
	}
	a.write(w)
}

// logRefused logs how many requests were refused since the last such line. A
// line for each would let strangers fill the disk.
func (rc *Receiver) logRefused(codes string) { rc.log.Info("requests refused", "codes", codes) }

// answer decides what to say. A panic is answered with 503, because a dropped
// connection would look like a broken tunnel.
func (rc *Receiver) answer(w http.ResponseWriter, r *http.Request) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			rc.log.Error("panic while answering a request", "path", r.URL.Path, "err", p)
			a = refusal(http.StatusServiceUnavailable, relay.CodeInternal)
			a.hangUp = true
		}
	}()

	// The path as it was written: an escaped form of a known path is not it.
	path := rc.withoutBase(r.URL.EscapedPath())
	if path == HealthPath {
		return rc.fixed(r, typeJSON, `{"ok":true}`)
	}
	if nonce, ok := strings.CutPrefix(path, probePrefix); ok && rc.isNonce(nonce) {
		return rc.fixed(r, typeText, nonce)
	}
	for _, role := range relay.Roles() {
		if path == role.Path() && rc.options.Verifier.keyState(role) != keysAbsent {
			a := rc.delivery(role, w, r)
			if a.code != "" {
				rc.refusals.keep(relay.Refusal{At: time.Now(), Role: role, Status: a.status, Code: a.code})
			}
			return a
		}
	}
	return unread(r, http.StatusNotFound, relay.CodeNotFound)
}

func (rc *Receiver) isNonce(s string) bool {
	want := rc.options.ProbeNonce
	return want != "" && subtle.ConstantTimeCompare([]byte(s), []byte(want)) == 1
}

// fixed answers a page that is always the same. HEAD is answered as GET, as
// RFC 9110 section 9.1 asks; net/http leaves the body out.
func (rc *Receiver) fixed(r *http.Request, contentType, body string) answer {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return wrongMethod(r, http.MethodGet, http.MethodHead)
	case rc.stopping.Load():
		return unread(r, http.StatusServiceUnavailable, relay.CodeStopping)
	default:
		return answer{status: http.StatusOK, contentType: contentType, body: body}
	}
}
