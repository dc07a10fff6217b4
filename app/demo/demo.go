// Package demo runs Vast Relay against stand-ins on this computer: a Vast.ai
// that sends events by itself and a Google Chat space that keeps what it is
// sent. It is the only part of the shipped program that knows the stand-ins.
//
// # Concurrency
//
// A Demo may be used from any goroutine. Run blocks; Close waits for what is
// under way.
//
// # Ownership
//
// The demo owns both stand-ins and their ports, all on loopback. Its
// credentials are made up at each start and are valid nowhere else.
package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode"

	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

const (
	// publicHost is the name under which the demo's Vast.ai knows the relay. It is
	// known in this process alone, as that of the relay's own port.
	publicHost = "demo.vastrelay.example"
	space      = "DEMOSPACE"

	firstEvent = 3 * time.Second  // from the start to the first event, and to the few after it
	nextEvent  = 20 * time.Second // from one event to the next, once there is something to see
	firstFew   = 4
)

// Demo is a Vast.ai and a Google Chat space of the program's own.
type Demo struct {
	vast   *vasttest.Server
	chat   *chattest.Server
	origin string // the relay's local port, http
	env    map[string]string

	mu   sync.Mutex
	next int // index of the next event of the script
}

// Start opens the stand-ins. The caller closes the Demo.
func Start(ctx context.Context) (*Demo, error) {
	listen, err := freePort(ctx)
	if err != nil {
		return nil, fmt.Errorf("find a port for the demo: %w", err)
	}
	vast, err := vasttest.Open(vasttest.Options{})
	if err != nil {
		return nil, fmt.Errorf("start the demo's Vast.ai: %w", err)
	}
	d := &Demo{vast: vast, chat: chattest.New(chattest.Options{Pace: true}), origin: "http://" + listen}
	key := strings.ToLower(rand.Text())
	vast.AddAccount(key)
	vast.MapHost(publicHost, d.origin)
	d.env = map[string]string{
		"VAST_API_KEY": key, "VAST_URL": vast.URL(), "GOOGLE_CHAT_URL": d.chat.SpaceURL(space), "VASTRELAY_CHAT_HOSTS": d.chat.Host(),
		"VASTRELAY_TUNNEL": "url", "VASTRELAY_PUBLIC_URL": "https://" + publicHost, "VASTRELAY_LISTEN": listen,
	}
	return d, nil
}

// freePort returns a loopback host:port that was free a moment ago.
func freePort(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String(), nil
}

// Getenv is the environment that the program runs under in the demo.
func (d *Demo) Getenv(name string) string { return d.env[name] }

// Transport leads requests for the demo's public name to the relay's port, as
// a tunnel would.
func (d *Demo) Transport() http.RoundTripper { return tunnel{d.origin} }

// tunnel is the demo's way from the public name to the relay.
type tunnel struct{ origin string }

// RoundTrip implements http.RoundTripper.
func (t tunnel) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(t.origin, "http://")
	return http.DefaultTransport.RoundTrip(r)
}

// message shows a stored message as its space would: a card by its title and the
// text below. The fallback text of a digest begins with the title of its card, that
// of a single event with the title of the event.
func message(m chattest.StoredMessage) status.DemoMessage {
	if m.CardTitle == "" {
		return status.DemoMessage{At: m.At, Text: plain(m.Text)}
	}
	if !strings.HasPrefix(m.FallbackText, m.CardTitle) {
		title, text, _ := strings.Cut(m.FallbackText, "\n")
		return status.DemoMessage{At: m.At, Title: plain(title), Text: plain(text)}
	}
	text := strings.TrimLeft(strings.TrimPrefix(m.FallbackText, m.CardTitle), ": ") // of a digest, a list follows
	return status.DemoMessage{At: m.At, Title: plain(m.CardTitle), Text: plain(text)}
}

// plain leaves out the pictographs, for which the window's font has no shape.
func plain(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.So, r) || unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, text))
}

// Messages returns what stands in the space, oldest first.
func (d *Demo) Messages() []status.DemoMessage {
	stored := d.chat.Messages(space)
	messages := make([]status.DemoMessage, len(stored))
	for i, m := range stored {
		messages[i] = message(m)
	}
	return messages
}

// Run sends an event now and then until ctx ends.
func (d *Demo) Run(ctx context.Context) error {
	wait := firstEvent
	for sent := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		err := d.Send(ctx)
		switch {
		case err == nil:
			sent++
		case errors.Is(err, vasttest.ErrNoTaker): // the relay is still on its way up
		case ctx.Err() == nil:
			return err
		}
		if sent >= firstFew {
			wait = nextEvent
		}
	}
}

// Send makes the demo's Vast.ai send the next event of a small script to the
// relay. It returns when the relay has answered.
func (d *Demo) Send(ctx context.Context) error {
	d.mu.Lock()
	e := script(d.next)
	d.mu.Unlock()
	if _, err := d.vast.Emit(ctx, e); err != nil {
		return fmt.Errorf("send a demo event: %w", err)
	}
	d.mu.Lock()
	d.next++
	d.mu.Unlock()
	return nil
}

// Close ends both stand-ins and waits for them.
func (d *Demo) Close() error {
	d.vast.Close()
	d.chat.Close()
	return nil
}

// script returns the demo's n-th event. Its few events come again and again, each
// time about the next instance.
func script(n int) vasttest.Emission {
	day := []struct{ kind, subject, message string }{
		{"instance_created", "Your Vast.ai Instance #%d Was Created", "Instance %d (RTX 4090, 1x, $0.34/hr) is being set up.\nhttps://cloud.vast.ai/instances/"},
		{"instance_started", "Your Vast.ai Instance #%d Is Now Running", "Instance %d is up. Open it at https://cloud.vast.ai/instances/"},
		{"outbid", "Your Interruptible Instance #%d Has Been Outbid", "Someone bid 0.42 on instance %d; your bid is 0.30. The instance is paused until you raise it.\nhttps://cloud.vast.ai/instances/"},
		{"low_credit", "Your Vast.ai Balance Is Running Low", "Your credit is below $5.00 and instance %d is still running. Add credit at https://cloud.vast.ai/billing/"},
		{"instance_offline", "Your Vast.ai Instance #%d Is Offline", "The host of instance %d stopped responding. You are not charged for GPU time while it is offline."},
		{"instance_online", "Your Vast.ai Instance #%d Is Back Online", "Instance %d is reachable again."},
		{"instance_stopped", "Your Vast.ai Instance #%d Was Stopped", "Instance %d was stopped. Its storage still costs $0.02/hr."},
	}
	e := day[n%len(day)]
	instance := 48926820 + 560*(n/len(day))
	subject := e.subject
	if e.kind != "low_credit" {
		subject = fmt.Sprintf(e.subject, instance)
	}
	return vasttest.Emission{Type: "client:" + e.kind, Subject: subject, Message: fmt.Sprintf(e.message, instance)}
}
