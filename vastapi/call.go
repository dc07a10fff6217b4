package vastapi

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// maxAnswer is how much of an answer is read, of an operation that does not say
	// otherwise.
	maxAnswer = 64 << 10
	// maxTries is how often a call is tried that may be repeated.
	maxTries = 4
	// tryDeadline is how long one try may take.
	tryDeadline = 15 * time.Second
	// testDeadline is longer: the answer waits for our own receiver, which
	// Vast.ai allows ten seconds.
	testDeadline = 30 * time.Second
	// minHold is the shortest wait after a 429.
	minHold = 2 * time.Second
	// maxHold is the longest wait between two tries; when the server asks for more,
	// the caller gets the error and the time.
	maxHold = 30 * time.Second
)

// operation is one kind of call.
type operation struct {
	name     string // what is attempted, for errors and logs
	method   string
	route    string // path below /api/v0 with {id} for ids: the unit of pacing
	repeats  bool   // a try that may have been carried out may be followed by another
	delivers bool   // the answer waits for a delivery to our own receiver
	longest  int    // how many bytes of the answer are read; 0 means maxAnswer
}

// call runs op until it succeeds, fails for good, or has used its tries, and
// returns the body of the success. id fills {id}; body is sent as JSON unless
// nil.
func (c *Client) call(ctx context.Context, op operation, id int64, body any) ([]byte, error) {
	var payload []byte
	if body != nil {
		var err error
		if payload, err = json.Marshal(body); err != nil {
			return nil, &Error{Class: Invalid, Op: op.name, Message: "the request cannot be written as JSON", cause: err}
		}
	}
	var last *Error
	for try := 1; ; try++ {
		if err := c.pacer.begin(ctx, op.route); err != nil {
			return nil, c.endedBeforeTry(op, err, last)
		}
		answer, failure := c.try(ctx, op, id, payload, try)
		if failure == nil {
			return answer, nil
		}
		// Whether an earlier try was carried out stays unclear.
		failure.Unclear = failure.Unclear || (last != nil && last.Unclear)
		last = failure
		wait, again := c.retryDelay(op, failure, try)
		// Also when this call gives up: the next one would get the same answer.
		c.pacer.hold(op.route, min(wait, maxHold))
		if !again || ctx.Err() != nil {
			return nil, failure
		}
	}
}

// fetch calls op and returns what decode makes of the body of its success.
func fetch[T any](ctx context.Context, c *Client, op operation, id int64, body any, decode func([]byte) (T, error)) (T, error) {
	var none T
	answer, err := c.call(ctx, op, id, body)
	if err != nil {
		return none, err
	}
	value, err := decode(answer)
	if err != nil {
		return none, misread(op, err)
	}
	return value, nil
}

// retryDelay decides whether a failure is worth another try, and after how long.
func (c *Client) retryDelay(op operation, e *Error, try int) (time.Duration, bool) {
	if e.Class == RateLimited {
		c.pacer.learn(op.route, e.RetryAfter)
		wait := max(e.RetryAfter, minHold) + jitter(200*time.Millisecond, 600*time.Millisecond)
		return wait, try < maxTries && wait <= maxHold
	}
	if !op.repeats || try >= maxTries || e.RetryAfter > maxHold {
		return 0, false
	}
	switch {
	case e.Class == Unreachable:
	case e.Status == http.StatusBadGateway, e.Status == http.StatusServiceUnavailable, e.Status == http.StatusGatewayTimeout:
	default:
		return 0, false
	}
	backoff := time.Second<<(try-1) + jitter(0, 500*time.Millisecond)
	return max(backoff, e.RetryAfter), true
}

// jitter picks a duration between least and most, so that two programs that
// failed at the same time do not retry at the same time.
func jitter(least, most time.Duration) time.Duration {
	return least + rand.N(most-least) //nolint:gosec // Jitter needs no secrecy.
}

// try makes one attempt of the call. It holds the pacer's turn, which begin
// gave it, and returns it.
func (c *Client) try(ctx context.Context, op operation, id int64, payload []byte, number int) ([]byte, *Error) {
	deadline := tryDeadline
	if op.delivers {
		// Other calls do not wait for a delivery, which can take half a minute: the
		// program may need them to answer it.
		c.pacer.yield()
		deadline = testDeadline
	}
	defer c.pacer.end(op.route, op.delivers)
	tryCtx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()

	start := time.Now()
	answer, status, failure := c.exchange(tryCtx, op, id, payload)
	attrs := []slog.Attr{
		slog.String("op", op.name), slog.Int("attempt", number),
		slog.Int("status", status), slog.Duration("took", time.Since(start)),
	}
	if failure != nil {
		attrs = append(attrs, slog.String("class", string(failure.Class)))
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "vast.ai call", attrs...)
	return answer, failure
}

// exchange sends the request and reads the answer.
func (c *Client) exchange(ctx context.Context, op operation, id int64, payload []byte) ([]byte, int, *Error) {
	req, err := c.request(ctx, op, id, payload)
	if err != nil {
		return nil, 0, &Error{Class: Invalid, Op: op.name, Message: "the request cannot be built"}
	}
	start := time.Now()
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, 0, unreachable(ctx, op, err, sent(err))
	}
	defer func() { _ = resp.Body.Close() }()
	c.clock.observe(resp.Header, start, time.Since(start))
	limit := cmp.Or(op.longest, maxAnswer)
	body, err := io.ReadAll(io.LimitReader(resp.Body, int64(limit)+1))
	switch {
	case err != nil:
		e := unreachable(ctx, op, err, true)
		e.Status = resp.StatusCode
		return nil, resp.StatusCode, e
	case len(body) > limit:
		e := &Error{
			Class: Unexpected, Status: resp.StatusCode, Op: op.name, Unclear: true,
			Message: fmt.Sprintf("the answer is longer than %d KiB", limit>>10),
		}
		if readComplaint(body).HTML {
			e.Class = Intercepted
		}
		return nil, resp.StatusCode, e
	case resp.StatusCode < 200 || resp.StatusCode > 299 || refused(body):
		return nil, resp.StatusCode, failedAnswer(op, resp.StatusCode, resp.Header, body, c.key)
	}
	return body, resp.StatusCode, nil
}

// request builds the request for one try.
func (c *Client) request(ctx context.Context, op operation, id int64, payload []byte) (*http.Request, error) {
	var body io.Reader
	if payload != nil {
		body = bytes.NewReader(payload)
	}
	path := "/api/v0" + strings.Replace(op.route, "{id}", strconv.FormatInt(id, 10), 1)
	req, err := http.NewRequestWithContext(ctx, op.method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.key.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// refused reports whether a success status carries "success": false.
func refused(body []byte) bool {
	var answer struct {
		Success *bool `json:"success"`
	}
	return json.Unmarshal(body, &answer) == nil && answer.Success != nil && !*answer.Success
}

// endedBeforeTry is the failure of a call whose context ended before the next try.
func (c *Client) endedBeforeTry(op operation, cause error, last *Error) *Error {
	if last != nil {
		return last
	}
	e := &Error{Class: GivenUp, Op: op.name, Message: "given up before it was sent", cause: cause}
	if errors.Is(cause, context.DeadlineExceeded) {
		e.Class, e.Message = Unreachable, "not sent in time"
	}
	return e
}

// unreachable turns a network failure into an Error, without the URL that
// net/http puts into its own.
func unreachable(ctx context.Context, op operation, err error, unclear bool) *Error {
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	e := &Error{Class: Unreachable, Op: op.name, Message: networkWords(err), Unclear: unclear, cause: err}
	if errors.Is(ctx.Err(), context.Canceled) {
		e.Class, e.Message, e.cause = GivenUp, "given up", context.Cause(ctx)
	}
	return e
}

// networkWords says in a few words why there was no answer.
func networkWords(err error) string {
	var (
		name    *net.DNSError
		cert    *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		timeout net.Error
		opErr   *net.OpError
		proxy   interface{ ProxyFailure() string }
	)
	switch {
	case errors.As(err, &proxy):
		return proxy.ProxyFailure()
	case errors.As(err, &name):
		return "the host name could not be resolved"
	case errors.As(err, &cert):
		return "the server's certificate is not trusted"
	case errors.As(err, &record):
		return "the server does not speak TLS"
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.As(err, &opErr) && opErr.Op == "dial":
		return "no connection"
	case errors.As(err, &opErr) && opErr.Op == "proxyconnect":
		return "the proxy gave no connection"
	default:
		return "the connection broke before the answer was complete"
	}
}

// sent reports whether the request may have reached the server: everything but
// a failure to find it, to connect to it or to trust it.
func sent(err error) bool {
	var (
		name   *net.DNSError
		cert   *tls.CertificateVerificationError
		record tls.RecordHeaderError
		opErr  *net.OpError
		proxy  interface{ ProxyFailure() string }
	)
	if errors.As(err, &proxy) || errors.As(err, &name) || errors.As(err, &cert) || errors.As(err, &record) {
		return false
	}
	return !errors.As(err, &opErr) || (opErr.Op != "dial" && opErr.Op != "proxyconnect")
}
