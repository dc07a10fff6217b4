package vastapi

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// refusal is an answer that is not a success.
type refusal struct {
	name     string
	delivers bool // an answer to a test
	status   int
	body     string
	class    Class
	message  string // "" means the status text
	unclear  bool
}

// refusals are the answers that the documentation, the generated specification
// and live captures show, and hostile ones.
func refusals() []refusal {
	long := strings.Repeat("ü", 400)
	return []refusal{
		{"no key was sent", false, 403, `{"success": false, "error": "auth_error", "msg": "This action requires login."}`, BadKey, "This action requires login.", false},
		{"an unknown key is 401", false, 401, `{"success": false, "error": "auth_error", "msg": "Invalid user key"}`, BadKey, "Invalid user key", false},
		{"an unknown key is 404 on some endpoints", false, 404, `{"success": false, "error": "auth_error", "msg": "Invalid user key"}`, BadKey, "Invalid user key", false},
		{"an unknown key is 404, known by its text alone", false, 404, `{"msg": "Invalid user key"}`, BadKey, "Invalid user key", false},
		{"an unknown key is 404, known by its code alone", false, 404, `{"error": "auth_error"}`, BadKey, "auth_error", false},
		{"an unknown key as plain text", false, 401, "Invalid user key", BadKey, "Invalid user key", false},
		{"401 without a body says nothing of the key", false, 401, "", Intercepted, "", true},
		{"401 with a web page says nothing of the key", false, 401, "<html>log in</html>", Intercepted, "Unauthorized (a web page, not an answer of the API)", true},
		{"401 with a web page behind a byte order mark", false, 401, "\uFEFF\r\n<!DOCTYPE html><title>Invalid user key</title>", Intercepted, "Unauthorized (a web page, not an answer of the API)", true},
		{"401 in words that are not the API's", false, 401, "Authentication required", Intercepted, "Authentication required", true},
		{"401 of a gateway in JSON", false, 401, `{"message": "Unauthorized"}`, Intercepted, "Unauthorized", true},
		{"401 of a framework in JSON", false, 401, `{"detail": [{"loc": ["header"]}]}`, Intercepted, "", true},
		{"401 as a JSON string", false, 401, `"log in"`, Intercepted, "log in", true},
		{"403 in words that are not the API's", false, 403, "Access denied by policy", Intercepted, "Access denied by policy", true},
		{"403 without a body", false, 403, "", Intercepted, "", true},
		{"an unknown key, in JSON behind a byte order mark", false, 401, "\uFEFF" + `{"success": false, "error": "auth_error", "msg": "Invalid user key"}`, BadKey, "Invalid user key", false},
		{"a proxy that wants a password", false, 407, "<html>Proxy Authentication Required</html>", Intercepted, "Proxy Authentication Required (a web page, not an answer of the API)", true},
		{"a page in place of a refusal", false, 400, "<html>Bad Request</html>", Intercepted, "Bad Request (a web page, not an answer of the API)", true},
		{"a page in place of a refusal, while testing", true, 400, "<html>Bad Request</html>", Intercepted, "Bad Request (a web page, not an answer of the API)", true},
		{"an empty 400 while testing", true, 400, "", Intercepted, "", true},
		{"a page with 409", false, 409, "<html>already registered</html>", Intercepted, "Conflict (a web page, not an answer of the API)", true},
		{"a page that blocks by law", false, 451, "<html>blocked</html>", Intercepted, "Unavailable For Legal Reasons (a web page, not an answer of the API)", true},
		{"a login page of the network, by its status", false, 511, "<html>log in</html>", Unavailable, "Network Authentication Required (a web page, not an answer of the API)", true},
		{"a login that ran out is 404", false, 404, `{"msg": "Your login has expired. Please log in again."}`, BadKey, "Your login has expired. Please log in again.", false},
		{"an endpoint that wants two factors", false, 401, `{"msg": "Two Factor Authentication required"}`, BadKey, "Two Factor Authentication required", false},
		{"a scope that is missing, as 401", false, 401, `{"error": "auth_error", "msg": "This key does not have access to route api.notification-types"}`, MissingPermission, "This key does not have access to route api.notification-types", false},
		{"a scope that is missing, as 403", false, 403, `{"message": "Permission denied"}`, MissingPermission, "Permission denied", false},
		{"a firewall's page says nothing of the key", false, 403, "<html>Access denied</html>", Intercepted, "Forbidden (a web page, not an answer of the API)", true},

		{"a webhook that is gone", false, 404, `{"success": false, "msg": "Webhook not found"}`, WebhookGone, "Webhook not found", false},
		{"a webhook that is gone, in detail", false, 404, `{"detail": "Webhook not found."}`, WebhookGone, "Webhook not found.", false},
		{"a webhook that is gone, while testing", true, 404, `{"success": false, "msg": "Webhook not found"}`, WebhookGone, "Webhook not found", false},
		{"any other 404 proves nothing", false, 404, `{"detail": "Not Found"}`, Unexpected, "Not Found", true},
		{"a 404 page that says webhook not found proves nothing", false, 404, "<html>Webhook not found</html>", Intercepted, "Not Found (a web page, not an answer of the API)", true},
		{"a plain 404 that says webhook not found proves nothing", false, 404, "Webhook not found", Intercepted, "Webhook not found", true},
		{"a longer text around webhook not found proves nothing", false, 404, `{"msg": "Webhook not found in cache"}`, Unexpected, "Webhook not found in cache", true},

		{"four webhooks", false, 400, `{"success": false, "msg": "Maximum of 4 webhooks per user"}`, LimitReached, "Maximum of 4 webhooks per user", false},
		{"another limit some day", false, 400, `{"success": false, "msg": "Maximum of 10 webhooks per user"}`, LimitReached, "Maximum of 10 webhooks per user", false},
		{"an address that is registered", false, 400, `{"success": false, "msg": "This webhook URL is already registered"}`, URLTaken, "This webhook URL is already registered", false},
		{"an address that is registered, as 409", false, 409, `{"message": "This webhook URL is already registered"}`, URLTaken, "This webhook URL is already registered", false},
		{"a URL that is refused", false, 400, `{"success": false, "msg": "webhook_url must use HTTPS"}`, Invalid, "webhook_url must use HTTPS", false},
		{"a type that is unknown", false, 400, `{"success": false, "error": "x", "msg": "Unknown event type: client:x"}`, Invalid, "Unknown event type: client:x", false},
		{"a framework's validation", false, 422, `{"detail": [{"loc": ["body"]}]}`, Intercepted, "", true},

		{"400 of a proxy in JSON says nothing of the request", false, 400, `{"message": "Bad Request"}`, Intercepted, "Bad Request", true},
		{"400 of a proxy whose error is an object", false, 400, `{"error": {"code": 400, "message": "malformed"}}`, Intercepted, "", true},
		{"409 of a proxy in JSON", false, 409, `{"title": "Conflict", "status": 409}`, Intercepted, "", true},
		{"422 of a proxy in JSON", false, 422, `{"detail": "Blocked by policy 7"}`, Intercepted, "Blocked by policy 7", true},
		{"403 of a proxy in JSON that speaks of access", false, 403, `{"message": "You are not authorized to access this resource"}`, Intercepted, "You are not authorized to access this resource", true},
		{"403 of a proxy in JSON with a flag", false, 403, `{"success": true, "message": "Access denied"}`, Intercepted, "Access denied", true},
		{"400 of a proxy in JSON while testing", true, 400, `{"message": "Bad Request"}`, Intercepted, "Bad Request", true},
		{"a URL that is refused, in another form", false, 400, `{"message": "webhook_url must use HTTPS"}`, Invalid, "webhook_url must use HTTPS", false},
		{"a limit, in another form", false, 400, `{"detail": "Maximum of 4 webhooks per user"}`, LimitReached, "Maximum of 4 webhooks per user", false},
		{"a test that was refused by the receiver, in another form", true, 400, `{"message": "Webhook URL is not deliverable"}`, NotDeliverable, "Webhook URL is not deliverable", false},

		{"429 as plain text", false, 429, "API requests too frequent", RateLimited, "API requests too frequent", false},
		{"429 as plain text with a threshold", false, 429, "API requests too frequent: endpoint threshold=2.0", RateLimited, "API requests too frequent: endpoint threshold=2.0", false},
		{"429 as JSON", false, 429, `{"detail": "API requests too frequent endpoint threshold=2.0"}`, RateLimited, "API requests too frequent endpoint threshold=2.0", false},
		{"429 without a body", true, 429, "", RateLimited, "", false},

		{"a test that was refused by the receiver", true, 400, `{"success": false, "msg": "Webhook URL is not deliverable"}`, NotDeliverable, "Webhook URL is not deliverable", false},
		{"a test that was refused, in the published form", true, 400, `{"msg": "Bad Request"}`, NotDeliverable, "Bad Request", false},
		{"a test that failed on the way", true, 502, `{"success": false, "msg": "Webhook delivery failed"}`, DeliveryFailed, "Webhook delivery failed", false},
		{"a gateway's 502 during a test", true, 502, "<html>Bad Gateway</html>", Unavailable, "Bad Gateway (a web page, not an answer of the API)", true},
		{"a 502 with that text outside a test", false, 502, `{"msg": "Webhook delivery failed"}`, Unavailable, "Webhook delivery failed", true},

		{"500", false, 500, `{"success": false, "error": "server_error", "msg": ""}`, Unavailable, "server_error", true},
		{"503 without a body", false, 503, "", Unavailable, "", true},
		{"a gateway's own status", false, 521, "", Unavailable, "", true},
		{"a success that is none", false, 200, `{"success": false, "msg": "Something odd"}`, Unexpected, "Something odd", true},
		{"a success that is an unknown key", false, 200, `{"success": false, "error": "auth_error", "msg": "Invalid user key"}`, BadKey, "Invalid user key", false},
		{"a success that is a gone webhook", false, 200, `{"success": false, "msg": "Webhook not found"}`, WebhookGone, "Webhook not found", false},
		{"a redirect", false, 302, "<a>moved</a>", Intercepted, "the answer is a redirect, which is not followed", true},
		{"418", false, 418, "", Intercepted, "", true},

		{"the key echoed in JSON", false, 400, `{"msg": "bad ` + testKey + ` here"}`, Invalid, "bad [secret] here", false},
		{"the key echoed as text", false, 400, "bad " + testKey, Intercepted, "bad [secret]", true},
		{"another long token", false, 400, "token 0123456789abcdef0123456789abcdef0123456789abcdef", Intercepted, "token [secret]", true},
		{"an object without words is not shown raw", false, 400, `{"api_key": "x", "webhook_secret": "y"}`, Intercepted, "", true},
		{"words that are no strings", false, 400, `{"msg": 5, "message": null, "detail": {"a": 1}, "error": "e"}`, Invalid, "e", false},
		{"a JSON string", false, 400, `"just words"`, Intercepted, "just words", true},
		{"a JSON array", false, 400, `["webhook_secret"]`, Intercepted, "", true},
		{"terminal control sequences", false, 400, "\x1b[31;1mERROR\x1b[0m \u009b1mb\u009bm \x1b]0;title\x07c \x1b(Bd", Intercepted, "ERROR b c d", true},
		{"control characters and lines", false, 400, "a\r\nb\x00c\u202ed\te", Intercepted, "a b c d e", true},
		{"a text that is too long", false, 400, long, Intercepted, strings.Repeat("ü", 299) + "…", true},
		{"bytes that are no UTF-8", false, 400, "a\xff\xfeb", Intercepted, "a\uFFFDb", true},
		{"half of a JSON object", false, 400, `{"msg": "x`, Intercepted, `{"msg": "x`, true},
	}
}

func classifyOp(delivers bool) operation { return operation{name: "op", delivers: delivers} }

func TestClassification(t *testing.T) {
	for _, tt := range refusals() {
		t.Run(tt.name, func(t *testing.T) {
			got := failedAnswer(classifyOp(tt.delivers), tt.status, http.Header{}, []byte(tt.body), NewKey(testKey))
			want := tt.message
			if want == "" {
				want = http.StatusText(tt.status)
			}
			if got.Class != tt.class || got.Message != want || got.Unclear != tt.unclear || got.Status != tt.status {
				t.Errorf("got %s %q unclear %v, want %s %q unclear %v", got.Class, got.Message, got.Unclear, tt.class, want, tt.unclear)
			}
		})
	}
}

func FuzzClassification(f *testing.F) {
	for _, tt := range refusals() {
		f.Add(tt.delivers, tt.status, tt.body, "")
	}
	f.Add(false, 429, "threshold=999999999.999999999", "1e400")
	f.Add(false, 429, "threshold=", "-1")
	f.Add(false, 503, "", "Sat, 21 Nov 2026 22:00:00 GMT")
	known := map[Class]bool{
		BadKey: true, MissingPermission: true, WebhookGone: true, LimitReached: true, URLTaken: true, Invalid: true,
		RateLimited: true, Unavailable: true, NotDeliverable: true, DeliveryFailed: true, Intercepted: true, Unexpected: true,
	}
	f.Fuzz(func(t *testing.T, delivers bool, status int, body, retry string) {
		e := failedAnswer(classifyOp(delivers), status, http.Header{"Retry-After": {retry}}, []byte(body), NewKey(testKey))
		if !known[e.Class] {
			t.Errorf("class %q", e.Class)
		}
		if strings.Contains(e.Message, testKey) {
			t.Errorf("the key is in %q", e.Message)
		}
		if !utf8.ValidString(e.Message) || utf8.RuneCountInString(e.Message) > maxMessage || strings.ContainsAny(e.Message, "\r\n\x00\x1b") {
			t.Errorf("message %q", e.Message)
		}
		if e.RetryAfter < 0 || e.RetryAfter > 24*time.Hour {
			t.Errorf("wait %v", e.RetryAfter)
		}
		if trimmed := strings.TrimSpace(strings.TrimPrefix(body, "\uFEFF")); e.Class == BadKey && (trimmed == "" || trimmed[0] == '<') {
			t.Errorf("%q was taken for a refusal of the key", body)
		}
		if e.Class == WebhookGone && status != 404 && status >= 300 {
			t.Errorf("status %d was taken for proof that a webhook is gone", status)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC)
	tests := []struct {
		name, header, text string
		want               time.Duration
	}{
		{"nothing said", "", "API requests too frequent", 0},
		{"seconds in the header", "7", "", 7 * time.Second},
		{"a date in the header", "Sat, 21 Nov 2026 22:00:09 GMT", "", 9 * time.Second},
		{"a date in the past", "Sat, 21 Nov 2026 21:00:00 GMT", "", 0},
		{"a threshold in the text", "", "endpoint threshold=2.5", 2500 * time.Millisecond},
		{"the longer of the two", "7", "endpoint threshold=2.5", 7 * time.Second},
		{"a negative number", "-3", "", 0},
		{"no number", "soon", "threshold=x", 0},
		{"an absurd number", "1e300", "", 24 * time.Hour},
		{"not a number", "NaN", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := retryAfter(http.Header{"Retry-After": {tt.header}}, tt.text, now); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
