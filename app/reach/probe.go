// Package reach proves that the public address leads to this program, and
// notices when the computer has slept or joined another network, after which that
// is in doubt.
//
// # Concurrency
//
// A Prober may be used from any goroutine; each probe is a single request with
// its own deadline and starts nothing that outlives it. WatchTime and WatchNetwork
// block until their context ends, and what they start ends with them.
//
// # Ownership
//
// The package holds no credentials. The nonce that it asks for is made anew
// for each run and means nothing outside it.
package reach

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ErrCannotCheck means that this computer cannot tell: its own name look-up,
// connection or TLS failed, which says nothing about the rest of the world.
var ErrCannotCheck = errors.New("the address cannot be checked from here")

// probeDeadline bounds one probe. Vast.ai itself gives a delivery 10 s.
const probeDeadline = 10 * time.Second

// answerLimit is how much of an answer is read; a nonce is far shorter.
const answerLimit = 4 << 10

// ProberOptions set up a Prober. The zero value of every field but Nonce is a
// usable default.
type ProberOptions struct {
	Nonce     string            // what the receiver answers at /probe/<nonce>
	Connect   string            // host:port to dial instead of resolving the public name
	CAs       *x509.CertPool    // trusted beside the system's roots: the whole pool to use; nil: the system's
	Transport http.RoundTripper // carries the probe instead of Connect, CAs and Dial; nil: none

	// Dial connects, through a proxy where one is to be used; nil: directly.
	Dial      func(ctx context.Context, network, address string) (net.Conn, error)
	UserAgent string // must not look like a browser's, or ngrok shows its warning page
}

// Prober asks for the program's own public address.
type Prober struct {
	o      ProberOptions
	client *http.Client
}

// Nonce returns a fresh random value for one run: 26 letters and digits.
func Nonce() string { return rand.Text() }

// NewProber returns a Prober. It keeps no connection open between probes.
func NewProber(o ProberOptions) *Prober {
	return &Prober{o: o, client: &http.Client{
		Transport: transport(o),
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // Vast.ai does not follow redirects either
		},
	}}
}

func transport(o ProberOptions) http.RoundTripper {
	if o.Transport != nil {
		return o.Transport
	}
	dial := o.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: probeDeadline}).DialContext
	}
	return &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.CAs},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if o.Connect != "" {
				address = o.Connect
			}
			return dial(ctx, network, address)
		},
	}
}

// Probe asks origin, such as https://name.ngrok-free.app, for this run's
// nonce. It returns nil when the answer is ours, an error that wraps
// ErrCannotCheck when no answer could be had from here, ctx's error when that
// ended first, and any other error when somebody else answered.
func (p *Prober) Probe(ctx context.Context, origin string) error {
	probeCtx, cancel := context.WithTimeout(ctx, probeDeadline)
	defer cancel()
	target := strings.TrimSuffix(origin, "/") + "/probe/" + p.o.Nonce
	req, err := http.NewRequestWithContext(probeCtx, http.MethodGet, target, http.NoBody)
	if err != nil {
		return errors.New("the public address is not a URL")
	}
	if p.o.UserAgent != "" {
		req.Header.Set("User-Agent", p.o.UserAgent)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err // without the URL, which holds the nonce
		}
		return fmt.Errorf("%w: %w", ErrCannotCheck, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	switch code := resp.Header.Get("Ngrok-Error-Code"); {
	case code != "":
		return fmt.Errorf("the tunnel answered for itself: %s", cleanCode(code))
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("the address answered with status %d", resp.StatusCode)
	case err != nil:
		return fmt.Errorf("%w: reading the answer: %w", ErrCannotCheck, err)
	case strings.TrimSpace(string(body)) != p.o.Nonce:
		return errors.New("another program answered at the address")
	default:
		return nil
	}
}

// cleanCode keeps a vendor's code to the characters that codes have.
func cleanCode(code string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || ('0' <= r && r <= '9') || ('A' <= r && r <= 'Z') {
			return r
		}
		return -1
	}, code[:min(len(code), 40)])
}
