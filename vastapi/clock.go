package vastapi

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// maxMeasured is how long a call may have taken to still measure the clock by.
const maxMeasured = 10 * time.Second

// clock compares this computer's clock with the Date header of answers.
type clock struct {
	mu     sync.Mutex
	offset time.Duration
	at     time.Time // of the answer that offset is from; zero: there was none
}

// observe takes the answer to a call that ran from start for took. Date is cut
// to whole seconds, so half a second is added to it; the result is good to
// about half a second and half of the call. It reports whether the answer said
// what time it is.
func (c *clock) observe(header http.Header, start time.Time, took time.Duration) bool {
	date, err := http.ParseTime(header.Get("Date"))
	// An answer out of a cache carries the time at which it was stored.
	if err != nil || took > maxMeasured || header.Get("Age") != "" {
		return false
	}
	// Round strips the monotonic reading: the wall clock is what is measured.
	middle := start.Round(0).Add(took / 2)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset, c.at = middle.Sub(date.Add(500*time.Millisecond)), start.Add(took)
	return true
}

// ClockOffset returns by how much this computer's clock is ahead of Vast.ai's,
// by the Date header of the newest answer that allowed a measurement, and when
// that answer came; at is zero until there was one. Only answers over TLS, or from
// this computer, count, and the base URL guarantees one of the two.
func (c *Client) ClockOffset() (offset time.Duration, at time.Time) {
	c.clock.mu.Lock()
	defer c.clock.mu.Unlock()
	return c.clock.offset, c.clock.at
}

// MeasureClock asks for the time, with a HEAD that carries no key and so counts
// against no limit of the account, and returns what ClockOffset does.
func (c *Client) MeasureClock(ctx context.Context) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, c.base+"/api/v0/users/current/", http.NoBody)
	if err != nil {
		return 0, errors.New("ask for the time: the request cannot be built")
	}
	req.Header.Set("User-Agent", c.userAgent)
	start := time.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, unreachable(ctx, operation{name: "measure clock"}, err, false)
	}
	_ = resp.Body.Close()
	if !c.clock.observe(resp.Header, start, time.Since(start)) {
		return 0, errors.New("ask for the time: the answer does not say it")
	}
	offset, _ := c.ClockOffset()
	return offset, nil
}
