package vastapi

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// maxMessage is the number of characters of a server's text that are kept.
const maxMessage = 300

// complaint is what the body of a failed call says. Every field of the usual
// shape is optional, and 429 may be plain text.
// Source: https://docs.vast.ai/api-reference/rate-limits-and-errors .
type complaint struct {
	Code string // the "error" field
	Text string // the first non-empty of msg, message, detail, error; else the plain text
	HTML bool   // a page, as proxies and gateways send: not the API's own words
	JSON bool   // a JSON object
	Own  bool   // an object as the API's complaints are: success, error or msg, of the documented type
}

// readComplaint reads body, which may be anything.
func readComplaint(body []byte) complaint {
	body = bytes.TrimPrefix(body, []byte("\uFEFF"))
	text := strings.TrimSpace(string(body))
	if strings.HasPrefix(text, "<") {
		return complaint{HTML: true}
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		if json.Valid(body) {
			// Of JSON values that are no object, only a string is a text.
			var word looseText
			_ = json.Unmarshal(body, &word)
			return complaint{Text: string(word)}
		}
		return complaint{Text: text}
	}
	c := complaint{JSON: true, Code: textField(fields, "error")}
	// A proxy's error is often an object, Vast.ai's a word.
	c.Own = c.Code != "" || textField(fields, "msg") != "" || string(fields["success"]) == "false"
	for _, name := range []string{"msg", "message", "detail", "error"} {
		if c.Text = textField(fields, name); c.Text != "" {
			break
		}
	}
	return c
}

// textField returns the string under name, or "" when it is anything else.
func textField(fields map[string]json.RawMessage, name string) string {
	var word looseText
	_ = json.Unmarshal(fields[name], &word)
	return strings.TrimSpace(string(word))
}

// says reports whether the complaint's text holds any of the words, which are in
// lower case; the text may be in any.
func (c complaint) says(words ...string) bool {
	text := strings.ToLower(c.Text)
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// refusesKey reports whether the complaint is about the key whatever the
// status: some endpoints answer 404 for an unknown key or a login that ran out.
func (c complaint) refusesKey() bool {
	return c.Code == "auth_error" || c.Text == "auth_error" || c.says("invalid user key") ||
		(c.JSON && c.says("expired") && c.says("log in", "login"))
}

// refusesRequest reports whether the complaint is a verdict of the API on what a
// request says: it has the API's form, or else its words, since some endpoints
// have other forms.
func (c complaint) refusesRequest() bool {
	return c.Own || c.says("webhook_url", "webhook url", "event_types", "event type:", "webhooks per user", "invalid user key")
}

// refusesScope reports whether the complaint says that the key lacks a scope: in
// the API's form, or else in its words.
func (c complaint) refusesScope() bool {
	switch {
	case c.says("invalid user key"):
		return false
	case c.Own:
		return c.says("access", "permission")
	default:
		return c.JSON && (c.says("access to route api.") || strings.EqualFold(c.Text, "permission denied"))
	}
}

// classOf sorts an answer, by its status first, since the texts are not documented.
// Only the API's own answer says anything of the key or the webhook; that of a
// proxy, a firewall or a login page in front of it does not.
func classOf(op operation, status int, c complaint) Class {
	switch status {
	case http.StatusTooManyRequests:
		return RateLimited
	case http.StatusUnauthorized, http.StatusForbidden:
		return keyClass(c)
	case http.StatusNotFound:
		return missingClass(c)
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
		return requestClass(op, status, c)
	case http.StatusBadGateway:
		if op.delivers && c.JSON && c.says("webhook delivery failed") {
			return DeliveryFailed
		}
	}
	switch {
	case status >= 500, status == http.StatusRequestTimeout:
		return Unavailable
	case !c.JSON, status >= 300 && status < 400:
		return Intercepted
	default:
		return Unexpected
	}
}

// requestClass sorts 400, 409 and 422.
func requestClass(op operation, status int, c complaint) Class {
	switch {
	case !c.refusesRequest():
		return Intercepted
	case op.delivers && status == http.StatusBadRequest:
		return NotDeliverable
	default:
		return refusalClass(c)
	}
}

// keyClass sorts 401 and 403.
func keyClass(c complaint) Class {
	switch {
	case c.refusesScope():
		return MissingPermission
	case c.Own, c.refusesKey():
		return BadKey
	default:
		return Intercepted
	}
}

// missingClass sorts 404. Only the exact text proves that a webhook is gone.
func missingClass(c complaint) Class {
	switch {
	case c.refusesKey():
		return BadKey
	case c.JSON && strings.EqualFold(strings.TrimSuffix(c.Text, "."), "webhook not found"):
		return WebhookGone
	case !c.JSON:
		return Intercepted
	default:
		return Unexpected
	}
}

// refusalClass sorts a refusal of what the request says.
func refusalClass(c complaint) Class {
	switch {
	case c.says("already registered"):
		return URLTaken
	case c.says("maximum of") && c.says("webhooks"):
		return LimitReached
	case c.refusesKey():
		return BadKey
	default:
		return Invalid
	}
}

// failedAnswer turns an answer that is not a success into an Error. A success
// status with "success": false is sorted by its text alone.
func failedAnswer(op operation, status int, header http.Header, body []byte, key Key) *Error {
	c := readComplaint(body)
	class := classOf(op, status, c)
	if status < 300 {
		if class = missingClass(c); class == Unexpected {
			class = refusalClass(c)
		}
		if class == Invalid {
			class = Unexpected
		}
	}
	e := &Error{Class: class, Status: status, Op: op.name, Message: cleanMessage(c.Text, key)}
	switch {
	case status >= 300 && status < 400:
		e.Message = "the answer is a redirect, which is not followed"
	case e.Message == "" && c.HTML:
		e.Message = http.StatusText(status) + " (a web page, not an answer of the API)"
	case e.Message == "":
		e.Message = http.StatusText(status)
	}
	if class == RateLimited || class == Unavailable {
		e.RetryAfter = retryAfter(header, c.Text, time.Now())
	}
	// A refused request was not carried out. That is not known after a fault of the
	// server, an answer of something in front of it, or an unknown one.
	e.Unclear = class == Unavailable || class == Unexpected || class == Intercepted
	return e
}

// threshold is how a 429 names the gap that was broken, in seconds.
var threshold = regexp.MustCompile(`threshold=([0-9]{1,9}(?:\.[0-9]{1,9})?)`)

// retryAfter reads how long to wait from the header, though Vast.ai is not
// known to send it, and from the text; the longer one counts.
func retryAfter(header http.Header, text string, now time.Time) time.Duration {
	var wait time.Duration
	if value := strings.TrimSpace(header.Get("Retry-After")); value != "" {
		if seconds, err := strconv.ParseFloat(value, 64); err == nil {
			wait = secondsToDuration(seconds)
		} else if at, err := http.ParseTime(value); err == nil {
			wait = max(0, at.Sub(now))
		}
	}
	if m := threshold.FindStringSubmatch(text); m != nil {
		if seconds, err := strconv.ParseFloat(m[1], 64); err == nil {
			wait = max(wait, secondsToDuration(seconds))
		}
	}
	return wait
}

// secondsToDuration converts without overflow; what is no sensible wait is 0.
func secondsToDuration(seconds float64) time.Duration {
	if math.IsNaN(seconds) || seconds <= 0 {
		return 0
	}
	return time.Duration(min(seconds, (24*time.Hour).Seconds()) * float64(time.Second))
}

// longToken is anything long enough to be a key or a secret. Honest texts hold
// no such run; host names and paths break at dots and slashes.
var longToken = regexp.MustCompile(`[A-Za-z0-9_-]{40,}`)

// terminalSequence matches the control sequences of terminals. They are removed
// whole: their printable part would be left otherwise. It is a copy of the one in
// relay/text.go, since this package imports nothing of ours; a test in app
// compares what the two do.
var terminalSequence = regexp.MustCompile(
	`(?:\x1b\[|\x{9b})[0-?]*(?: q|[!-/]*[@-~])?` +
		`|(?:\x1b[\]PX^_]|[\x{90}\x{98}\x{9d}-\x{9f}])[^\x07\x1b\x{9c}\n]*(?:\x07|\x1b\\|\x{9c})` +
		`|\x1b[!-/]*[0-~]?`)

// cleanMessage makes a server's text fit for an error: without the key, on one line,
// without control sequences, cut with a visible mark.
func cleanMessage(text string, key Key) string {
	// Redaction comes before the cut, which could leave half a key standing.
	text = terminalSequence.ReplaceAllString(strings.ToValidUTF8(text, "\uFFFD"), "")
	if !key.Empty() {
		text = strings.ReplaceAll(text, key.Reveal(), secretMark)
	}
	text = longToken.ReplaceAllString(text, secretMark)
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if runes := []rune(text); len(runes) > maxMessage {
		text = string(runes[:maxMessage-1]) + "…"
	}
	return text
}
