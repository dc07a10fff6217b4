// Package heartbeat tells a service outside that the relay is at work, so that
// somebody notices when it no longer is: Healthchecks, Uptime Kuma's push monitor,
// or any other dead man's switch that waits for calls of a URL.
//
// The URL is called every five minutes while every hop is proven. While something
// needs attention, the service is told so, if it knows a call for that; in every
// other state it hears nothing and raises the alarm by itself. Whether a call gets
// through changes nothing about the relaying.
//
// # Concurrency
//
// A Heartbeat is safe for concurrent use; Run may be called once. Calls of the URL
// have deadlines.
//
// # Secrets
//
// Whoever knows the URL can feign a heartbeat. No error, report or log line holds
// it or a part of it, and no redirect is followed, which would tell it to another
// host.
package heartbeat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// callWithin bounds one call of the URL.
const callWithin = 15 * time.Second

// Options are what a Heartbeat is made of.
type Options struct {
	// Status returns the newest snapshot; Watch calls changed after each change of
	// it, until stop. Both are called by Run alone.
	Status func() status.Status
	Watch  func(changed func(status.Change)) (stop func())

	// Report takes the outcome of each call of Run: nil when it got through, also
	// when there is nothing to call any more, else a health.Problem. It must return
	// fast, and call no method of the Heartbeat.
	Report func(error)

	// Dial connects to the service, through a proxy where one is to be used; nil
	// means directly. An error that has a method ProxyFailure() string is told with
	// those words.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// UserAgent is told to the service.
	UserAgent string
	Logger    *slog.Logger // nil: silence
}

// Heartbeat calls one URL. Make one with New.
type Heartbeat struct {
	o      Options
	log    *slog.Logger
	client *http.Client
	wake   chan struct{} // holds one token while Run is to look again

	mu     sync.Mutex
	given  relay.Secret
	target target // zero: there is no URL
}

// New returns a Heartbeat without a URL.
func New(o Options) *Heartbeat {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Heartbeat{
		o: o, log: o.Logger, wake: make(chan struct{}, 1),
		client: &http.Client{
			Timeout:       callWithin,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			// A connection would be idle for longer than most services keep it.
			Transport: &http.Transport{DialContext: o.Dial, DisableKeepAlives: true, TLSHandshakeTimeout: callWithin},
		},
	}
}

// Use makes secret the URL that is called; empty: none is. One that CheckURL
// refuses is reported and not called. Use returns at once.
func (h *Heartbeat) Use(secret relay.Secret) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if secret == h.given {
		return
	}
	t, err := parse(secret.Reveal())
	h.given, h.target = secret, t
	switch {
	case secret.Empty():
		h.o.Report(nil)
	case err != nil:
		h.o.Report(malformed(err))
	}
	h.look()
}

// look makes Run look again.
func (h *Heartbeat) look() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// current returns the URL in use.
func (h *Heartbeat) current() target {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.target
}

// Check calls secret once, as it would be called now, and reports what is wrong:
// nil or a health.Problem.
func (h *Heartbeat) Check(ctx context.Context, secret relay.Secret) error {
	t, err := parse(secret.Reveal())
	if err != nil {
		return malformed(err)
	}
	call := t.up
	if want, _ := wanted(h.o.Status()); want != up && t.down != "" {
		call = t.down // the service is not told that all is well when it is not
	}
	return h.call(ctx, call)
}

// Run calls the URL whenever it is due, until ctx ends, and returns nil.
func (h *Heartbeat) Run(ctx context.Context) error {
	stop := h.o.Watch(func(c status.Change) {
		if c&status.StatusChanged != 0 {
			h.look()
		}
	})
	defer stop()
	var s schedule
	for ctx.Err() == nil {
		t := h.current()
		if t != s.target {
			s = schedule{target: t}
		}
		now := time.Now().Round(0) // by the wall clock, which goes on while the computer sleeps
		kind, due := s.next(h.o.Status(), now)
		if kind != nothing && !due.After(now) {
			s.called(kind, now, h.beat(ctx, t, kind))
			continue
		}
		h.wait(ctx, kind, due.Sub(now))
	}
	return nil
}

// wait waits until a call of that kind is due, or something has changed.
func (h *Heartbeat) wait(ctx context.Context, kind kind, d time.Duration) {
	var due <-chan time.Time
	if kind != nothing {
		due = time.After(d)
	}
	select {
	case <-ctx.Done():
	case <-h.wake:
	case <-due:
	}
}

// beat makes one call and reports how it went.
func (h *Heartbeat) beat(ctx context.Context, t target, kind kind) error {
	call := t.up
	if kind == down {
		call = t.down
	}
	err := h.call(ctx, call)
	if ctx.Err() != nil {
		return err
	}
	if err != nil {
		h.log.Warn("the heartbeat did not get through", "kind", kind.String(), "err", err)
	} else {
		h.log.Debug("heartbeat", "kind", kind.String())
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.target == t { // else another URL was given since, or none
		h.o.Report(err)
	}
	return err
}

// call makes one call; the error is a health.Problem without the URL.
func (h *Heartbeat) call(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return malformed(noURL())
	}
	r.Header.Set("User-Agent", h.o.UserAgent)
	resp, err := h.client.Do(r)
	if err != nil {
		return unreachable(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if err != nil {
		return unreachable(err)
	}
	return judge(resp.StatusCode, string(body))
}

// judge says what an answer means.
func judge(code int, body string) error {
	switch {
	case code/100 == 2 && strings.HasPrefix(strings.TrimSpace(body), "OK (not found)"):
		// Healthchecks: https://healthchecks.io/docs/http_api/ .
		return health.New(health.HeartbeatRefused, words.Args{"Reason": words.New("heartbeat.unknown_check")})
	case code/100 == 2:
		return nil
	case code/100 == 3:
		return health.New(health.HeartbeatRefused, words.Args{"Reason": words.New("heartbeat.redirected", words.Args{"Status": code})})
	case code/100 == 5, code == http.StatusTooManyRequests, code == http.StatusRequestTimeout:
		return health.New(health.HeartbeatUnreachable, words.Args{"Reason": words.New("heartbeat.answered", words.Args{"Status": code})})
	default:
		return health.New(health.HeartbeatRefused, words.Args{"Reason": words.New("heartbeat.answered", words.Args{"Status": code})})
	}
}

// unreachable is the problem of a call that got no answer. What net/http says of
// one begins with the URL.
func unreachable(err error) error {
	reason := words.New("heartbeat.no_answer")
	var proxy interface{ ProxyFailure() string }
	if errors.As(err, &proxy) {
		reason = words.Translate(health.Sentence(proxy.ProxyFailure()))
	}
	p := health.New(health.HeartbeatUnreachable, words.Args{"Reason": reason})
	if inner, ok := errors.AsType[*url.Error](err); ok {
		err = inner.Err
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		err = fmt.Errorf("look up the host: %s", dns.Err)
	}
	return p.With(relay.CleanLine(err.Error()))
}

// malformed is the problem of what cannot be a URL to call.
func malformed(err error) error {
	reason := words.Verbatim(err.Error())
	if said, ok := errors.AsType[urlError](err); ok {
		reason = words.Sentence(said)
	}
	return health.New(health.HeartbeatURLMalformed, words.Args{"Reason": reason})
}

// CheckURL reports why raw cannot be a URL to call; the error is a sentence that
// does not hold it.
func CheckURL(raw string) error {
	_, err := parse(raw)
	return err
}
