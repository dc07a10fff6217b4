package googlechat

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unique"

	"vastrelay/relay"
)

// vendorHost is the only host that webhook URLs of Google Chat have.
const vendorHost = "chat.googleapis.com"

// maxPasteBytes bounds what ParseURL looks at. Webhook URLs have about 200.
const maxPasteBytes = 4096

// ParseOptions widens what ParseURL accepts.
type ParseOptions struct {
	// ExtraHosts lists host:port values that are accepted beside
	// chat.googleapis.com; a missing port means the scheme's own. Plain http
	// is accepted only for those of them that are loopback addresses or
	// localhost.
	ExtraHosts []string
}

// URL is the webhook URL of one Google Chat space. It is a credential: however
// it is printed, formatted, logged or marshalled, only a marker comes out. The
// zero value is empty. URLs compare equal when their canonical forms do.
type URL struct {
	// value is the canonical form: key and token are its only parameters. The
	// handle hides it from fmt even where a URL is an unexported field, whose
	// methods fmt cannot call; unlike a pointer it keeps URLs comparable.
	value unique.Handle[string]
	space string
}

// newURL wraps a canonical URL.
func newURL(canonical, space string) URL { return URL{value: unique.Make(canonical), space: space} }

// reveal returns the canonical URL itself.
func (u URL) reveal() string {
	if u.Empty() {
		return ""
	}
	return u.value.Value()
}

// marker is what every way of printing a URL yields.
func (u URL) marker() relay.Secret { return relay.Secret{} }

// Space returns the id of the space that the URL posts into, without
// "spaces/". It is not secret.
func (u URL) Space() string { return u.space }

// Secret returns the cleaned URL in the form to keep in the keyring. ParseURL
// takes it back unchanged.
func (u URL) Secret() relay.Secret { return relay.NewSecret(u.reveal()) }

// Empty reports whether there is no URL.
func (u URL) Empty() bool { return u.value == unique.Handle[string]{} }

// String returns a marker, never the URL.
func (u URL) String() string { return u.marker().String() }

// GoString returns a marker, so that %#v is as safe as %v.
func (u URL) GoString() string { return u.marker().GoString() }

// Format prints a marker for every verb.
func (u URL) Format(f fmt.State, verb rune) { u.marker().Format(f, verb) }

// MarshalText returns a marker.
func (u URL) MarshalText() ([]byte, error) { return u.marker().MarshalText() }

// MarshalJSON returns a marker as a JSON string.
func (u URL) MarshalJSON() ([]byte, error) { return u.marker().MarshalJSON() }

// LogValue gives log/slog a marker.
func (u URL) LogValue() slog.Value { return u.marker().LogValue() }

// Reasons of a URLError. They are stable.
const (
	URLReasonEmpty        = "empty"
	URLReasonTooLong      = "too_long"
	URLReasonOtherText    = "other_text"
	URLReasonSeveral      = "several"
	URLReasonNotURL       = "not_a_url"
	URLReasonSpaceLink    = "space_link"
	URLReasonOtherHost    = "other_host"
	URLReasonNotHTTPS     = "not_https"
	URLReasonOldForm      = "old_form"
	URLReasonOtherPath    = "other_path"
	URLReasonDamaged      = "damaged"
	URLReasonKeyMissing   = "key_missing"
	URLReasonTokenMissing = "token_missing"
	URLReasonCutOff       = "cut_off"
)

// URLError says why a pasted value is not a webhook URL. It never holds any
// part of the value.
type URLError struct {
	Reason string // one of the URLReason codes
	Text   string // one sentence for a person
}

// Error returns the sentence.
func (e *URLError) Error() string { return "google chat url: " + e.Text }

// urlTexts holds the sentence of each reason.
var urlTexts = map[string]string{
	URLReasonEmpty:        "Paste the webhook URL that Google Chat shows under Apps & integrations, Webhooks.",
	URLReasonTooLong:      "This is too long to be a webhook URL; paste the URL alone.",
	URLReasonOtherText:    "There is other text beside the webhook URL; paste the URL alone.",
	URLReasonSeveral:      "This is more than one URL; paste one webhook URL.",
	URLReasonNotURL:       "This is not a URL; a webhook URL begins with https://chat.googleapis.com/.",
	URLReasonSpaceLink:    "This is the link of a space, not a webhook URL; in that space open Apps & integrations, then Webhooks.",
	URLReasonOtherHost:    "This URL does not lead to Google Chat; a webhook URL begins with https://chat.googleapis.com/.",
	URLReasonNotHTTPS:     "The webhook URL must begin with https://.",
	URLReasonOldForm:      "This is an old form of webhook URL that Google Chat no longer takes; make a new webhook in the space.",
	URLReasonOtherPath:    "This leads to Google Chat but is not a webhook URL; copy it again from Apps & integrations, Webhooks.",
	URLReasonDamaged:      "The webhook URL is damaged; copy it again with the copy button beside the webhook.",
	URLReasonKeyMissing:   "The webhook URL is incomplete: its key is missing; copy it again with the copy button beside the webhook.",
	URLReasonCutOff:       "The webhook URL is cut off at its end; copy it again with the copy button beside the webhook.",
	URLReasonTokenMissing: "The webhook URL is cut off: its token is missing; copy it again with the copy button beside the webhook.",
}

// urlError makes the error for reason.
func urlError(reason string) *URLError { return &URLError{Reason: reason, Text: urlTexts[reason]} }

var (
	pathForm    = regexp.MustCompile(`^/v1/spaces/([A-Za-z0-9_-]{1,128})/messages$`)
	oldPathForm = regexp.MustCompile(`^/v1/(spaces|rooms|dms)/[A-Za-z0-9_-]+/(messages|webhooks)$`)
)

// ParseURL reads a webhook URL as people paste it: white space, line wraps,
// quotes, invisible characters, the frames of Markdown and JSON and the escapes
// of HTML, JSON, shells and URLs are cleaned away, and parameters other than key
// and token are dropped. A refusal is a *URLError. The accepted form is the
// vendor's,
// https://developers.google.com/workspace/chat/quickstart/webhooks .
func ParseURL(pasted string, opts ParseOptions) (URL, error) {
	cleaned, cutOff, refusal := cleanPaste(pasted)
	if refusal != nil {
		return URL{}, refusal
	}
	u, err := url.Parse(cleaned)
	if err != nil || u.Scheme == "" || u.Host == "" {
		// The parser's own error quotes its input, so it is dropped.
		return URL{}, urlError(URLReasonNotURL)
	}
	if refusal := checkHost(u, opts.ExtraHosts); refusal != nil {
		return URL{}, refusal
	}
	match := pathForm.FindStringSubmatch(u.EscapedPath())
	switch {
	case match != nil:
	case oldPathForm.MatchString(u.EscapedPath()):
		return URL{}, urlError(URLReasonOldForm)
	default:
		return URL{}, urlError(URLReasonOtherPath)
	}
	query, refusal := credentials(u)
	if refusal != nil {
		return URL{}, refusal
	}
	if cutOff {
		return URL{}, urlError(URLReasonCutOff)
	}
	canonical := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawQuery: query.Encode()}
	return newURL(canonical.String(), match[1]), nil
}

// checkHost demands the vendor's host over TLS, or one of extra. It makes the
// host lower-case in place.
func checkHost(u *url.URL, extra []string) *URLError {
	u.Host = strings.ToLower(u.Host)
	if u.User != nil {
		return urlError(URLReasonOtherHost)
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return urlError(URLReasonNotURL)
	}
	if slices.ContainsFunc(extra, func(h string) bool { return sameHost(u, h) }) {
		if u.Scheme == "http" && !relay.IsLoopback(u.Hostname()) {
			return urlError(URLReasonNotHTTPS)
		}
		return nil
	}
	switch {
	case u.Host == "chat.google.com" || u.Host == "mail.google.com":
		return urlError(URLReasonSpaceLink)
	case u.Host != vendorHost:
		return urlError(URLReasonOtherHost)
	case u.Scheme != "https":
		return urlError(URLReasonNotHTTPS)
	default:
		return nil
	}
}

// sameHost reports whether u leads to hostport, which may lack its port.
func sameHost(u *url.URL, hostport string) bool {
	standard := "443"
	if u.Scheme == "http" {
		standard = "80"
	}
	full := func(host, port string) string {
		if port == "" {
			port = standard
		}
		return net.JoinHostPort(host, port)
	}
	other := url.URL{Host: strings.ToLower(strings.TrimSpace(hostport))}
	return other.Hostname() != "" && full(u.Hostname(), u.Port()) == full(other.Hostname(), other.Port())
}

// credentials takes key and token out of u's query and drops the rest, such as
// a thread key that the sample code of others appends.
func credentials(u *url.URL) (url.Values, *URLError) {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || u.Fragment != "" {
		return nil, urlError(URLReasonDamaged)
	}
	kept := url.Values{}
	for _, part := range []struct{ name, missing string }{
		{"key", URLReasonKeyMissing},
		{"token", URLReasonTokenMissing},
	} {
		values := query[part.name]
		if len(values) > 1 {
			return nil, urlError(URLReasonDamaged)
		}
		value := ""
		if len(values) == 1 {
			value = cleanValue(values[0])
		}
		switch {
		case value == "":
			return nil, urlError(part.missing)
		case !valueForm.MatchString(value):
			return nil, urlError(URLReasonDamaged)
		}
		kept.Set(part.name, value)
	}
	return kept, nil
}
