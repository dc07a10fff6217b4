package vastapi

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Class says what kind of failure a call met, so that callers can branch
// without reading texts.
type Class string

// The classes of failures.
const (
	BadKey            Class = "bad_key"            // the key is unknown, deleted, expired or was not sent
	MissingPermission Class = "missing_permission" // the key is good but lacks the scope for this call
	WebhookGone       Class = "webhook_gone"       // 404 that names the webhook: the one proof of deletion
	LimitReached      Class = "limit_reached"      // the account has as many webhooks as it may have
	URLTaken          Class = "url_taken"          // a webhook with that URL exists already
	Invalid           Class = "invalid"            // the request was refused, here or there, for what it says
	RateLimited       Class = "rate_limited"       // 429, also after the tries that the call is worth
	Unavailable       Class = "unavailable"        // 5xx, or a gateway in front of the API
	Unreachable       Class = "unreachable"        // no answer: network, name, TLS, deadline
	NotDeliverable    Class = "not_deliverable"    // test: the webhook's URL refused the delivery for good
	DeliveryFailed    Class = "delivery_failed"    // test: the webhook's URL could not be reached, or asked to retry
	GivenUp           Class = "given_up"           // the caller's context was cancelled
	Intercepted       Class = "intercepted"        // something in front of the API answered: a proxy, a firewall, a login page
	Unexpected        Class = "unexpected"         // an answer that fits nothing documented
)

// Error is the failure of one call. It never holds the key, a webhook secret
// or the URL that was called.
type Error struct {
	Class   Class
	Status  int    // HTTP status; 0 when there was no answer
	Message string // the server's text, else ours: redacted, one line, at most 300 characters
	Op      string // what was being attempted, "create webhook"

	// RetryAfter is how long to wait before the next try; 0 when nothing said so.
	RetryAfter time.Duration

	// Unclear is set when the call may have been carried out although it
	// failed: it was sent, and no answer said otherwise.
	Unclear bool

	cause error
}

// Error reads "create webhook: 400: This webhook URL is already registered".
func (e *Error) Error() string {
	parts := make([]string, 0, 3)
	if e.Op != "" {
		parts = append(parts, e.Op)
	}
	if e.Status != 0 {
		parts = append(parts, strconv.Itoa(e.Status))
	}
	switch {
	case e.Message != "":
		parts = append(parts, e.Message)
	case e.Status != 0:
		parts = append(parts, http.StatusText(e.Status))
	default:
		parts = append(parts, string(e.Class))
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the network or context error behind the failure, without the
// URL; nil when the server answered.
func (e *Error) Unwrap() error { return e.cause }

// ClassOf returns the class of err, or "" when err holds no Error.
func ClassOf(err error) Class {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Class
	}
	return ""
}

// Unclear reports whether err leaves open that the call was carried out.
func Unclear(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Unclear
}

// invalid is a refusal before anything was sent.
func invalid(op, message string) *Error {
	return &Error{Class: Invalid, Message: message, Op: op}
}
