package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
)

// Error says why the proxy gives no connection. Its text names the proxy,
// without credentials, and what it answered.
type Error struct {
	Proxy string // host:port
	Cause string // what it did: "answered 407 Proxy Authentication Required"
	Err   error  // the technical cause, which holds no credentials
}

// Error reads "the proxy proxy.example.net:3128 answered 403 Forbidden".
func (e *Error) Error() string { return e.ProxyFailure() }

// Unwrap returns the technical cause.
func (e *Error) Unwrap() error { return e.Err }

// Timeout reports whether the proxy took too long.
func (e *Error) Timeout() bool {
	var network net.Error
	return errors.Is(e.Err, context.DeadlineExceeded) || errors.As(e.Err, &network) && network.Timeout()
}

// ProxyFailure is the failure in words that may be shown. Packages that do not
// import this one find it by this method.
func (e *Error) ProxyFailure() string { return "the proxy " + e.Proxy + " " + e.Cause }

// failure turns an error of the proxy into an Error.
func (r *route) failure(ctx context.Context, err error) *Error {
	var (
		status statusError
		name   *net.DNSError
		cert   *tls.CertificateVerificationError
		record tls.RecordHeaderError
		op     *net.OpError
	)
	e := &Error{Proxy: r.proxy.Host, Err: err}
	switch {
	case errors.As(err, &status):
		e.Cause = "answered " + status.Error()
	case errors.Is(err, errNotHTTP):
		e.Cause = "gave an answer that is not HTTP"
	case errors.As(err, &name):
		e.Cause = "cannot be found: its name could not be looked up"
	case errors.As(err, &cert):
		e.Cause = "is not trusted: its certificate is not valid here"
	case errors.As(err, &record):
		e.Cause = "does not speak TLS"
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		e.Cause = "was not waited for"
	case e.Timeout(), ctx.Err() != nil:
		e.Cause = "did not answer in time"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		e.Cause = "closed the connection without an answer"
	case errors.As(err, &op) && op.Op != "dial" && !isDial(op.Err): // of the SOCKS client
		e.Cause = "gave no connection: " + clean(op.Err)
	default:
		e.Cause = "cannot be reached"
	}
	return e
}

// isDial reports whether err is from connecting to the proxy itself.
func isDial(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// clean is the text of err in ASCII, on one line of at most 120 bytes.
func clean(err error) string {
	text := strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r <= ' ' || r > '~' }), " ")
	text = strings.TrimPrefix(text, "unknown error ") // of the SOCKS client, before what the proxy said
	return text[:min(len(text), 120)]
}
