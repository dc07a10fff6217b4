package vasttest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// ErrNoTaker means that no webhook is subscribed to an emitted event with its
// channel on.
var ErrNoTaker = errors.New("no webhook takes the event")

// Emission is one event to deliver, with ways to deliver it wrongly.
type Emission struct {
	// Type is a full key such as "client:outbid", or "webhook_test" with
	// Webhook. Only its slug is sent.
	Type    string
	Subject string
	Message string
	EventID string    // empty: 32 random hexadecimal digits
	At      time.Time // the payload's timestamp; zero: now

	// Webhook delivers to this webhook only, subscribed or not; 0 means every
	// webhook that takes the type.
	Webhook int64

	Attempts  int // deliveries at most until one is not to be retried; 0: the whole schedule
	Duplicate int // further deliveries of the same event after it was taken

	StaleBy        time.Duration     // the signed timestamp is so much in the past; negative: in the future
	WrongSecret    bool              // signed with another secret
	Secret         string            // signed with this one, such as one from before a rotate
	Oversize       int               // the message is filled up until the body has at least so many bytes
	RawNonASCII    bool              // characters beyond ASCII as UTF-8 instead of \u escapes
	WholeTimestamp bool              // the payload's timestamp without a fraction
	Extra          map[string]any    // further fields
	Omit           []string          // fields to leave out
	Body           []byte            // the whole body instead; may be no JSON
	Header         func(http.Header) // changes the headers at last
}

// Emitted is what became of an emission.
type Emitted struct {
	EventID    string
	Deliveries []Delivery // of all webhooks, in the order in which they ended
}

// Emit delivers the event to the webhooks that take it, retrying on the
// Server's schedule, and returns when each has taken or refused it or has used
// up its attempts. Each attempt has a fresh timestamp and signature, with the
// secret of that moment. It ends early with ctx's error when ctx ends.
func (s *Server) Emit(ctx context.Context, e Emission) (Emitted, error) {
	if !s.enter() {
		return Emitted{}, errClosed
	}
	defer s.leave()
	ctx, cancel := s.joined(ctx)
	defer cancel()
	if e.EventID == "" {
		e.EventID = randomHex(16)
	}
	if e.At.IsZero() {
		e.At = s.now()
	}
	takers := s.takers(e)
	if len(takers) == 0 {
		return Emitted{EventID: e.EventID}, fmt.Errorf("emit %s: %w", e.Type, ErrNoTaker)
	}
	var (
		wg  sync.WaitGroup
		mu  sync.Mutex
		out = Emitted{EventID: e.EventID}
	)
	for _, id := range takers {
		wg.Go(func() {
			s.emitTo(ctx, e, id, func(d Delivery) {
				mu.Lock()
				defer mu.Unlock()
				out.Deliveries = append(out.Deliveries, d)
			})
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return out, fmt.Errorf("emit %s: %w", e.Type, err)
	}
	return out, nil
}

// takers returns the ids of the webhooks that the event goes to.
func (s *Server) takers(e Emission) []int64 {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	var ids []int64
	for _, id := range slices.Sorted(maps.Keys(s.state.hooks)) {
		if e.Webhook == id || (e.Webhook == 0 && s.state.takes(s.state.hooks[id], e.Type)) {
			ids = append(ids, id)
		}
	}
	return ids
}

// emitTo delivers the event to one webhook until it is settled.
func (s *Server) emitTo(ctx context.Context, e Emission, id int64, note func(Delivery)) {
	attempts := e.Attempts
	if attempts <= 0 {
		attempts = len(s.carrier.schedule) + 1
	}
	extra := e.Duplicate
	for attempt := 1; ; attempt++ {
		p, found := s.pack(e, id, attempt)
		if !found || ctx.Err() != nil {
			return
		}
		d := s.carry(ctx, p)
		note(d)
		switch {
		case d.Outcome() == Refused:
			return
		case d.Outcome() == Taken && extra == 0:
			return
		case d.Outcome() == Taken:
			extra--
			continue
		case attempt >= attempts:
			return
		}
		if !rest(ctx, s.carrier.wait(attempt)) {
			return
		}
	}
}

// wait is how long to wait after a failed attempt; the last wait repeats.
func (c *carrier) wait(attempt int) time.Duration {
	if len(c.schedule) == 0 {
		return 0
	}
	return c.schedule[min(attempt, len(c.schedule))-1]
}

// rest waits for d, and reports false when ctx ended first.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// pack makes one attempt ready; found is false when the webhook is gone.
func (s *Server) pack(e Emission, id int64, attempt int) (p parcel, found bool) {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	h := s.state.hooks[id]
	if h == nil {
		return parcel{}, false
	}
	secret := h.secret
	switch {
	case e.Secret != "":
		secret = e.Secret
	case e.WrongSecret:
		secret = "not-" + secret
	}
	return parcel{
		delivery: Delivery{
			Account: h.user, Webhook: id, EventID: e.EventID, Type: e.slug(), Attempt: attempt,
			subject: e.Subject, message: e.Message,
		},
		url: h.url, secret: secret, body: e.payload(h.user, e.At),
		signedAt: s.now().Add(-e.StaleBy), change: e.Header,
	}, true
}

func (e Emission) slug() string {
	if _, slug, full := strings.Cut(e.Type, ":"); full {
		return slug
	}
	return e.Type
}

// payload is the body of the event's deliveries.
func (e Emission) payload(account int64, at time.Time) []byte {
	if e.Body != nil {
		return e.Body
	}
	body := e.encode(account, at)
	if missing := e.Oversize - len(body); missing > 0 {
		e.Message += strings.Repeat("x", missing)
		body = e.encode(account, at)
	}
	return body
}

// encode writes the fields in the order in which the service sends them.
func (e Emission) encode(account int64, at time.Time) []byte {
	stamp := unix(at)
	if e.WholeTimestamp {
		stamp = float64(at.Unix())
	}
	names := []string{"event_id", "user_id", "notif_type", "subject", "message", "timestamp"}
	fields := map[string]any{
		"event_id": e.EventID, "user_id": account, "notif_type": e.slug(),
		"subject": e.Subject, "message": e.Message, "timestamp": stamp,
	}
	for _, name := range slices.Sorted(maps.Keys(e.Extra)) {
		if _, documented := fields[name]; !documented {
			names = append(names, name)
		}
		fields[name] = e.Extra[name]
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for _, name := range names {
		if slices.Contains(e.Omit, name) {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.Write(e.value(name))
		b.WriteByte(':')
		b.Write(e.value(fields[name]))
	}
	b.WriteByte('}')
	return b.Bytes()
}

// value encodes one JSON value, escaped beyond ASCII unless asked otherwise.
func (e Emission) value(v any) []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		// Extra is the caller's; a value that JSON has no form for is a
		// mistake in the test.
		panic(fmt.Sprintf("encode the emission: %v", err))
	}
	text := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	if number, isFloat := v.(float64); isFloat {
		return strconv.AppendFloat(nil, number, 'f', -1, 64)
	}
	if e.RawNonASCII {
		return text
	}
	return escapeNonASCII(text)
}

// escapeNonASCII replaces what is beyond ASCII by \u escapes.
func escapeNonASCII(text []byte) []byte {
	var out bytes.Buffer
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		switch {
		case r < utf8.RuneSelf:
			out.WriteByte(byte(r))
		case r > 0xFFFF:
			r -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xD800+(r>>10), 0xDC00+(r&0x3FF))
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.Bytes()
}
