package vasttest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// testType is the notif_type of a test delivery.
const testType = "webhook_test"

// Delivery is one signed POST to a webhook, with its outcome.
type Delivery struct {
	At      time.Time // when it was sent
	Account int64
	Webhook int64
	EventID string
	Type    string // notif_type
	Attempt int    // from 1
	Status  int    // of the receiver's answer; 0 when there was none
	Err     string // why there was none; empty otherwise

	subject, message string
}

// Outcome is what Vast.ai does after an answer.
// Source: https://docs.vast.ai/guides/reference/notification-webhooks .
type Outcome int

// The outcomes of a delivery.
const (
	Taken   Outcome = iota // 2xx
	Refused                // 3xx, and 4xx except 408 and 429: the event is lost for this webhook
	Retry                  // 408, 429, 5xx, no answer
)

// Outcome sorts the delivery's answer.
func (d Delivery) Outcome() Outcome {
	switch {
	case d.Status >= 200 && d.Status < 300:
		return Taken
	case d.Status == http.StatusRequestTimeout, d.Status == http.StatusTooManyRequests, d.Status >= 500, d.Status == 0:
		return Retry
	default:
		return Refused
	}
}

// Sign returns the value of X-Vast-Signature-256 for a body sent at timestamp,
// in whole Unix seconds as it stands in X-Vast-Timestamp.
func Sign(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = mac.Write([]byte(timestamp + "."))
	_, _ = mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// carrier sends deliveries.
type carrier struct {
	client   *http.Client
	owned    *http.Transport // nil when the transport is the caller's
	timeout  time.Duration
	schedule []time.Duration

	mu      sync.Mutex
	origins map[string]*url.URL // public host -> local origin
}

func newCarrier(o Options) *carrier {
	c := &carrier{timeout: o.DeliveryTimeout, schedule: o.Schedule, origins: make(map[string]*url.URL)}
	if c.timeout <= 0 {
		c.timeout = 10 * time.Second
	}
	if c.schedule == nil {
		c.schedule = []time.Duration{100 * time.Millisecond, 300 * time.Millisecond, time.Second}
	}
	transport := o.Deliver
	if transport == nil {
		c.owned = &http.Transport{
			DialContext:         o.DialContext,
			TLSClientConfig:     &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2:   true,
			TLSHandshakeTimeout: c.timeout,
			IdleConnTimeout:     10 * time.Second,
		}
		transport = c.owned
	}
	c.client = &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

func (c *carrier) close() {
	if c.owned != nil {
		c.owned.CloseIdleConnections()
	}
}

// MapHost makes deliveries to a public host, with its port if it has one, go to
// a local origin such as "http://127.0.0.1:8787"; the Host header stays the
// public one. An origin that is no URL, or empty, removes the mapping.
func (s *Server) MapHost(host, origin string) {
	s.carrier.mu.Lock()
	defer s.carrier.mu.Unlock()
	if u, err := url.Parse(origin); err == nil && u.Host != "" {
		s.carrier.origins[strings.ToLower(host)] = u
		return
	}
	delete(s.carrier.origins, strings.ToLower(host))
}

// target returns where a delivery for a webhook's URL goes; deliverable is
// false for this computer and private networks, which the service refuses at
// delivery.
func (c *carrier) target(raw string) (to *url.URL, host string, deliverable bool) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, "", false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if origin := c.origins[strings.ToLower(u.Host)]; origin != nil {
		local := *u
		local.Scheme, local.Host = origin.Scheme, origin.Host
		return &local, u.Host, true
	}
	if strings.EqualFold(u.Hostname(), "localhost") {
		return nil, "", false
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil &&
		(addr.IsLoopback() || addr.IsPrivate() || addr.IsLinkLocalUnicast() || addr.IsUnspecified()) {
		return nil, "", false
	}
	return u, u.Host, true
}

// parcel is one event made ready for one webhook.
type parcel struct {
	delivery Delivery
	url      string
	secret   string
	body     []byte
	signedAt time.Time
	change   func(http.Header) // applied last; may be nil
}

// carry sends the parcel once and notes the outcome.
func (s *Server) carry(ctx context.Context, p parcel) Delivery {
	d := p.delivery
	d.At = s.now()
	status, err := s.carrier.post(ctx, p)
	d.Status = status
	if err != nil {
		d.Err = err.Error()
	}
	s.journal.delivered(d)
	return d
}

// post sends one signed request and returns the answer's status.
func (c *carrier) post(ctx context.Context, p parcel) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	to, host, deliverable := c.target(p.url)
	if !deliverable {
		// A refusal for good, as if the receiver had said so.
		return http.StatusForbidden, &net.AddrError{Err: "not a public address", Addr: p.url}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(p.body))
	if err != nil {
		return 0, err
	}
	timestamp := strconv.FormatInt(p.signedAt.Unix(), 10)
	req.Host = host
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Vast-Event-Id", p.delivery.EventID)
	req.Header.Set("X-Vast-Delivery-Attempt", strconv.Itoa(p.delivery.Attempt))
	req.Header.Set("X-Vast-Timestamp", timestamp)
	req.Header.Set("X-Vast-Signature-256", Sign(p.secret, timestamp, p.body))
	if p.change != nil {
		p.change(req.Header)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return 0, err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxRequest))
	_ = resp.Body.Close()
	return resp.StatusCode, nil
}

// testWebhook delivers one test event and answers with its outcome. It never
// retries.
// Source: https://docs.vast.ai/api-reference/notifications/test-notification-webhook .
func (s *Server) testWebhook(c call) reply {
	s.state.mu.Lock()
	h := s.state.owned(c.user, c.id)
	if h == nil {
		s.state.mu.Unlock()
		return s.gone()
	}
	target, secret := h.url, h.secret
	s.state.mu.Unlock()

	ctx, cancel := s.joined(c.ctx)
	defer cancel()
	e := Emission{
		Type: testType, Subject: "Vast.ai webhook test", EventID: randomHex(16),
		Message: "This is a test delivery, sent from the webhook settings of your account.",
	}
	d := s.carry(ctx, parcel{
		delivery: Delivery{
			Account: c.user, Webhook: c.id, EventID: e.EventID, Type: testType, Attempt: 1,
			subject: e.Subject, message: e.Message,
		},
		url: target, secret: secret, body: e.payload(c.user, s.now()), signedAt: s.now(),
	})
	switch d.Outcome() {
	case Refused:
		return s.refuse(http.StatusBadRequest, "not_deliverable", "Webhook URL is not deliverable")
	case Retry:
		return s.refuse(http.StatusBadGateway, "delivery_failed", "Webhook delivery failed")
	}
	if s.faults.answersAsPublished() {
		return ok(map[string]any{"msg": "Test webhook delivered"})
	}
	return ok(map[string]any{"webhook_id": c.id, "event_id": e.EventID})
}

func (f *faults) answersAsPublished() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.docsTest
}
