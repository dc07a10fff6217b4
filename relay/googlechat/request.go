package googlechat

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/redact"
)

const (
	// maxAnswerBytes bounds how much of an answer is looked at. It repeats the
	// message, which takes up to six times its size where each of its
	// characters is escaped.
	maxAnswerBytes = 512 << 10
	// maxDrainBytes bounds how much more is read so that the connection can
	// be used again.
	maxDrainBytes = 64 << 10
)

// errDeadline is the cause of a context that ended because the post took too
// long, as opposed to one that the caller ended.
var errDeadline = errors.New("the post deadline passed")

// outgoing is a rendered message.
type outgoing struct {
	body     []byte
	threaded bool // it names a thread
	shortest bool // it has no smaller form
}

// post sends m to u under id and classifies what came back.
func (s *Sender) post(ctx context.Context, u URL, id ids, m outgoing) relay.Result {
	began := time.Now()
	result := s.exchange(ctx, u, id, m)
	s.unclear.note(id.request, result.Outcome)
	result.Took = time.Since(began)
	return result
}

// exchange makes one request. Nothing in its result comes from the URL.
func (s *Sender) exchange(ctx context.Context, u URL, id ids, m outgoing) relay.Result {
	if ctx.Err() != nil {
		return failure(relay.Unreachable, 0, ReasonInterrupted)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, postDeadline, errDeadline)
	defer cancel()

	var seen progress
	req, err := s.request(httptrace.WithClientTrace(ctx, seen.trace()), u, id, m)
	if err != nil {
		return failure(relay.DestinationGone, 0, ReasonNoURL)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return classifyTransport(ctx, err, &seen)
	}
	defer func() { _ = resp.Body.Close() }()

	// An answer that is cut off is no message and no error of the API.
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes))
	_, _ = io.CopyN(io.Discard, resp.Body, maxDrainBytes)

	result := classify(resp, answer, sent{
		withIDs: id != ids{}, threaded: m.threaded, shortest: m.shortest, before: s.unclear.has(id.request),
	}, time.Now())
	if !result.Outcome.Delivered() {
		s.logRefusal(ctx, u, result, answer)
	}
	return result
}

// request builds the POST. The query is parsed and encoded anew, never
// concatenated: tokens usually end in an encoded "=".
func (s *Sender) request(ctx context.Context, u URL, id ids, m outgoing) (*http.Request, error) {
	target, err := url.Parse(u.reveal())
	if err != nil {
		return nil, errors.New("parse the webhook url")
	}
	query := target.Query()
	if id != (ids{}) {
		query.Set("messageId", id.message)
		query.Set("requestId", id.request)
	}
	if m.threaded {
		query.Set("messageReplyOption", threadReplies)
	}
	target.RawQuery = query.Encode()

	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(m.body))
	if err != nil {
		return nil, errors.New("build the request")
	}
	req.Header.Set("Content-Type", "application/json; charset=UTF-8")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", s.agent)
	return req, nil
}

// progress records how far a request came, as the transport tells it.
type progress struct {
	traced atomic.Bool // the transport reports its progress at all
	wrote  atomic.Bool // the headers were handed to a connection
}

// trace returns the hooks that fill p. A transport that tries a POST again on
// another connection does so only when the first certainly took nothing, so
// each connection starts afresh.
func (p *progress) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) {
			p.traced.Store(true)
			p.wrote.Store(false)
		},
		WroteHeaders: func() { p.wrote.Store(true) },
	}
}

// classifyTransport sorts a request that got no answer: unreachable when
// nothing was sent for certain, else ambiguous. err is only looked at, never
// shown, since it holds the URL.
func classifyTransport(ctx context.Context, err error, seen *progress) relay.Result {
	cause := connectFailure(err)
	stopped := ctx.Err() != nil && !errors.Is(context.Cause(ctx), errDeadline)
	timedOut := isTimeout(ctx, err)

	// A transport that reports no progress is believed only where the error
	// itself shows that there never was a connection.
	unsent := !seen.wrote.Load() && (seen.traced.Load() || cause != "")
	outcome := relay.Ambiguous
	if unsent {
		outcome = relay.Unreachable
	}
	switch {
	case stopped:
		return failure(outcome, 0, ReasonInterrupted)
	case unsent:
		return unsentFailure(err, cause, timedOut)
	case timedOut:
		return failure(outcome, 0, ReasonTimeout)
	default:
		return failure(outcome, 0, ReasonConnectionLost)
	}
}

// unsentFailure is the result of a request that certainly did not leave.
func unsentFailure(err error, cause string, timedOut bool) relay.Result {
	var proxy interface{ ProxyFailure() string }
	switch {
	case errors.As(err, &proxy):
		result := failure(relay.Unreachable, 0, ReasonProxy)
		result.Detail = "Nothing was sent: " + proxy.ProxyFailure() + "."
		return result
	case timedOut:
		return failure(relay.Unreachable, 0, ReasonConnectTimeout)
	case cause != "":
		return failure(relay.Unreachable, 0, cause)
	default:
		return failure(relay.Unreachable, 0, ReasonConnect)
	}
}

// connectFailure names the step of connecting that err shows to have failed;
// it is empty when err shows none.
func connectFailure(err error) string {
	var (
		dns          *net.DNSError
		op           *net.OpError
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		name         x509.HostnameError
		record       tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &dns):
		return ReasonNameUnknown
	case errors.As(err, &verification), errors.As(err, &authority), errors.As(err, &name),
		errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return ReasonTLS
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect"):
		return ReasonConnect
	default:
		return ""
	}
}

// isTimeout reports whether the request ran into a deadline.
func isTimeout(ctx context.Context, err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(context.Cause(ctx), errDeadline) || errors.As(err, &timeout) && timeout.Timeout()
}

// logRefusal logs what the result does not carry: Google's own words, cut and
// with the URL's secrets taken out.
func (s *Sender) logRefusal(ctx context.Context, u URL, r relay.Result, answer []byte) {
	if !s.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	words := []rune(withoutSecrets(clean(parseReply(r.Status, answer).err.Message), u))
	s.log.DebugContext(ctx, "google chat refused a message", "status", r.Status, "reason", r.Reason,
		"err", string(words[:min(len(words), 300)]))
}

// withoutSecrets returns text with every form of u's secrets masked.
func withoutSecrets(text string, u URL) string {
	known := redact.NewMarked(u.String())
	known.Add(relay.NewSecret(u.reveal()))
	return known.Redact(text)
}
