package googlechat

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"vastrelay/relay"
)

// ClockOffset returns by how much this computer's clock is ahead of Google
// Chat's: of the host that a URL in use names, so that overrides are heeded. It
// sends a HEAD to that host's root, without any part of a URL that is secret. It
// fails while there is no URL.
func (s *Sender) ClockOffset(ctx context.Context) (time.Duration, error) {
	target := s.origin()
	if target == "" {
		return 0, errors.New("ask google chat for the time: there is no webhook url")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, target, http.NoBody)
	if err != nil {
		return 0, errors.New("ask google chat for the time: the request cannot be built")
	}
	req.Header.Set("User-Agent", s.agent)
	began := time.Now()
	resp, err := s.client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		return 0, errors.New("ask google chat for the time: there is no answer")
	}
	_ = resp.Body.Close()
	return relay.OffsetByDate(resp.Header, began)
}

// origin is the root of the host that the URLs in use lead to; empty while there
// is none.
func (s *Sender) origin() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, u := range s.urls {
		if parsed, err := url.Parse(u.reveal()); err == nil {
			return (&url.URL{Scheme: parsed.Scheme, Host: parsed.Host, Path: "/"}).String()
		}
	}
	return ""
}
