package tunnelmole

import (
	"errors"
	"fmt"
	"strings"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// The stable values of tunnel.PermanentError.Reason.
const (
	ReasonKeyMissing     = "key_missing"      // the service wants an API key, and there is none
	ReasonKeyRefused     = "key_refused"      // the service does not accept the API key
	ReasonNameInvalid    = "name_invalid"     // the subdomain in the settings is not usable
	ReasonNameReserved   = "name_reserved"    // the subdomain belongs to somebody else
	ReasonNameNotGranted = "name_not_granted" // the service gave out another name than the one asked for
	ReasonTooManyNames   = "too_many_names"   // the account has as many subdomains as it may have
	ReasonServerInvalid  = "server_invalid"   // the server in the environment is not host:port
)

// failure is why there is no link. Its texts are redacted.
type failure struct {
	kind   tunnel.FailureKind
	reason string // for permanent
	answer string // the type of the message that refused the link; empty when the service sent none
	said   string // what the service wrote for people; empty mostly
	proxy  string // what the proxy did instead of connecting us; empty mostly
	err    error
}

// refused is an answer of the service.
func refused(kind tunnel.FailureKind, reason, answer, what string) failure {
	return failure{kind: kind, reason: reason, answer: answer, err: errors.New(what)}
}

// broken is a failure of the connection.
func broken(doing string, err error) failure {
	f := failure{kind: tunnel.Transient, err: fmt.Errorf("%s: %w", doing, err)}
	var proxy interface{ ProxyFailure() string }
	if errors.As(err, &proxy) {
		f.proxy = proxy.ProxyFailure()
	}
	return f
}

// forRetry is the failure as it decides about the next attempt.
func (f failure) forRetry() tunnel.Failure {
	t := tunnel.Failure{Kind: f.kind, Err: f.err, Code: f.answer, Refusal: f.refusal()}
	if f.kind == tunnel.Permanent {
		t.Permanent = f.permanentError()
	}
	return t
}

// permanentError turns a permanent failure into the error that Run returns.
func (f failure) permanentError() *tunnel.PermanentError {
	e := permanentWords(f.reason)
	e.Reason, e.Code, e.Err = f.reason, f.answer, f.err
	if f.said != "" {
		e.Cause += " " + vendorWords(f.said)
	}
	return &e
}

// vendorWords quotes the service, as a sentence.
func vendorWords(said string) string {
	return "Tunnelmole says: " + strings.TrimSuffix(said, ".") + "."
}

// refusal is the answer of the service or of a proxy; without words for one that
// passes by itself.
func (f failure) refusal() tunnel.Refusal {
	r := tunnel.Refusal{Answer: f.answer}
	switch {
	case f.answer == "" && f.proxy != "":
		return tunnel.RefusedByProxy("Tunnelmole", f.proxy)
	case f.answer == "" || f.kind == tunnel.Busy:
		return r
	}
	r.Headline, r.Next = "Tunnelmole refuses the connection.", "It is tried again each minute; what Tunnelmole says may tell what helps."
	r.Cause = "It answers " + f.answer + "."
	if f.said != "" {
		r.Cause = vendorWords(f.said)
	}
	return r
}

// permanentWords are the sentences for a permanent reason.
func permanentWords(reason string) tunnel.PermanentError {
	const settings = "Open Settings and enter another subdomain, or leave the field empty to get a random name."
	switch reason {
	case ReasonKeyMissing:
		return tunnel.PermanentError{
			Mend: tunnel.MendToken, Credential: credentialKind,
			Headline: "Tunnelmole wants an API key.",
			Cause:    "It gives out no such address without one.",
			Next:     "Copy your API key from dashboard.tunnelmole.com and paste it.",
		}
	case ReasonKeyRefused:
		return tunnel.PermanentError{
			Mend: tunnel.MendToken, Credential: credentialKind,
			Headline: "Tunnelmole refused the API key.",
			Cause:    "It is mistyped, or its subscription has ended.",
			Next:     "Copy your API key from dashboard.tunnelmole.com and paste it.",
		}
	case ReasonNameReserved:
		return tunnel.PermanentError{
			Mend:     tunnel.MendSettings,
			Headline: "The subdomain belongs to somebody else.",
			Cause:    "Another account of Tunnelmole has reserved it.",
			Next:     settings,
		}
	case ReasonNameNotGranted:
		return tunnel.PermanentError{
			Mend:     tunnel.MendSettings,
			Headline: "Tunnelmole does not give out the subdomain.",
			Cause:    "It offers a random name in its place, which nobody asked for.",
			Next:     settings,
		}
	case ReasonTooManyNames:
		return tunnel.PermanentError{
			Mend:     tunnel.MendOutside,
			Headline: "Your Tunnelmole account has too many subdomains.",
			Cause:    "Tunnelmole limits how many an account may reserve.",
			Next:     "Give one back at dashboard.tunnelmole.com, or enter one in Settings that you have already.",
		}
	case ReasonServerInvalid:
		return tunnel.PermanentError{
			Mend:     tunnel.MendSettings,
			Headline: "The Tunnelmole server in the environment is not usable.",
			Cause:    "It must be a host and a port, such as service.example.com:8083.",
			Next:     "Correct or remove " + serverVariable + ".",
		}
	default:
		return tunnel.PermanentError{
			Mend:     tunnel.MendSettings,
			Headline: "The subdomain in the settings is not usable.",
			Cause:    "It must be one word of letters, digits and hyphens.",
			Next:     settings,
		}
	}
}

// permanentFor returns the error for reason, with err as the technical cause.
func permanentFor(reason string, err error) *tunnel.PermanentError {
	return failure{kind: tunnel.Permanent, reason: reason, err: err}.permanentError()
}

// longestText bounds what is quoted of the service, in bytes.
const longestText = 300

// tidy is a text of the service in one line, without the key and cut to a
// sensible length.
func (c *config) tidy(text string) string {
	text = tunnel.Clip(relay.CleanLine(c.red.Redact(text)), longestText)
	if key := c.options.Key.Reveal(); key != "" && strings.Contains(text, key) {
		return "" // too short to be cut out
	}
	return text
}
