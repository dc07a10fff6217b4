package vastapi

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a webhook.
// Source: https://docs.vast.ai/guides/reference/notification-webhooks .
const (
	MaxWebhooks   = 4    // per account
	MaxURLLength  = 2048 // characters of a webhook's URL
	MaxNameLength = 120  // characters of a webhook's name
)

// maxTypes and maxTypeLength bound what is sent; the vendor names no limit,
// and the catalogue holds about thirty keys of at most thirty characters.
const (
	maxTypes      = 256
	maxTypeLength = 128
)

// testSlug is the type of a test delivery, which cannot be subscribed to.
const testSlug = "webhook_test"

// ValidateURL checks a webhook URL as Vast.ai does: https, a host name, a sane
// port, at most MaxURLLength characters. Beyond that it refuses a user name, a
// password and a fragment, which have no place in it. The error is an *Error
// of class Invalid and does not repeat the URL.
func ValidateURL(raw string) error {
	if raw == "" {
		return invalid("", "the webhook URL is empty")
	}
	if utf8.RuneCountInString(raw) > MaxURLLength {
		return invalid("", "the webhook URL is longer than "+strconv.Itoa(MaxURLLength)+" characters")
	}
	if strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r == utf8.RuneError || unicode.IsControl(r) }) {
		return invalid("", "the webhook URL holds a space or a control character")
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return invalid("", "the webhook URL cannot be read as a URL")
	case u.Scheme != "https":
		return invalid("", "the webhook URL does not start with https://")
	case u.Hostname() == "":
		return invalid("", "the webhook URL has no host name")
	case !validPort(u):
		return invalid("", "the webhook URL has an invalid port")
	case u.User != nil || u.Fragment != "":
		return invalid("", "the webhook URL holds a user name or a fragment")
	}
	return nil
}

// validPort accepts an absent port, and 1 to 65535.
func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && n > 0
}

// ValidateName checks a webhook's name: at most MaxNameLength characters, valid
// UTF-8, no control characters. An empty name is allowed and is not sent. The
// error is an *Error of class Invalid.
func ValidateName(name string) error {
	switch {
	case !utf8.ValidString(name):
		return invalid("", "the webhook name is not valid UTF-8")
	case utf8.RuneCountInString(name) > MaxNameLength:
		return invalid("", "the webhook name is longer than "+strconv.Itoa(MaxNameLength)+" characters")
	case strings.ContainsFunc(name, unicode.IsControl):
		return invalid("", "the webhook name holds a control character")
	}
	return nil
}

// ValidateEventTypes checks a subscription: at least one type, each a full key
// such as "client:outbid", none twice. Types that are not in the built-in
// catalogue pass, because the catalogue grows. Bare slugs are refused, because
// how Vast.ai resolves one that both roles have is not documented. The
// error is an *Error of class Invalid.
func ValidateEventTypes(types []string) error {
	switch {
	case len(types) == 0:
		return invalid("", "no event type is chosen")
	case len(types) > maxTypes:
		return invalid("", "more than "+strconv.Itoa(maxTypes)+" event types are chosen")
	}
	seen := make(map[string]bool, len(types))
	for _, key := range types {
		if !validType(key) {
			return invalid("", "not an event type: "+cleanMessage(key, NewKey("")))
		}
		if seen[key] {
			return invalid("", "event type chosen twice: "+key)
		}
		seen[key] = true
	}
	return nil
}

// validType accepts "client:" or "host:" before a slug of lower-case letters,
// digits and underscores.
func validType(key string) bool {
	role, slug, full := strings.Cut(key, ":")
	if !full || (role != roleClient && role != roleHost) || slug == "" || slug == testSlug || len(key) > maxTypeLength {
		return false
	}
	return !strings.ContainsFunc(slug, func(r rune) bool {
		return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
}
