package relay

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// intake remembers what was put on disk, and can be told to misbehave.
type intake struct {
	mu     sync.Mutex
	kept   map[string]Verdict
	events []Event
	fail   error
	crash  any
}

func newIntake() *intake { return &intake{kept: make(map[string]Verdict)} }

func (in *intake) Accept(ctx context.Context, ev Event) (bool, error) {
	return in.Keep(ctx, ev, Accepted)
}

func (in *intake) Keep(ctx context.Context, ev Event, v Verdict) (bool, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.crash != nil {
		panic(in.crash)
	}
	if _, ok := ctx.Deadline(); !ok {
		return false, errors.New("a write without a deadline")
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if in.fail != nil {
		return false, in.fail
	}
	before, known := in.kept[ev.ID]
	if known && (before != Late || v != Accepted) {
		return false, nil
	}
	in.kept[ev.ID] = v
	in.events = append(in.events, ev)
	return true, nil
}

const (
	goodSecret = "secret-of-the-webhook"
	goodID     = "00112233445566778899aabbccddeeff"
	goodBody   = `{"event_id":"` + goodID + `","user_id":4711,"notif_type":"outbid","subject":"S","message":"M","timestamp":1.5}`
	testBody   = `{"event_id":"test1","notif_type":"webhook_test","subject":"Vast.ai webhook test"}`
	testNonce  = "nonce-of-this-run"
)

// request describes one request to the receiver. The zero value of each field
// gives what a proper delivery has; "-" leaves a header out.
type request struct {
	method, path, body string
	secret             string        // what it is signed with
	signature, stamp   string        // replace the signed ones
	twice              bool          // both headers are sent twice
	age                time.Duration // how long ago it was signed
	chunked            bool          // no Content-Length
	headerID           string
	broken             bool // the connection ends in the middle of the body
	unreadable         bool // reading the body is a failure of the test
}

// situation is the state that the receiver is in.
type situation struct {
	absent, unloaded, rotating, suspect, unmeasured bool
	offset                                          time.Duration
	stopped                                         bool
	storeFails                                      error
	panics                                          bool
	seen                                            Verdict // how the good event is known already
	observerPanics                                  bool
}

type receiverCase struct {
	name   string
	is     situation
	req    request
	status int
	code   string // the error in the body
	body   string // where there is no error
	allow  string
	kept   map[string]Verdict // what is on disk afterwards
	closes bool               // the connection is closed
}

func kept(id string, v Verdict) map[string]Verdict { return map[string]Verdict{id: v} }

// receiverCases holds every row of the receiver's answer table.
func receiverCases() []receiverCase {
	big := strings.Repeat(" ", MaxBody-len(goodBody)) + goodBody
	nosecret := request{secret: "wrong"}
	disk := errors.New("disk full")
	bodyHash := func(s string) string { return "body-" + shortHash([]byte(s)) }
	return []receiverCase{
		// Valid, new; valid, seen before.
		{name: "valid and new", status: 204, kept: kept(goodID, Accepted)},
		{name: "valid and new, without a length", req: request{chunked: true}, status: 204, kept: kept(goodID, Accepted)},
		{name: "valid and new, of the largest size", req: request{body: big}, status: 204, kept: kept(goodID, Accepted)},
		{name: "valid and new, of the largest size without a length", req: request{body: big, chunked: true}, status: 204, kept: kept(goodID, Accepted)},
		{name: "valid and new, with an upper-case signature", req: request{signature: "upper"}, status: 204, kept: kept(goodID, Accepted)},
		{name: "valid and new, with a query", req: request{path: "/vast/client?x=1"}, status: 204, kept: kept(goodID, Accepted)},
		{name: "valid and seen before", is: situation{seen: Accepted}, status: 204, kept: kept(goodID, Accepted)},
		{name: "valid and recorded before", is: situation{seen: Recorded}, status: 204, kept: kept(goodID, Recorded)},
		{name: "a test that the program started", req: request{body: testBody}, status: 204, kept: kept("test1", Recorded)},
		{name: "in time, clock unmeasured", is: situation{unmeasured: true}, status: 204, kept: kept(goodID, Accepted)},

		// Signature and timestamp missing, malformed or wrong.
		{name: "no signature", req: request{signature: "-", unreadable: true}, status: 401, code: CodeMissingSignature, closes: true},
		{name: "an empty body without a signature", req: request{method: "POST", body: "-", signature: "-"}, status: 401, code: CodeMissingSignature},
		{name: "a malformed signature", req: request{signature: "sha256=xyz", unreadable: true}, status: 401, code: CodeMalformedSignature, closes: true},
		{name: "a signature of another algorithm", req: request{signature: "sha1=" + strings.Repeat("0", 40), unreadable: true}, status: 401, code: CodeMalformedSignature, closes: true},
		{name: "headers given twice", req: request{twice: true, unreadable: true}, status: 401, code: CodeMalformedSignature, closes: true},
		{name: "a wrong signature", req: nosecret, status: 401, code: CodeInvalidSignature},
		{name: "a wrong signature over something that is not JSON", req: request{secret: "wrong", body: "x"}, status: 401, code: CodeInvalidSignature},
		{name: "a wrong signature that is also late", req: request{secret: "wrong", age: time.Hour}, status: 401, code: CodeInvalidSignature},
		{name: "no timestamp", req: request{stamp: "-", unreadable: true}, status: 401, code: CodeMissingTimestamp, closes: true},
		{name: "a malformed timestamp", req: request{stamp: "1.5", unreadable: true}, status: 401, code: CodeMalformedTimestamp, closes: true},
		{name: "a timestamp that was not the signed one", req: request{stamp: "946684801"}, status: 401, code: CodeInvalidSignature},
		{name: "neither header", req: request{signature: "-", stamp: "-", unreadable: true}, status: 401, code: CodeMissingSignature, closes: true},

		// Time more than 300 s away.
		{name: "exactly 300 s old", req: request{age: 300 * time.Second}, status: 204, kept: kept(goodID, Accepted)},
		{name: "exactly 300 s ahead", req: request{age: -300 * time.Second}, status: 204, kept: kept(goodID, Accepted)},
		{name: "301 s old", req: request{age: 301 * time.Second}, status: 401, code: CodeStaleTimestamp, kept: kept(goodID, Late)},
		{name: "301 s ahead", req: request{age: -301 * time.Second}, status: 401, code: CodeStaleTimestamp, kept: kept(goodID, Late)},
		{name: "late and known as late", is: situation{seen: Late}, req: request{age: time.Hour}, status: 401, code: CodeStaleTimestamp, kept: kept(goodID, Late)},
		{name: "late and accepted before", is: situation{seen: Accepted}, req: request{age: time.Hour}, status: 401, code: CodeStaleTimestamp, kept: kept(goodID, Accepted)},
		{name: "late before and now in time", is: situation{seen: Late}, status: 204, kept: kept(goodID, Accepted)},
		{name: "late by our clock, in time by theirs", is: situation{offset: 10 * time.Minute}, req: request{age: 10 * time.Minute}, status: 204, kept: kept(goodID, Accepted)},
		{name: "in time by our clock, late by theirs", is: situation{offset: 10 * time.Minute}, status: 401, code: CodeStaleTimestamp, kept: kept(goodID, Late)},
		{name: "our clock is behind", is: situation{offset: -10 * time.Minute}, req: request{age: -10 * time.Minute}, status: 204, kept: kept(goodID, Accepted)},
		{name: "late, clock unmeasured", is: situation{unmeasured: true}, req: request{age: time.Hour}, status: 503, code: CodeClockUnmeasured},
		{name: "late, the store cannot write", is: situation{storeFails: disk}, req: request{age: time.Hour}, status: 503, code: CodeStoreUnavailable},
		{name: "late and not JSON", req: request{age: time.Hour, body: "x"}, status: 401, code: CodeStaleTimestamp, kept: kept(bodyHash("x"), Unreadable)},
		{name: "a test of ours, late", req: request{age: time.Hour, body: testBody}, status: 401, code: CodeStaleTimestamp, kept: kept("test1", Late)},

		// Body not JSON or not an object.
		{name: "not JSON", req: request{body: "hello"}, status: 400, code: CodeInvalidJSON, kept: kept(bodyHash("hello"), Unreadable)},
		{name: "an empty body", req: request{body: "-"}, status: 400, code: CodeInvalidJSON, kept: kept(bodyHash(""), Unreadable)},
		{name: "a list", req: request{body: "[]"}, status: 400, code: CodeInvalidJSON, kept: kept(bodyHash("[]"), Unreadable)},
		{name: "null", req: request{body: "null", headerID: "h"}, status: 400, code: CodeInvalidJSON, kept: kept(bodyHash("null"), Unreadable)},
		{name: "not JSON, the store cannot write", is: situation{storeFails: disk}, req: request{body: "x"}, status: 503, code: CodeStoreUnavailable},

		// Object without event_id.
		{name: "no event_id, the header has one", req: request{body: `{"a":1}`, headerID: "from-header"}, status: 204, kept: kept("from-header", Accepted)},
		{name: "no event_id anywhere", req: request{body: `{"a":1}`}, status: 204, kept: kept(bodyHash(`{"a":1}`), Accepted)},
		{name: "the body's id beats the header's", req: request{headerID: "other"}, status: 204, kept: kept(goodID, Accepted)},

		// Mismatch around a rotate.
		{name: "a mismatch while rotating", is: situation{rotating: true}, req: nosecret, status: 503, code: CodeUnsettledSignature},
		{name: "a match while rotating", is: situation{rotating: true}, status: 204, kept: kept(goodID, Accepted)},
		{name: "a mismatch while the secret is suspected", is: situation{suspect: true}, req: nosecret, status: 503, code: CodeUnsettledSignature},
		{name: "a malformed signature while rotating", is: situation{rotating: true}, req: request{signature: "x", unreadable: true}, status: 401, code: CodeMalformedSignature, closes: true},

		// Not POST.
		{name: "GET", req: request{method: "GET", unreadable: true}, status: 405, code: CodeMethodNotAllowed, allow: "POST", closes: true},
		{name: "PUT", req: request{method: "PUT", unreadable: true}, status: 405, code: CodeMethodNotAllowed, allow: "POST", closes: true},
		{name: "HEAD without a body", req: request{method: "HEAD", body: "-"}, status: 405, code: CodeMethodNotAllowed, allow: "POST"},
		{name: "post in lower case", req: request{method: "post", unreadable: true}, status: 405, code: CodeMethodNotAllowed, allow: "POST", closes: true},

		// Body over 1 MiB.
		{name: "a body that says it is too large", req: request{body: big + " ", unreadable: true}, status: 413, code: CodeTooLarge, closes: true},
		{name: "a body that turns out too large", req: request{body: big + " ", chunked: true}, status: 413, code: CodeTooLarge, closes: true},
		{name: "too large and unsigned", req: request{body: big + " ", signature: "-", unreadable: true}, status: 413, code: CodeTooLarge, closes: true},
		{name: "too large without a length, and unsigned", req: request{body: big + " ", chunked: true, signature: "-", unreadable: true}, status: 401, code: CodeMissingSignature, closes: true},
		{name: "GET and too large", req: request{method: "GET", body: big + " ", unreadable: true}, status: 405, code: CodeMethodNotAllowed, allow: "POST", closes: true},
		{name: "a body that breaks off", req: request{broken: true}, status: 408, code: CodeIncomplete, closes: true},

		// Unknown path; a context without a webhook of ours.
		{name: "the root", req: request{path: "/", unreadable: true}, status: 404, code: CodeNotFound, closes: true},
		{name: "GET of an unknown path", req: request{method: "GET", path: "/favicon.ico", body: "-"}, status: 404, code: CodeNotFound},
		{name: "a context without a webhook", req: request{path: "/vast/host", unreadable: true}, status: 404, code: CodeNotFound, closes: true},
		{name: "GET of a context without a webhook", req: request{method: "GET", path: "/vast/host", body: "-"}, status: 404, code: CodeNotFound},
		{name: "no webhook at all", is: situation{absent: true}, req: request{unreadable: true}, status: 404, code: CodeNotFound, closes: true},
		{name: "a path with a slash too many", req: request{path: "/vast/client/", unreadable: true}, status: 404, code: CodeNotFound, closes: true},
		{name: "a path in another letter case", req: request{path: "/Vast/client", unreadable: true}, status: 404, code: CodeNotFound, closes: true},
		{name: "an escaped path", req: request{path: "/vast%2Fclient", unreadable: true}, status: 404, code: CodeNotFound, closes: true},
		{name: "a path with dots", req: request{path: "/vast/../vast/client", unreadable: true}, status: 404, code: CodeNotFound, closes: true},

		// Not ready, stopping, or the store cannot write.
		{name: "the secret is not loaded", is: situation{unloaded: true}, req: request{unreadable: true}, status: 503, code: CodeNotReady, closes: true},
		{name: "unsigned, the secret is not loaded", is: situation{unloaded: true}, req: request{signature: "-", unreadable: true}, status: 401, code: CodeMissingSignature, closes: true},
		{name: "stopping", is: situation{stopped: true}, req: request{unreadable: true}, status: 503, code: CodeStopping, closes: true},
		{name: "stopping, unsigned", is: situation{stopped: true}, req: request{signature: "-", unreadable: true}, status: 503, code: CodeStopping, closes: true},
		{name: "the store cannot write", is: situation{storeFails: disk}, status: 503, code: CodeStoreUnavailable},
		{name: "the store cannot write a test of ours", is: situation{storeFails: disk}, req: request{body: testBody}, status: 503, code: CodeStoreUnavailable},
		{name: "a panic of ours", is: situation{panics: true}, status: 503, code: CodeInternal, closes: true},
		{name: "a panic after the write", is: situation{observerPanics: true}, status: 503, code: CodeInternal, kept: kept(goodID, Accepted), closes: true},

		// Health and probe.
		{name: "health", req: request{method: "GET", path: "/health", body: "-"}, status: 200, body: `{"ok":true}`},
		{name: "health without a webhook", is: situation{absent: true}, req: request{method: "GET", path: "/health", body: "-"}, status: 200, body: `{"ok":true}`},
		{name: "health by HEAD", req: request{method: "HEAD", path: "/health", body: "-"}, status: 200, body: `{"ok":true}`},
		{name: "health by POST", req: request{path: "/health", unreadable: true}, status: 405, code: CodeMethodNotAllowed, allow: "GET, HEAD", closes: true},
		{name: "health while stopping", is: situation{stopped: true}, req: request{method: "GET", path: "/health", body: "-"}, status: 503, code: CodeStopping},
		{name: "the probe of this run", req: request{method: "GET", path: "/probe/" + testNonce, body: "-"}, status: 200, body: testNonce},
		{name: "the probe by POST", req: request{path: "/probe/" + testNonce, unreadable: true}, status: 405, code: CodeMethodNotAllowed, allow: "GET, HEAD", closes: true},
		{name: "a probe of another run", req: request{method: "GET", path: "/probe/other", body: "-"}, status: 404, code: CodeNotFound},
		{name: "a probe without a nonce", req: request{method: "GET", path: "/probe/", body: "-"}, status: 404, code: CodeNotFound},
	}
}

// untouchable fails the test when the body is read.
type untouchable struct{ t *testing.T }

func (u untouchable) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

// build makes the HTTP request that q describes, as of now.
func (q request) build(t *testing.T) *http.Request {
	body := q.body
	switch body {
	case "":
		body = goodBody
	case "-":
		body = ""
	}
	stamp := strconv.FormatInt(time.Now().Add(-q.age).Unix(), 10)
	secret := q.secret
	if secret == "" {
		secret = goodSecret
	}
	mac := sign(NewSecret(secret), stamp, []byte(body))
	sum := "sha256=" + hex.EncodeToString(mac[:])
	switch q.signature {
	case "":
	case "upper":
		sum = "sha256=" + strings.ToUpper(hex.EncodeToString(mac[:]))
	default:
		sum = q.signature
	}
	if q.stamp != "" {
		stamp = q.stamp
	}

	var reader io.Reader = strings.NewReader(body)
	switch {
	case q.unreadable:
		reader = untouchable{t}
	case q.broken:
		reader = io.MultiReader(strings.NewReader(body[:10]), brokenPipe{})
	}
	method, path := q.method, q.path
	if method == "" {
		method = http.MethodPost
	}
	if path == "" {
		path = "/vast/client"
	}
	r := httptest.NewRequest(http.MethodPost, path, reader)
	r.Method = method
	r.ContentLength = int64(len(body))
	if q.chunked {
		r.ContentLength = -1
	}
	for range 2 {
		if sum != "-" {
			r.Header.Add(headerSignature, sum)
		}
		if stamp != "-" {
			r.Header.Add(headerTimestamp, stamp)
		}
		if !q.twice {
			break
		}
	}
	if q.headerID != "" {
		r.Header.Set(headerEventID, q.headerID)
	}
	return r
}

type brokenPipe struct{}

func (brokenPipe) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// receiver builds a Receiver in the situation s.
func (s situation) receiver(in *intake, observe func(Delivery)) *Receiver {
	v := NewVerifier()
	switch {
	case s.absent:
	case s.unloaded:
		v.Expect(ContextClient)
	default:
		v.SecretLoaded(ContextClient, NewSecret(goodSecret))
	}
	if s.rotating {
		v.RotateStarted(ContextClient)
	}
	if s.suspect {
		v.Suspect(ContextClient, true)
	}
	if !s.unmeasured {
		v.SetClockOffset(s.offset)
	}
	in.fail = s.storeFails
	if s.panics {
		in.crash = "boom"
	}
	if s.seen != "" {
		in.kept[goodID] = s.seen
	}
	rc := NewReceiver(ReceiverOptions{
		Intake: in, Verifier: v, ProbeNonce: testNonce, Observe: observe,
		RecordOnly: func(ev Event) bool { return ev.Type == TestType },
		Logger:     slog.New(slog.DiscardHandler),
	})
	if s.stopped {
		rc.Stop()
	}
	return rc
}

func TestReceiverAnswerTable(t *testing.T) {
	for _, tt := range receiverCases() {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				in := newIntake()
				var seen []Delivery
				rc := tt.is.receiver(in, func(d Delivery) {
					if seen = append(seen, d); tt.is.observerPanics {
						panic("boom")
					}
				})
				w := httptest.NewRecorder()
				rc.ServeHTTP(w, tt.req.build(t))

				if w.Code != tt.status {
					t.Errorf("status: got %d, want %d", w.Code, tt.status)
				}
				checkBody(t, w, tt)
				if got := w.Header().Get("Allow"); got != tt.allow {
					t.Errorf("Allow: got %q, want %q", got, tt.allow)
				}
				if got := w.Header().Get("Connection") == "close"; got != tt.closes {
					t.Errorf("closes the connection: got %v, want %v", got, tt.closes)
				}
				want := tt.kept
				if len(in.kept) != len(want) {
					t.Errorf("kept: got %v, want %v", in.kept, want)
				}
				for id, v := range want {
					if in.kept[id] != v {
						t.Errorf("kept: got %v, want %v", in.kept, want)
					}
				}
				checkCounted(t, rc.tallies.Snapshot(), tt.code)
				for _, d := range seen {
					if !tt.is.observerPanics && (d.Status != tt.status || d.Code != tt.code || d.Context != ContextClient) {
						t.Errorf("observed: got %+v, want status %d and code %q", d, tt.status, tt.code)
					}
				}
			})
		})
	}
}

func checkBody(t *testing.T, w *httptest.ResponseRecorder, tt receiverCase) {
	t.Helper()
	want, wantType := tt.body, typeJSON
	switch {
	case tt.code != "":
		want = `{"ok":false,"error":"` + tt.code + `"}`
	case tt.body == testNonce:
		wantType = typeText
	case tt.body == "":
		wantType = ""
	}
	if got := w.Body.String(); got != want {
		t.Errorf("body: got %q, want %q", got, want)
	}
	if got := w.Header().Get("Content-Type"); got != wantType {
		t.Errorf("Content-Type: got %q, want %q", got, wantType)
	}
}

func checkCounted(t *testing.T, c Counters, code string) {
	t.Helper()
	for counted, n := range c.Refused {
		if counted != code || n != 1 {
			t.Errorf("counted %d of %q", n, counted)
		}
	}
	if code != "" && c.Refused[code] != 1 {
		t.Errorf("%q was not counted", code)
	}
}

func FuzzReceiver(f *testing.F) {
	for _, tt := range receiverCases() {
		q := tt.req
		if len(q.body) > 1<<12 {
			continue // Large bodies only slow the fuzzer down.
		}
		q.unreadable = false
		f.Add(q.method, q.path, q.body, q.secret, q.signature, q.stamp, int64(q.age/time.Second), q.headerID, q.chunked, tt.is.stopped, tt.is.unloaded)
	}
	f.Fuzz(func(t *testing.T, method, path, body, secret, sum, stamp string, age int64, headerID string, chunked, stopped, unloaded bool) {
		if !strings.HasPrefix(path, "/vast/") && !strings.HasPrefix(path, "/probe") && path != "" && path != "/health" {
			path = "/vast/client"
		}
		if _, err := http.NewRequest(http.MethodPost, path, nil); err != nil || strings.ContainsAny(path, " \r\n\t\x00") { //nolint:noctx // Only parsed.
			return
		}
		in := newIntake()
		rc := situation{stopped: stopped, unloaded: unloaded}.receiver(in, nil)
		q := request{
			method: method, path: path, body: body, secret: secret, signature: sum, stamp: stamp,
			age: time.Duration(age%1e6) * time.Second, headerID: headerID, chunked: chunked,
		}
		w := httptest.NewRecorder()
		rc.ServeHTTP(w, q.build(t))

		signedWell := secret == "" && (sum == "" || sum == "upper") && stamp == ""
		switch w.Code {
		case http.StatusNoContent:
			if !signedWell || len(in.events) != 1 || in.kept[in.events[0].ID] == Late || stopped || unloaded {
				t.Errorf("204 for %+v, kept %v", q, in.kept)
			}
			if w.Body.Len() != 0 {
				t.Error("204 with a body")
			}
		case http.StatusOK:
			if got := w.Body.String(); got != `{"ok":true}` && got != testNonce {
				t.Errorf("200 with %q", got)
			}
		case 400, 401, 404, 405, 413, 503:
			var said struct {
				OK    bool
				Error string
			}
			if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || said.OK || said.Error == "" {
				t.Errorf("%d with %q", w.Code, w.Body)
			}
		default:
			t.Errorf("status %d", w.Code)
		}
		if len(in.kept) > 0 && !signedWell {
			t.Errorf("kept %v of a delivery that was not signed", in.kept)
		}
	})
}

func TestReceiverTellsTheObserverBeforeItAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newIntake()
		var seen []Delivery
		rc := situation{}.receiver(in, func(d Delivery) { seen = append(seen, d) })
		send := func(q request) { rc.ServeHTTP(httptest.NewRecorder(), q.build(t)) }
		send(request{})
		send(request{})
		send(request{secret: "wrong"})
		send(request{signature: "-"})
		want := []Delivery{
			{Verdict: Accepted, Fresh: true, Status: 204},
			{Verdict: Accepted, Status: 204},
			{Status: 401, Code: CodeInvalidSignature},
		}
		if len(seen) != len(want) {
			t.Fatalf("got %d observations, want %d: a request without a signature is only counted", len(seen), len(want))
		}
		for i, w := range want {
			g := seen[i]
			if g.Verdict != w.Verdict || g.Fresh != w.Fresh || g.Status != w.Status || g.Code != w.Code || !g.Arrived.Equal(time.Now()) {
				t.Errorf("observation %d: got %+v, want %+v", i, g, w)
			}
			if known := g.Event.ID == goodID; known != (w.Status == 204) {
				t.Errorf("observation %d: event %+v", i, g.Event)
			}
		}
		ev := in.events[0]
		if !bytes.Equal(ev.Payload, []byte(goodBody)) || ev.Subject != "S" || ev.Context != ContextClient {
			t.Errorf("kept event: got %+v", ev)
		}
	})
}

func TestReceiverReportsASuspectSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := NewVerifier()
		v.SecretLoaded(ContextClient, NewSecret(goodSecret))
		var suspects []Context
		rc := NewReceiver(ReceiverOptions{Intake: newIntake(), Verifier: v, OnMismatch: func(c Context) { suspects = append(suspects, c) }})
		send := func(n int, q request) {
			for range n {
				rc.ServeHTTP(httptest.NewRecorder(), q.build(t))
			}
		}
		send(9, request{signature: "-"})
		send(9, request{signature: "sha256=x"})
		send(9, request{secret: "wrong", age: time.Hour})
		send(9, request{})
		if len(suspects) != 0 {
			t.Fatalf("suspected after requests that say nothing of the secret: %v", suspects)
		}
		send(2, request{secret: "wrong"})
		if len(suspects) != 0 {
			t.Fatal("suspected after two mismatches")
		}
		send(1, request{secret: "wrong"})
		if len(suspects) != 1 || suspects[0] != ContextClient {
			t.Fatalf("after three mismatches: got %v", suspects)
		}
		v.Suspect(ContextClient, true)
		send(9, request{secret: "wrong"})
		if len(suspects) != 1 {
			t.Errorf("mismatches during the check count again: %v", suspects)
		}
	})
}

func TestReceiverOutlivesASenderThatHangsUp(t *testing.T) {
	in := newIntake()
	rc := situation{}.receiver(in, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	rc.ServeHTTP(w, request{}.build(t).WithContext(ctx))
	if w.Code != http.StatusNoContent || in.kept[goodID] != Accepted {
		t.Errorf("got %d and %v, want the event on disk", w.Code, in.kept)
	}
}

func TestReceiverDoesNotLogRefusedRequests(t *testing.T) {
	var logged bytes.Buffer
	v := NewVerifier()
	v.SecretLoaded(ContextClient, NewSecret(goodSecret))
	rc := NewReceiver(ReceiverOptions{Intake: newIntake(), Verifier: v, Logger: slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	for _, q := range []request{{signature: "-"}, {secret: "wrong"}, {path: "/x"}, {method: "GET"}} {
		rc.ServeHTTP(httptest.NewRecorder(), q.build(t))
	}
	if logged.Len() > 0 {
		t.Errorf("logged: %s", logged.String())
	}
}

// TestServerRefusesAnUnsignedFloodOverARealConnection shows that the options of
// NewServer and the answers work together: a body that nobody asked for is not
// read, and the answer arrives nevertheless.
func TestServerRefusesAnUnsignedBodyOverARealConnection(t *testing.T) {
	in := newIntake()
	srv := httptest.NewUnstartedServer(nil)
	srv.Config = NewServer(situation{}.receiver(in, nil), slog.New(slog.DiscardHandler))
	srv.Start()
	defer srv.Close()
	post := func(body string, headers map[string]string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/vast/client", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range headers {
			req.Header.Set(k, v)
		}
		res, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		said, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, string(said)
	}

	res, said := post(strings.Repeat("x", 1<<16), nil)
	if res.StatusCode != http.StatusUnauthorized || !res.Close || !strings.Contains(said, CodeMissingSignature) {
		t.Errorf("unsigned: got %d, close %v, %q", res.StatusCode, res.Close, said)
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	mac := sign(NewSecret(goodSecret), stamp, []byte(goodBody))
	res, said = post(goodBody, map[string]string{headerTimestamp: stamp, headerSignature: "sha256=" + hex.EncodeToString(mac[:])})
	if res.StatusCode != http.StatusNoContent || said != "" || res.Close {
		t.Errorf("signed: got %d, close %v, %q", res.StatusCode, res.Close, said)
	}
}

func TestNewServerHasEveryDeadline(t *testing.T) {
	s := NewServer(http.NotFoundHandler(), nil)
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.WriteTimeout <= s.ReadTimeout || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 || s.ErrorLog == nil {
		t.Errorf("got %+v", s)
	}
}
