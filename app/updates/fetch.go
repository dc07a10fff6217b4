package updates

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"vastrelay/app/status"
)

const (
	// maxFeed bounds the document of a feed in bytes.
	maxFeed = 64 << 10
	// fetchWithin bounds one request, redirects included.
	fetchWithin = 15 * time.Second
	// maxRedirects is how many redirects are followed.
	maxRedirects = 3
)

// userAgent is told to the host. It is the same for every copy of every version, so that
// it identifies nobody.
const userAgent = "vastrelay"

// parseFeedURL checks the address of a feed.
func parseFeedURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("the address of the release feed is not a plain https address")
	}
	return u, nil
}

// client sends nothing but the request itself: no cookies, no address where it comes
// from, nothing of earlier answers.
func (c *Checker) client() *http.Client {
	return &http.Client{
		Timeout: fetchWithin,
		Transport: &http.Transport{
			DialContext:        c.o.Dial,
			TLSClientConfig:    &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.o.Roots},
			DisableKeepAlives:  true,
			DisableCompression: true, // so that the limit is that of what is read
		},
		CheckRedirect: func(next *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects || next.URL.Scheme != "https" || next.URL.Host != c.feed.Host || next.URL.RawQuery != "" {
				return errRedirect
			}
			next.Header.Del("Referer")
			return nil
		},
	}
}

var errRedirect = errors.New("it leads somewhere else")

// Failure says why the host could not tell what the newest version is.
type Failure struct {
	Kind status.UpdateFailure
	Err  error // the technical cause; nil: there is none
}

// Error names the kind and the cause.
func (f *Failure) Error() string { return fmt.Sprintf("%s: %v", f.Kind, f.Err) }

// Unwrap returns the technical cause.
func (f *Failure) Unwrap() error { return f.Err }

// fetch asks the feed once. Errors are a *Failure, or that of ctx.
func (c *Checker) fetch(ctx context.Context) (status.Release, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.feed.String(), http.NoBody)
	if err != nil {
		return status.Release{}, fmt.Errorf("ask for the newest version: %w", err)
	}
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set("Accept", "application/json")
	answer, err := c.client().Do(request)
	if err != nil {
		return status.Release{}, explain(ctx, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return status.Release{}, &Failure{status.UpdateRefused, errors.New(answer.Status)}
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxFeed+1))
	switch {
	case err != nil:
		return status.Release{}, explain(ctx, err)
	case len(data) > maxFeed:
		return status.Release{}, &Failure{status.UpdateUnreadable, errors.New("it is too large")}
	}
	return parseFeed(data, c.hosts)
}

// explain says why there was no answer.
func explain(ctx context.Context, err error) error {
	var network net.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errRedirect):
		return &Failure{status.UpdateRefused, err}
	case errors.As(err, &network) && network.Timeout():
		return &Failure{status.UpdateLate, err}
	default:
		return &Failure{status.UpdateUnreachable, err}
	}
}
