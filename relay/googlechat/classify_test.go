package googlechat

import (
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
)

// answerOf makes an answer; a body may follow.
func answerOf(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)),
	}
}

// traceOf returns the hooks that the Sender attached to r.
func traceOf(r *http.Request) *httptrace.ClientTrace {
	return httptrace.ContextClientTrace(r.Context())
}

// envelope is an error of Google's APIs.
func envelope(code int, status, message, details string) string {
	if details == "" {
		details = "[]"
	}
	return fmt.Sprintf("{\n  \"error\": {\n    \"code\": %d,\n    \"message\": %q,\n    \"status\": %q,\n    \"details\": %s\n  }\n}\n",
		code, message, status, details)
}

const page = "<!DOCTYPE html>\n<html lang=en><title>Error 404 (Not Found)!!1</title></html>"

// answerCases hold every answer that the service is known to give, and some
// that it is not. They feed the test and the fuzz target.
var answerCases = []struct {
	name     string
	status   int
	body     string
	noIDs    bool // the request carried none
	threaded bool // it named a thread
	before   bool // it was sent before, without a clear answer
	rung     relay.Rung
	outcome  relay.Outcome
	reason   string
	detail   string // part of the detail
	want     relay.Result
}{
	{
		name: "200 with names is posted", status: 200, body: `{"name":"spaces/S/messages/M.M","thread":{"name":"spaces/S/threads/T"}}`,
		outcome: relay.Posted, want: relay.Result{Name: "spaces/S/messages/M.M", Thread: "spaces/S/threads/T"},
	},
	{name: "200 with a name alone is posted", status: 200, body: `{"name":"spaces/S/messages/M.M"}`, outcome: relay.Posted, want: relay.Result{Name: "spaces/S/messages/M.M"}},
	{name: "201 with a message is posted", status: 201, body: `{"name":"spaces/S/messages/M.M"}`, outcome: relay.Posted, want: relay.Result{Name: "spaces/S/messages/M.M"}},
	{name: "200 with a message after a byte order mark is posted", status: 200, body: "\ufeff\r\n" + `{"name":"spaces/S/messages/M.M"}`, outcome: relay.Posted, want: relay.Result{Name: "spaces/S/messages/M.M"}},
	{name: "200 with fields of a later version is posted", status: 200, body: `{"name":"spaces/S/messages/M.M","novelty":{"a":[1]}}`, outcome: relay.Posted, want: relay.Result{Name: "spaces/S/messages/M.M"}},
	{name: "200 with an empty message, under ids that are new, is unverified", status: 200, body: `{}`, outcome: relay.Unverified, reason: ReasonNotGoogle},
	{name: "200 with a message without name, under ids that are new, is unverified", status: 200, body: `{"text":"a"}`, outcome: relay.Unverified, reason: ReasonNotGoogle},
	{name: "200 with an empty message answers a repeat", status: 200, body: " {}\n", before: true, outcome: relay.Posted},
	{name: "200 with a message without name answers a repeat", status: 200, body: `{"text":"a","thread":{"name":"spaces/S/threads/T"}}`, before: true, outcome: relay.Posted, want: relay.Result{Thread: "spaces/S/threads/T"}},
	{name: "200 with an empty name answers a repeat", status: 200, body: `{"name":"","text":"a"}`, before: true, outcome: relay.Posted},

	{name: "204 is unverified", status: 204, outcome: relay.Unverified, reason: ReasonNotGoogle},
	{name: "304 is unreachable", status: 304, outcome: relay.Unreachable, reason: ReasonRedirected},
	{name: "302 as a page is unreachable", status: 302, body: page, outcome: relay.Unreachable, reason: ReasonRedirected},
	{name: "302 with a message is unreachable", status: 302, body: `{"name":"spaces/S/messages/M.M"}`, outcome: relay.Unreachable, reason: ReasonRedirected},
	{name: "100 is unverified", status: 100, outcome: relay.Unverified, reason: ReasonNotGoogle},

	{
		name: "400 for a body that is not JSON is refused content", status: 400,
		body:    envelope(400, "INVALID_ARGUMENT", "Invalid JSON payload received. Unexpected token.", ""),
		outcome: relay.ContentRefused, reason: ReasonContentRefused,
	},
	{
		name: "400 for an unknown field is refused content, named", status: 400,
		body: envelope(400, "INVALID_ARGUMENT", `Invalid JSON payload received. Unknown name "foo" at 'message.cards_v2[0]': Cannot find field.`,
			`[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"message.cards_v2[0]","description":"Unknown name \"foo\""}]}]`),
		outcome: relay.ContentRefused, reason: ReasonContentRefused, detail: "message.cards_v2[0]",
	},
	{
		name: "400 for too long a text is refused content", status: 400,
		body:    envelope(400, "INVALID_ARGUMENT", "Message text exceeds the limit.", ""),
		outcome: relay.ContentRefused, reason: ReasonContentRefused,
	},
	{
		name: "400 with a field that quotes the request does not show it", status: 400,
		body: envelope(400, "INVALID_ARGUMENT", "bad",
			`[{"fieldViolations":[{"field":"https://chat.googleapis.com/?token=the-token_-1","description":"x"}]}]`),
		outcome: relay.ContentRefused, reason: ReasonContentRefused,
	},
	{
		name: "400 for a damaged key parks", status: 400,
		body: envelope(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
			`[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"googleapis.com"}]`),
		outcome: relay.DestinationGone, reason: ReasonKeyInvalid,
	},
	{
		name: "400 for a message id drops the ids", status: 400,
		body:    envelope(400, "INVALID_ARGUMENT", "bad id", `[{"fieldViolations":[{"field":"message_id","description":"bad"}]}]`),
		outcome: relay.IDsRefused, reason: ReasonIDsRefused,
	},
	{
		name: "400 for a request id drops the ids", status: 400,
		body:    envelope(400, "INVALID_ARGUMENT", "bad id", `[{"fieldViolations":[{"field":"requestId","description":"bad"}]}]`),
		outcome: relay.IDsRefused, reason: ReasonIDsRefused,
	},
	{
		name: "400 for a client-assigned id drops the ids", status: 400,
		body:    envelope(400, "INVALID_ARGUMENT", "bad id", `[{"fieldViolations":[{"field":"message.client_assigned_message_id"}]}]`),
		outcome: relay.IDsRefused, reason: ReasonIDsRefused,
	},
	{
		name: "400 for an unknown query parameter, named in the description, drops the ids", status: 400,
		body: envelope(400, "INVALID_ARGUMENT", "Invalid JSON payload received.",
			`[{"fieldViolations":[{"description":"Invalid JSON payload received. Unknown name \"requestId\": Cannot bind query parameter."}]}]`),
		outcome: relay.IDsRefused, reason: ReasonIDsRefused,
	},
	{
		name: "400 for an unknown query parameter without details drops the ids", status: 400,
		body:    envelope(400, "INVALID_ARGUMENT", `Invalid JSON payload received. Unknown name "messageId": Cannot bind query parameter.`, ""),
		outcome: relay.IDsRefused, reason: ReasonIDsRefused,
	},
	{
		name: "400 that begins with the parameter's name drops the ids", status: 400,
		body:    envelope(400, "INVALID_ARGUMENT", "message_id must begin with 'client-'.", ""),
		outcome: relay.IDsRefused, reason: ReasonIDsRefused,
	},
	{
		name: "400 that names an id though none was sent is refused content", status: 400, noIDs: true,
		body:    envelope(400, "INVALID_ARGUMENT", "bad id", `[{"fieldViolations":[{"field":"message_id","description":"bad"}]}]`),
		outcome: relay.ContentRefused, reason: ReasonContentRefused,
	},
	{
		name: "400 whose text speaks of messageId while another field is refused is refused content", status: 400,
		body: envelope(400, "INVALID_ARGUMENT", `the event said "messageId"`,
			`[{"fieldViolations":[{"field":"message.text","description":"too long: messageId"}]}]`),
		outcome: relay.ContentRefused, reason: ReasonContentRefused, detail: "message.text",
	},

	{
		name: "401 is unauthorized", status: 401,
		body:    envelope(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", ""),
		outcome: relay.Unauthorized, reason: ReasonUnauthenticated,
	},
	{
		name: "403 for apps that are off parks", status: 403, body: envelope(403, "PERMISSION_DENIED", "The caller does not have permission", ""),
		outcome: relay.DestinationGone, reason: ReasonAppsOff, detail: "organisational unit",
	},
	{
		name: "403 without a key parks", status: 403,
		body:    envelope(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers (callers without established identity).", ""),
		outcome: relay.DestinationGone, reason: ReasonKeyMissing, detail: "no key",
	},
	{
		name: "403 without a token parks", status: 403,
		body:    envelope(403, "PERMISSION_DENIED", "The request was made without a valid token.", ""),
		outcome: relay.DestinationGone, reason: ReasonTokenMissing, detail: "incomplete",
	},
	{name: "403 as a page parks", status: 403, body: page, outcome: relay.DestinationGone, reason: ReasonForbidden},
	{
		name: "404 for a space or webhook that is gone parks", status: 404, body: envelope(404, "NOT_FOUND", "Requested entity was not found.", ""),
		outcome: relay.DestinationGone, reason: ReasonNotFound,
	},
	{name: "404 as a page is a wrong path", status: 404, body: page, outcome: relay.DestinationGone, reason: ReasonWrongPath},
	{name: "404 as a page with a byte order mark is a wrong path", status: 404, body: "\ufeff" + page, outcome: relay.DestinationGone, reason: ReasonWrongPath},
	{name: "405 parks", status: 405, body: envelope(405, "UNIMPLEMENTED", "x", ""), outcome: relay.DestinationGone, reason: ReasonUnexpected},
	{name: "408 is ambiguous", status: 408, body: envelope(408, "DEADLINE_EXCEEDED", "x", ""), outcome: relay.Ambiguous, reason: ReasonTimeout},
	{
		name: "409 under ids is already posted", status: 409, body: envelope(409, "ALREADY_EXISTS", "Requested entity already exists", ""),
		outcome: relay.AlreadyPosted, want: relay.Result{Replayed: true},
	},
	{
		name: "409 for a race is trouble", status: 409, body: envelope(409, "ABORTED", "conflict", ""),
		outcome: relay.ServerTrouble, reason: ReasonConflict,
	},
	{name: "409 without ids is trouble", status: 409, body: envelope(409, "ALREADY_EXISTS", "x", ""), noIDs: true, outcome: relay.ServerTrouble, reason: ReasonConflict},
	{name: "410 parks", status: 410, body: envelope(410, "NOT_FOUND", "x", ""), outcome: relay.DestinationGone, reason: ReasonNotFound},
	{name: "410 as a page parks", status: 410, body: page, outcome: relay.DestinationGone, reason: ReasonWrongPath},
	{name: "413 is refused content", status: 413, body: envelope(413, "INVALID_ARGUMENT", "x", ""), outcome: relay.ContentRefused, reason: ReasonTooLarge},
	{name: "413 as a page is refused content", status: 413, body: page, outcome: relay.ContentRefused, reason: ReasonTooLarge},
	{name: "413 without a body is refused content", status: 413, outcome: relay.ContentRefused, reason: ReasonTooLarge},
	{name: "413 as a page for the shortest form is unreachable", status: 413, body: page, rung: relay.RungShortest, outcome: relay.Unreachable, reason: ReasonSignInPage},
	{name: "413 of the API for the shortest form is refused content", status: 413, body: envelope(413, "INVALID_ARGUMENT", "x", ""), rung: relay.RungShortest, outcome: relay.ContentRefused, reason: ReasonTooLarge},
	{
		name: "429 holds the lane", status: 429, body: envelope(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).", ""),
		outcome: relay.RateLimited, reason: ReasonRateLimited,
	},
	{name: "500 is trouble", status: 500, body: envelope(500, "INTERNAL", "Internal error encountered.", ""), outcome: relay.ServerTrouble, reason: ReasonServerError},
	{name: "503 is trouble", status: 503, body: envelope(503, "UNAVAILABLE", "x", ""), outcome: relay.ServerTrouble, reason: ReasonServerError},
	{name: "504 is trouble", status: 504, body: envelope(504, "DEADLINE_EXCEEDED", "x", ""), outcome: relay.ServerTrouble, reason: ReasonServerError},
	{name: "a status out of range is unverified", status: 799, outcome: relay.Unverified, reason: ReasonNotGoogle},
	{name: "an envelope after a byte order mark is the API's", status: 429, body: "\ufeff" + envelope(429, "RESOURCE_EXHAUSTED", "x", ""), outcome: relay.RateLimited, reason: ReasonRateLimited},

	{
		name: "400 for the thread's name names the thread", status: 400, threaded: true,
		body:    envelope(400, "INVALID_ARGUMENT", "The thread resource name is invalid.", ""),
		outcome: relay.ContentRefused, reason: ReasonThreadRefused,
	},
	{
		name: "400 for the field of the thread names the thread", status: 400, threaded: true,
		body:    envelope(400, "INVALID_ARGUMENT", "bad", `[{"fieldViolations":[{"field":"message.thread.thread_key","description":"bad"}]}]`),
		outcome: relay.ContentRefused, reason: ReasonThreadRefused, detail: "message.thread.thread_key",
	},
	{
		name: "400 for the reply option names the thread", status: 400, threaded: true,
		body:    envelope(400, "INVALID_ARGUMENT", `Unknown name "messageReplyOption": Cannot bind query parameter.`, ""),
		outcome: relay.ContentRefused, reason: ReasonThreadRefused,
	},
	{
		name: "404 for the thread is no missing space", status: 404, threaded: true,
		body:    envelope(404, "NOT_FOUND", "Thread not found.", ""),
		outcome: relay.ContentRefused, reason: ReasonThreadRefused,
	},
	{
		name: "404 for the space parks, also in a thread", status: 404, threaded: true,
		body:    envelope(404, "NOT_FOUND", "Requested entity was not found.", ""),
		outcome: relay.DestinationGone, reason: ReasonNotFound,
	},
	{
		name: "400 that speaks of a thread where there is none is refused content", status: 400,
		body:    envelope(400, "INVALID_ARGUMENT", "The thread resource name is invalid.", ""),
		outcome: relay.ContentRefused, reason: ReasonContentRefused,
	},
}

// foreignBodies are not Google's: neither a message nor its error envelope.
// %d stands for the status.
var foreignBodies = []struct{ name, body string }{
	{"nothing", ""},
	{"white space", " \r\n"},
	{"a byte order mark", "\ufeff"},
	{"a word", "OK"},
	{"a sentence", "upstream connect error or disconnect/reset before headers"},
	{"a number", "7"},
	{"null", "null"},
	{"a list", `[{"error":{"code":%d,"status":"INTERNAL"}}]`},
	{"a string", `"spaces/S/messages/M.M"`},
	{"other JSON", `{"status":"ok"}`},
	{"other JSON with a text", `{"text":"blocked","policy":4}`},
	{"half a message", `{"name":"spaces/S/messages/M.M","text":"ha`},
	{"a message and something behind it", `{"name":"spaces/S/messages/M.M"} OK`},
	{"a name of another form", `{"name":"spaces/S/messages/<b>"}`},
	{"a name of another kind", `{"name":7}`},
	{"the name of a thread", `{"name":"spaces/S/threads/T"}`},
	{"the name of somebody else", `{"name":"proxy"}`},
	{"a thread of another kind", `{"thread":7}`},
	{"an error as a word", `{"error":"not found"}`},
	{"an error without a status", `{"error":{"code":%d,"message":"no"}}`},
	{"an error without a code", `{"error":{"status":"INTERNAL","message":"no"}}`},
	{"an error with another code", `{"error":{"code":1020,"status":"INTERNAL","message":"no"}}`},
	{"an error whose status is no code", `{"error":{"code":%d,"status":"error","message":"no"}}`},
	{"an error beside a name", `{"name":"spaces/S/messages/M.M","error":{"message":"no"}}`},
	{"binary data", "\x1f\x8b\x08\x00\xff"},
	{"a page", page},
	{"a page after white space", " \n" + page},
	{"a page with a byte order mark", "\ufeff" + page},
	{"XML", `<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`},
}

// TestOnlyGooglesOwnAnswerIsAVerdict goes through every status with every body
// that is not Google's, under new ids and under ids that were sent before.
func TestOnlyGooglesOwnAnswerIsAVerdict(t *testing.T) {
	statuses := []int{200, 201, 202, 204, 206, 300, 301, 302, 307, 400, 401, 402, 403, 404, 405, 407, 408, 409, 410, 411, 412, 413, 418, 422, 425, 429, 431, 451, 500, 501, 502, 503, 504, 511, 520}
	for _, status := range statuses {
		for _, foreign := range foreignBodies {
			body := strings.ReplaceAll(foreign.body, "%d", fmt.Sprint(status))
			page := strings.Contains(body, "<!DOCTYPE") || strings.HasPrefix(body, "<?xml")
			want := relay.Unverified
			switch {
			case status == 413:
				want = relay.ContentRefused
			case page && (status == 403 || status == 404 || status == 410):
				want = relay.DestinationGone
			case page && status >= 400 && status < 500, status >= 300 && status <= 399:
				want = relay.Unreachable
			}
			for _, before := range []bool{false, true} {
				got := classify(answerOf(status, body), []byte(body), sent{withIDs: true, before: before}, testTime)
				if got.Outcome != want || got.Reason == "" || got.Detail == "" || got.Status != status {
					t.Errorf("%d with %s (sent before: %v) = %+v, want %s", status, foreign.name, before, got, want)
				}
			}
		}
	}
}

func TestARepeatIsKnownByItsRequestID(t *testing.T) {
	empty := func() *http.Response { return answerOf(200, "{}") }
	broken := func() *http.Response { return answerOf(503, envelope(503, "UNAVAILABLE", "x", "")) }
	refused := func() *http.Response { return answerOf(429, envelope(429, "RESOURCE_EXHAUSTED", "x", "")) }
	text := cardMessage()
	text.Rung = relay.RungText
	noIDs := cardMessage()
	noIDs.MessageID = ""
	for _, tc := range []struct {
		name          string
		first, second relay.Message
		answer        func() *http.Response // to the first
		want          relay.Outcome         // of the second, which is answered by an empty message
	}{
		{"after trouble", cardMessage(), cardMessage(), broken, relay.Posted},
		{"after an empty message", cardMessage(), cardMessage(), empty, relay.Posted},
		{"after a refusal nothing can be there", cardMessage(), cardMessage(), refused, relay.Unverified},
		{"another form has another request id", cardMessage(), text, broken, relay.Unverified},
		{"without ids nothing tells a repeat", noIDs, noIDs, broken, relay.Unverified},
	} {
		t.Run(tc.name, func(t *testing.T) {
			answers := []func() *http.Response{tc.answer, empty}
			s := New(Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				next := answers[0]
				answers = answers[1:]
				return next(), nil
			})})
			s.SetURL(mustParse(t, goodURL))
			s.Send(t.Context(), tc.first)
			if got := s.Send(t.Context(), tc.second); got.Outcome != tc.want {
				t.Errorf("the second is %+v, want %s", got, tc.want)
			}
		})
	}
}

func TestUnclearRequestsAreRememberedWithinBounds(t *testing.T) {
	var r unclearRequests
	for i := range 3 * maxUnclear {
		r.note(fmt.Sprint(i), relay.Ambiguous)
	}
	if len(r.ids) != maxUnclear || r.has("0") || !r.has(fmt.Sprint(3*maxUnclear-1)) {
		t.Errorf("%d are remembered, want the last %d", len(r.ids), maxUnclear)
	}
}

func TestEveryAnswerHasOneOutcome(t *testing.T) {
	for _, tc := range answerCases {
		t.Run(tc.name, func(t *testing.T) {
			u := mustParse(t, goodURL)
			logs := &logBuffer{}
			s := New(Options{Logger: logs.logger(), Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				return answerOf(tc.status, tc.body), nil
			})})
			s.SetURL(u)
			m := cardMessage()
			if tc.noIDs {
				m.MessageID = ""
			}
			m.Rung = cmp.Or(tc.rung, m.Rung)
			if tc.threaded {
				s.threads = func() Threads { return ThreadsType }
			}
			if tc.before {
				s.unclear.note(idsFor(m, u, "en").request, relay.Ambiguous)
			}
			got := s.Send(t.Context(), m)
			if got.Outcome != tc.outcome || got.Reason != tc.reason || got.Status != tc.status {
				t.Errorf("result = %+v, want %s %q", got, tc.outcome, tc.reason)
			}
			if got.Threaded != tc.threaded && !got.Outcome.Delivered() {
				t.Errorf("threaded = %v, want %v", got.Threaded, tc.threaded)
			}
			if got.Name != tc.want.Name || got.Thread != tc.want.Thread || got.Replayed != tc.want.Replayed {
				t.Errorf("result = %+v, want %+v", got, tc.want)
			}
			if !strings.Contains(got.Detail, tc.detail) || (got.Detail == "") != got.Outcome.Delivered() {
				t.Errorf("detail = %q, want it to hold %q", got.Detail, tc.detail)
			}
			if got.Detail != "" && (!strings.HasSuffix(got.Detail, ".") || strings.Contains(got.Detail, "\n")) {
				t.Errorf("detail = %q, want one sentence", got.Detail)
			}
			assertNoLeak(t, u, got, logs.String())
		})
	}
}

func FuzzClassify(f *testing.F) {
	for _, tc := range answerCases {
		f.Add(tc.status, tc.body, !tc.noIDs, tc.threaded, tc.before, "30")
	}
	for _, foreign := range foreignBodies {
		f.Add(200, foreign.body, true, false, true, "")
	}
	f.Fuzz(func(t *testing.T, status int, body string, withIDs, threaded, before bool, rest string) {
		resp := answerOf(status, body)
		resp.Header.Set("Retry-After", rest)
		got := classify(resp, []byte(body), sent{withIDs: withIDs, threaded: threaded, before: before}, testTime)
		if !json.Valid([]byte(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(body), "\ufeff")))) &&
			(got.Outcome.Delivered() || got.Outcome == relay.RateLimited || got.Outcome == relay.IDsRefused || got.Outcome == relay.ServerTrouble) {
			t.Fatalf("result = %+v of %q, which is no JSON", got, body)
		}
		if got.Outcome == "" || got.Status != status {
			t.Fatalf("result = %+v", got)
		}
		if got.Outcome.Delivered() != (got.Reason == "") || (got.Reason == "") != (got.Detail == "") {
			t.Fatalf("result = %+v: reason and detail go with failures alone", got)
		}
		if got.RetryAfter < 0 || got.RetryAfter > maxRetryAfter || len(got.Name) > 512 {
			t.Fatalf("result = %+v out of range", got)
		}
		if got.Outcome == relay.IDsRefused && !withIDs {
			t.Fatal("ids refused though none were sent")
		}
		if strings.ContainsAny(got.Detail, "<>\n\r\x00") {
			t.Fatalf("detail = %q", got.Detail)
		}
	})
}

func TestRetryAfterIsHonouredWithinBounds(t *testing.T) {
	for _, tc := range []struct {
		name, header string
		want         time.Duration
	}{
		{"none", "", 0},
		{"seconds", "30", 30 * time.Second},
		{"spaces around", " 5 ", 5 * time.Second},
		{"a date", testTime.Add(time.Minute).Format(http.TimeFormat), time.Minute},
		{"a date in the past", testTime.Add(-time.Minute).Format(http.TimeFormat), 0},
		{"a negative number", "-3", 0},
		{"too long", "999999", maxRetryAfter},
		{"more than a number holds", "99999999999999999999", 0},
		{"nonsense", "soon", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			resp := answerOf(429, "")
			resp.Header.Set("Retry-After", tc.header)
			if got := classify(resp, nil, sent{withIDs: true}, testTime).RetryAfter; got != tc.want {
				t.Errorf("retry after = %s, want %s", got, tc.want)
			}
		})
	}
}

// brokenBody fails after its first bytes.
type brokenBody struct{ left int }

func (b *brokenBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, errors.New("cut")
	}
	b.left--
	p[0] = '{'
	return 1, nil
}

func (b *brokenBody) Close() error { return nil }

func TestAnswerThatIsCutOffIsNoVerdict(t *testing.T) {
	for _, status := range []int{200, 400, 409, 429, 503} {
		s := New(Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			resp := answerOf(status, "")
			resp.Body = &brokenBody{left: 3}
			return resp, nil
		})})
		s.SetURL(mustParse(t, goodURL))
		if got := s.Send(t.Context(), cardMessage()); got.Outcome != relay.Unverified {
			t.Errorf("%d: result = %+v, want unverified", status, got)
		}
	}
}

// TestAnswerMayRepeatALargeMessage: what is repeated is larger than what was
// sent, since the service escapes and indents it.
func TestAnswerMayRepeatALargeMessage(t *testing.T) {
	body := `{"text":"` + strings.Repeat(`\u003c`, 32_000) + `","name":"spaces/S/messages/M.M"}`
	s := New(Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return answerOf(200, body), nil })})
	s.SetURL(mustParse(t, goodURL))
	if got := s.Send(t.Context(), cardMessage()); got.Outcome != relay.Posted {
		t.Errorf("result = %+v, want posted", got)
	}
}

func TestAnswerMayBeCompressed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			t.Error("the request does not take gzip")
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "text/html")
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte(`{"name":"spaces/S/messages/M.M"}`))
		_ = z.Close()
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	s := New(Options{})
	defer s.Close()
	s.SetURL(mustParse(t, "http://"+host+"/v1/spaces/"+testSpace+"/messages?key=k&token=t", host))
	if got := s.Send(t.Context(), cardMessage()); got.Outcome != relay.Posted {
		t.Errorf("result = %+v, want posted", got)
	}
}

// endless counts what is read of a body without end.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) { e.read += len(p); return len(p), nil }
func (e *endless) Close() error               { return nil }

func TestAnswersAreReadWithinBounds(t *testing.T) {
	body := &endless{}
	s := New(Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		resp := answerOf(500, "")
		resp.Body = body
		return resp, nil
	})})
	s.SetURL(mustParse(t, goodURL))
	s.Send(t.Context(), cardMessage())
	if limit := 2*(maxAnswerBytes+maxDrainBytes) + 4096; body.read > limit {
		t.Errorf("read %d bytes of the answer, want at most %d", body.read, limit)
	}
}

func TestLogHoldsTheServersWordsWithoutTheSecrets(t *testing.T) {
	u := mustParse(t, goodURL)
	logs := &logBuffer{}
	s := New(Options{Logger: logs.logger(), Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return answerOf(403, envelope(403, "PERMISSION_DENIED", "no entry for "+r.URL.String()+" nor the-token_-1", "")), nil
	})})
	s.SetURL(u)
	got := s.Send(t.Context(), cardMessage())
	if !strings.Contains(logs.String(), "no entry for") || !strings.Contains(logs.String(), "status=403") {
		t.Errorf("log = %q, want the server's words", logs.String())
	}
	assertNoLeak(t, u, got, logs.String())
}

func TestEveryReasonHasACause(t *testing.T) {
	used := map[string]bool{}
	for _, tc := range answerCases {
		used[tc.reason] = true
	}
	for _, reason := range Reasons() {
		if cause := Cause(reason); !strings.HasSuffix(cause, ".") || strings.Contains(cause, ". ") {
			t.Errorf("%s: %q is not one sentence", reason, cause)
		}
		delete(used, reason)
	}
	delete(used, "")
	if len(used) > 0 {
		t.Errorf("reasons without a cause: %v", used)
	}
}
