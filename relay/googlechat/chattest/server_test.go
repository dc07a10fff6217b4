package chattest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

const spaceID = "AAAAexample"

// answerTo is an answer as a client sees it.
type answerTo struct {
	status int
	body   string
	header http.Header
}

// send posts body to a webhook URL with further query parameters. It does not
// follow redirects.
func send(t *testing.T, target, body string, extra url.Values) (answerTo, error) {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	for name, values := range extra {
		query[name] = values
	}
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, u.String(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return answerTo{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answerTo{resp.StatusCode, string(out), resp.Header}, nil
}

// mustSend is send for requests that are answered.
func mustSend(t *testing.T, target, body string, extra url.Values) answerTo {
	t.Helper()
	got, err := send(t, target, body, extra)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// start runs a server for the test.
func start(t *testing.T, opts Options) *Server {
	t.Helper()
	s := New(opts)
	t.Cleanup(s.Close)
	return s
}

// withIDs makes the id parameters.
func withIDs(message, request string) url.Values {
	return url.Values{"messageId": {message}, "requestId": {request}}
}

const hello = `{"text":"hello"}`

func TestStoresAndAnswersPartially(t *testing.T) {
	var called []StoredMessage
	s := start(t, Options{OnMessage: func(name string, m StoredMessage) {
		if name == spaceID {
			called = append(called, m)
		}
	}})
	body := `{"text":"a","fallbackText":"f","cardsV2":[{"cardId":"c","card":{"header":{"title":"T"},"sections":[{"widgets":[{"textParagraph":{"text":"p"}}]}]}}]}`
	got := mustSend(t, s.SpaceURL(spaceID), body, withIDs("client-1", "r1"))
	var reply struct {
		Name, Text, ClientAssignedMessageID string
		Thread                              struct{ Name string }
	}
	if err := json.Unmarshal([]byte(got.body), &reply); err != nil {
		t.Fatal(err)
	}
	stored := s.Messages(spaceID)
	if got.status != 200 || len(stored) != 1 || reply.Name != stored[0].Name || reply.Text != "a" ||
		reply.ClientAssignedMessageID != "client-1" || !strings.HasPrefix(reply.Thread.Name, "spaces/"+spaceID+"/threads/") {
		t.Errorf("answer %+v, stored %+v", got, stored)
	}
	m := stored[0]
	if m.Text != "a" || m.FallbackText != "f" || m.CardTitle != "T" || m.Widgets != 1 || m.Blank || m.MessageID != "client-1" ||
		m.RequestID != "r1" || string(m.Body) != body || m.At.IsZero() {
		t.Errorf("stored %+v", m)
	}
	if len(called) != 1 || called[0].Name != m.Name {
		t.Errorf("callback saw %+v", called)
	}
	if got.header.Get("Server") != "ESF" || !strings.Contains(got.body, "\n  \"name\"") {
		t.Errorf("header %v, body %q, want indented JSON from ESF", got.header, got.body)
	}
	if s.Messages("other") != nil {
		t.Error("an unknown space holds messages")
	}
}

func TestThreads(t *testing.T) {
	option := func(value string) url.Values { return url.Values{"messageReplyOption": {value}} }
	fallback := option("REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD")
	keyed := func(key string) string { return `{"text":"a","thread":{"threadKey":"` + key + `"}}` }
	for _, tc := range []struct {
		name         string
		query        url.Values // of the second message
		body         string     // of the second message
		otherWebhook bool
		together     bool
	}{
		{name: "an equal key brings messages together", query: fallback, body: keyed("k"), together: true},
		{name: "also where a thread must be found", query: option("REPLY_MESSAGE_OR_FAIL"), body: keyed("k"), together: true},
		{name: "another key keeps them apart", query: fallback, body: keyed("l")},
		{name: "no key keeps them apart", query: fallback, body: `{"text":"a"}`},
		{name: "without the option the key is ignored", body: keyed("k")},
		{name: "keys are scoped to the webhook", query: fallback, body: keyed("k"), otherWebhook: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := start(t, Options{})
			first := s.SpaceURL(spaceID)
			second := first
			if tc.otherWebhook {
				second = s.AddWebhook(spaceID)
			}
			a := mustSend(t, first, keyed("k"), fallback)
			b := mustSend(t, second, tc.body, tc.query)
			if a.status != 200 || b.status != 200 {
				t.Fatalf("answers %+v and %+v, want both taken", a, b)
			}
			m := s.Messages(spaceID)
			if together := m[0].Thread == m[1].Thread; together != tc.together || m[0].Thread == "" {
				t.Errorf("threads %q and %q, want together %v", m[0].Thread, m[1].Thread, tc.together)
			}
			if !strings.Contains(b.body, m[1].Thread) {
				t.Errorf("the answer %s does not name the thread %s", b.body, m[1].Thread)
			}
		})
	}
	s := start(t, Options{})
	if a := mustSend(t, s.SpaceURL(spaceID), keyed("k"), option("SIDEWAYS")); a.status != 400 {
		t.Errorf("an unknown option answers %+v, want 400", a)
	}
}

func TestIDs(t *testing.T) {
	s := start(t, Options{})
	first, second := s.SpaceURL(spaceID), s.AddWebhook(spaceID)
	if first != s.SpaceURL(spaceID) || first == second {
		t.Fatal("a space keeps its URL, and another webhook has another")
	}
	a := mustSend(t, first, hello, withIDs("client-1", "r1"))
	b := mustSend(t, first, `{"text":"other"}`, withIDs("client-1", "r1"))
	if a.status != 200 || b.status != 200 || nameIn(t, a) != nameIn(t, b) {
		t.Errorf("a repeat answers %+v after %+v, want the same name", b, a)
	}
	if c := mustSend(t, first, hello, withIDs("client-1", "r2")); c.status != 409 || !strings.Contains(c.body, "ALREADY_EXISTS") {
		t.Errorf("a used message id answers %+v, want 409", c)
	}
	if d := mustSend(t, second, hello, withIDs("client-1", "r1")); d.status != 409 {
		t.Errorf("a used message id through another webhook answers %+v, want 409", d)
	}
	if e := mustSend(t, s.SpaceURL("other"), hello, withIDs("client-1", "r1")); e.status != 200 {
		t.Errorf("another space answers %+v, want 200", e)
	}
	if n := len(s.Messages(spaceID)); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
	if s.Replays() != 3 || s.Requests() != 5 {
		t.Errorf("%d replays of %d requests, want 3 of 5", s.Replays(), s.Requests())
	}

	s.SetIgnoreIDs(true)
	x := mustSend(t, first, hello, withIDs("client-1", "r1"))
	y := mustSend(t, first, hello, withIDs("client-1", "r1"))
	if x.status != 200 || nameIn(t, x) == nameIn(t, y) || strings.Contains(x.body, "clientAssigned") {
		t.Errorf("ignoring ids answers %+v and %+v, want two messages", x, y)
	}
	if n := len(s.Messages(spaceID)); n != 3 {
		t.Errorf("%d messages, want 3", n)
	}
}

// nameIn returns the message name of an answer.
func nameIn(t *testing.T, a answerTo) string {
	t.Helper()
	var reply struct{ Name string }
	if err := json.Unmarshal([]byte(a.body), &reply); err != nil {
		t.Fatal(err)
	}
	return reply.Name
}

func TestPace(t *testing.T) {
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	s := start(t, Options{Pace: true, Now: func() time.Time { return now }})
	statuses := func(want ...int) {
		t.Helper()
		for _, w := range want {
			got := mustSend(t, s.SpaceURL(spaceID), hello, nil)
			if got.status != w {
				t.Errorf("status %d, want %d", got.status, w)
			}
			if w == 429 && (!strings.Contains(got.body, "RESOURCE_EXHAUSTED") || got.header.Get("Retry-After") != "") {
				t.Errorf("answer %+v, want no Retry-After", got)
			}
		}
	}
	statuses(200, 429, 429)
	now = now.Add(999 * time.Millisecond)
	statuses(429)
	now = now.Add(time.Millisecond)
	statuses(200)
	if got := mustSend(t, s.AddWebhook(spaceID), hello, nil); got.status != 429 {
		t.Errorf("another webhook into the space answers %d, want 429: they share the budget", got.status)
	}
	if got := mustSend(t, s.SpaceURL("other"), hello, nil); got.status != 200 {
		t.Errorf("another space answers %d, want 200", got.status)
	}
	s.SetPace(false)
	statuses(200, 200)
}

func TestFaults(t *testing.T) {
	card := `{"text":"a","thread":{"threadKey":"k"},"cardsV2":[{"card":{"header":{"title":"T"}}}]}`
	for fault, want := range map[Fault]struct {
		status int
		holds  string
		stored int
	}{
		RateLimit: {429, "RESOURCE_EXHAUSTED", 0}, RequestTimeout: {408, "DEADLINE", 0}, InternalError: {500, "INTERNAL", 0},
		BadGateway: {502, "<!DOCTYPE", 0}, Unavailable: {503, "UNAVAILABLE", 0}, GatewayTimeout: {504, "DEADLINE", 0},
		AppsOff: {403, "caller does not have permission", 0}, KeyMissing: {403, "unregistered callers", 0},
		TokenMissing: {403, "without a valid token", 0}, NotFoundHTML: {404, "<!DOCTYPE", 0}, NotFound: {404, "NOT_FOUND", 0},
		Unauthorized: {401, "UNAUTHENTICATED", 0}, KeyInvalid: {400, "API_KEY_INVALID", 0}, TooLarge: {413, "payload size", 0},
		Redirect: {302, "", 0}, SignInPage: {200, "<!DOCTYPE", 0}, RefuseCards: {400, "cards_v2", 0}, RefuseContent: {400, "INVALID_ARGUMENT", 0},
		RefuseIDs: {400, "messageId", 0}, Hang: {0, "", 0}, StoreThenHang: {0, "", 1}, StoreThenCut: {0, "", 1},
		StoreThenFail: {503, "UNAVAILABLE", 1}, StoreThenBabble: {200, "OK", 1}, StoreThenOmitName: {200, "{}", 1},
		SignInPageBOM: {200, "\ufeff<!DOCTYPE", 0}, Page400: {400, "<!DOCTYPE", 0}, Page401: {401, "<!DOCTYPE", 0},
		Page403: {403, "<!DOCTYPE", 0}, Page409: {409, "<!DOCTYPE", 0}, Page413: {413, "<!DOCTYPE", 0}, Page429: {429, "<!DOCTYPE", 0},
		Empty400: {400, "", 0}, Empty409: {409, "", 0}, EmptyOK: {200, "", 0}, NoContent: {204, "", 0}, PlainOK: {200, "OK", 0},
		OtherJSON: {200, `{"status":"ok"}`, 0}, OtherJSON400: {400, `{"message"`, 0}, ForeignCode: {400, "1020", 0},
		UnnamedMessageOK: {200, "{}", 0}, RefuseThreads: {400, "thread resource name", 0},
		StoreThenTruncate: {200, `"name"`, 1}, StoreThenEmpty: {200, "", 1}, StoreThenPage: {200, "<!DOCTYPE", 1},
	} {
		t.Run(string(fault), func(t *testing.T) {
			s := start(t, Options{})
			s.FailNext(1, fault)
			if fault == Hang || fault == StoreThenHang {
				hangs(t, s, card, want.stored)
				return
			}
			got, err := send(t, s.SpaceURL(spaceID), card, withIDs("client-1", "r1"))
			if (err != nil) != (want.status == 0) {
				t.Fatalf("error %v", err)
			}
			if got.status != want.status || !strings.Contains(got.body, want.holds) {
				t.Errorf("answer %+v, want %d with %q", got, want.status, want.holds)
			}
			if n := len(s.Messages(spaceID)); n != want.stored {
				t.Errorf("%d messages, want %d", n, want.stored)
			}
			if got := mustSend(t, s.SpaceURL(spaceID), card, withIDs("client-1", "r1")); got.status != 200 {
				t.Errorf("afterwards %+v, want 200", got)
			}
			if n := len(s.Messages(spaceID)); n != 1 {
				t.Errorf("%d messages in the end, want 1", n)
			}
		})
	}
	if len(Faults()) != 45 {
		t.Errorf("%d faults, want 45", len(Faults()))
	}
}

// hangs asserts that a request gets no answer, only the end of its connection
// once the client has left.
func hangs(t *testing.T, s *Server, body string, stored int) {
	t.Helper()
	left, cancel := context.WithCancel(t.Context())
	cancel()
	recorder := httptest.NewRecorder()
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("ended with %v, want an aborted connection", err)
		}
		if recorder.Body.Len() > 0 {
			t.Errorf("answered %q", recorder.Body)
		}
		if n := len(s.Messages(spaceID)); n != stored {
			t.Errorf("%d messages, want %d", n, stored)
		}
	}()
	s.ServeHTTP(recorder, httptest.NewRequestWithContext(left, http.MethodPost, s.SpaceURL(spaceID), strings.NewReader(body)))
}

func TestFaultsApplyToWhatTheyConcern(t *testing.T) {
	s := start(t, Options{})
	s.SetFault(RefuseCards)
	if got := mustSend(t, s.SpaceURL(spaceID), hello, nil); got.status != 200 {
		t.Errorf("text answers %d while cards are refused", got.status)
	}
	s.SetFault(RefuseIDs)
	if got := mustSend(t, s.SpaceURL(spaceID), hello, nil); got.status != 200 {
		t.Errorf("a request without ids answers %d while they are refused", got.status)
	}
	s.SetFault(RefuseThreads)
	if got := mustSend(t, s.SpaceURL(spaceID), hello, nil); got.status != 200 {
		t.Errorf("a message without a thread answers %d while threads are refused", got.status)
	}
	s.FailNext(1, NoFault)
	s.FailNext(1, InternalError)
	s.SetFault(Unavailable)
	for i, want := range []int{200, 500, 503, 503} {
		if got := mustSend(t, s.SpaceURL(spaceID), hello, nil); got.status != want {
			t.Errorf("request %d answers %d, want %d", i, got.status, want)
		}
	}
	s.SetFault(NoFault)
	if got := mustSend(t, s.SpaceURL(spaceID), hello, nil); got.status != 200 {
		t.Errorf("answers %d, want 200", got.status)
	}
}

func TestRemovedSpace(t *testing.T) {
	s := start(t, Options{})
	old := s.SpaceURL(spaceID)
	mustSend(t, old, hello, nil)
	s.RemoveSpace(spaceID)
	s.RemoveSpace("never was")
	if got := mustSend(t, old, hello, nil); got.status != 404 {
		t.Errorf("answers %d, want 404", got.status)
	}
	if n := len(s.Messages(spaceID)); n != 1 {
		t.Errorf("%d messages, want what stood there", n)
	}
	if got := mustSend(t, s.SpaceURL(spaceID), hello, nil); got.status != 200 {
		t.Errorf("made anew, it answers %d", got.status)
	}
	if got := mustSend(t, old, hello, nil); got.status != 403 {
		t.Errorf("the old webhook answers %d, want 403", got.status)
	}
}

func TestCloseEndsHangingRequestsAndIsIdempotent(t *testing.T) {
	s := New(Options{})
	s.SetFault(StoreThenHang)
	stored := make(chan struct{})
	s.OnMessage(func(string, StoredMessage) { close(stored) })
	ended := make(chan error, 1)
	target := s.SpaceURL(spaceID)
	go func() {
		_, err := send(t, target, hello, nil)
		ended <- err
	}()
	<-stored
	s.Close()
	s.Close()
	if err := <-ended; err == nil {
		t.Error("a hanging request was answered")
	}
	if _, err := send(t, target, hello, nil); err == nil {
		t.Error("a closed server answers")
	}
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("a closed server ends a request with %v", err)
		}
	}()
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, http.NoBody))
}

func TestLeaksFindsEveryForm(t *testing.T) {
	const u = "https://chat.googleapis.com/v1/spaces/S/messages?key=the-key&token=the-token_-1%3D"
	for text, leaks := range map[string]bool{
		u: true, "a the-key b": true, "the-token_-1=": true, "the-token_-1%3D": true, "the-token_-1": true,
		"spaces/S and the rest": false, "": false,
	} {
		if got := Leaks(u, "nothing here", text); (len(got) > 0) != leaks {
			t.Errorf("Leaks in %q = %v, want %v", text, got, leaks)
		}
		for _, found := range Leaks(u, text) {
			if strings.Contains(found, "the-") {
				t.Errorf("%q repeats the secret", found)
			}
		}
	}
}
