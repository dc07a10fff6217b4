package googlechat

import (
	"errors"
	"fmt"
	"io"
	"net/http"
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
	name    string
	status  int
	body    string
	noIDs   bool // the request carried none
	outcome relay.Outcome
	reason  string
	detail  string // part of the detail
	want    relay.Result
}{
	{
		name: "200 with names is posted", status: 200, body: `{"name":"spaces/S/messages/M.M","thread":{"name":"spaces/S/threads/T"}}`,
		outcome: relay.Posted, want: relay.Result{Name: "spaces/S/messages/M.M", Thread: "spaces/S/threads/T"},
	},
	{name: "200 without a name is posted", status: 200, body: `{}`, outcome: relay.Posted},
	{name: "200 without JSON is posted", status: 200, body: "OK", outcome: relay.Posted},
	{name: "200 with nothing is posted", status: 200, outcome: relay.Posted},
	{name: "200 with a name of another form is posted without it", status: 200, body: `{"name":"spaces/S/messages/<b>"}`, outcome: relay.Posted},
	{name: "200 with a name of another kind is posted without it", status: 200, body: `{"name":7}`, outcome: relay.Posted},
	{name: "200 as a page never came to Google", status: 200, body: " \n" + page, outcome: relay.Unreachable, reason: ReasonSignInPage},
	{name: "204 is posted", status: 204, outcome: relay.Posted},
	{name: "304 is a wrong address", status: 304, outcome: relay.DestinationGone, reason: ReasonRedirected},

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
	{name: "400 as a page is refused content", status: 400, body: page, outcome: relay.ContentRefused, reason: ReasonContentRefused},
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
	{name: "401 as a page is unauthorized", status: 401, body: page, outcome: relay.Unauthorized, reason: ReasonUnauthenticated},
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
		outcome: relay.DestinationGone, reason: ReasonTokenMissing, detail: "no valid token",
	},
	{name: "403 as a page parks", status: 403, body: page, outcome: relay.DestinationGone, reason: ReasonForbidden},
	{
		name: "404 for a space or webhook that is gone parks", status: 404, body: envelope(404, "NOT_FOUND", "Requested entity was not found.", ""),
		outcome: relay.DestinationGone, reason: ReasonNotFound,
	},
	{name: "404 as a page is a wrong path", status: 404, body: page, outcome: relay.DestinationGone, reason: ReasonWrongPath},
	{name: "405 parks", status: 405, body: page, outcome: relay.DestinationGone, reason: ReasonUnexpected},
	{name: "408 is ambiguous", status: 408, outcome: relay.Ambiguous, reason: ReasonTimeout},
	{
		name: "409 under ids is already posted", status: 409, body: envelope(409, "ALREADY_EXISTS", "Requested entity already exists", ""),
		outcome: relay.AlreadyPosted, want: relay.Result{Replayed: true},
	},
	{name: "409 without a body under ids is already posted", status: 409, outcome: relay.AlreadyPosted, want: relay.Result{Replayed: true}},
	{
		name: "409 for a race is trouble", status: 409, body: envelope(409, "ABORTED", "conflict", ""),
		outcome: relay.ServerTrouble, reason: ReasonConflict,
	},
	{name: "409 without ids is trouble", status: 409, noIDs: true, outcome: relay.ServerTrouble, reason: ReasonConflict},
	{name: "410 parks", status: 410, body: `{}`, outcome: relay.DestinationGone, reason: ReasonNotFound},
	{name: "413 is refused content", status: 413, body: page, outcome: relay.ContentRefused, reason: ReasonTooLarge},
	{
		name: "429 holds the lane", status: 429, body: envelope(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).", ""),
		outcome: relay.RateLimited, reason: ReasonRateLimited,
	},
	{name: "429 as text holds the lane", status: 429, body: "slow down", outcome: relay.RateLimited, reason: ReasonRateLimited},
	{name: "500 is trouble", status: 500, body: envelope(500, "INTERNAL", "Internal error encountered.", ""), outcome: relay.ServerTrouble, reason: ReasonServerError},
	{name: "502 is trouble", status: 502, body: page, outcome: relay.ServerTrouble, reason: ReasonServerError},
	{name: "503 is trouble", status: 503, body: envelope(503, "UNAVAILABLE", "x", ""), outcome: relay.ServerTrouble, reason: ReasonServerError},
	{name: "504 is trouble", status: 504, outcome: relay.ServerTrouble, reason: ReasonServerError},
	{name: "a status out of range is trouble", status: 799, outcome: relay.ServerTrouble, reason: ReasonUnexpected},
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
			got := s.Send(t.Context(), m)
			if got.Outcome != tc.outcome || got.Reason != tc.reason || got.Status != tc.status {
				t.Errorf("result = %+v, want %s %q", got, tc.outcome, tc.reason)
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
		f.Add(tc.status, tc.body, !tc.noIDs, "30")
	}
	f.Fuzz(func(t *testing.T, status int, body string, withIDs bool, rest string) {
		resp := answerOf(status, body)
		resp.Header.Set("Retry-After", rest)
		got := classify(resp, []byte(body), withIDs, testTime)
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
			if got := classify(resp, nil, true, testTime).RetryAfter; got != tc.want {
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

func TestAnswerThatIsCutOffCountsByItsStatus(t *testing.T) {
	for status, want := range map[int]relay.Outcome{200: relay.Posted, 503: relay.ServerTrouble, 429: relay.RateLimited} {
		s := New(Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			resp := answerOf(status, "")
			resp.Body = &brokenBody{left: 3}
			return resp, nil
		})})
		s.SetURL(mustParse(t, goodURL))
		if got := s.Send(t.Context(), cardMessage()); got.Outcome != want {
			t.Errorf("%d: result = %+v, want %s", status, got, want)
		}
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

func TestExplainKnowsEveryReason(t *testing.T) {
	used := map[string]bool{}
	for _, tc := range answerCases {
		used[tc.reason] = true
	}
	for reason, e := range explanations {
		headline, next := Explain(reason)
		if headline != e.headline || next != e.next || headline == "" || strings.HasSuffix(headline, ".") {
			t.Errorf("%s: headline %q, next %q", reason, headline, next)
		}
		for _, sentence := range []string{e.cause, e.next} {
			if !strings.HasSuffix(sentence, ".") || strings.Contains(sentence, ". ") {
				t.Errorf("%s: %q is not one sentence", reason, sentence)
			}
		}
		delete(used, reason)
	}
	delete(used, "")
	if len(used) > 0 {
		t.Errorf("reasons without explanation: %v", used)
	}
	if headline, next := Explain("from the future"); headline == "" || next == "" {
		t.Error("an unknown reason is not explained")
	}
}
