package intake

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
)

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
	absent, unloaded, rotating, suspect bool
	offset                              time.Duration // by which our clock is ahead, as two witnesses say
	unmeasured                          bool          // no witness can be asked
	unasked                             bool          // the witnesses have not been asked yet
	alone                               bool          // there is only one witness
	disputed                            bool          // the second witness says that the clock is a day ahead
	stopped                             bool
	storeFails                          error
	panics                              bool
	seen                                relay.Verdict // how the good event is known already
	observerPanics                      bool
	base                                string // the path of the public address
}

type receiverCase struct {
	name   string
	is     situation
	req    request
	status int
	code   string // the error in the body
	body   string // where there is no error
	allow  string
	kept   map[string]relay.Verdict // what is on disk afterwards
	closes bool                     // the connection is closed
}

func kept(id string, v relay.Verdict) map[string]relay.Verdict {
	return map[string]relay.Verdict{id: v}
}

// receiverCases holds every row of the receiver's answer table.
func receiverCases() []receiverCase {
	big := strings.Repeat(" ", MaxBody-len(goodBody)) + goodBody
	nosecret := request{secret: "wrong"}
	disk := errors.New("disk full")
	bodyHash := func(s string) string { return "body-" + shortHash([]byte(s)) }
	return []receiverCase{
		// Valid, new; valid, seen before.
		{name: "valid and new", status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "valid and new, without a length", req: request{chunked: true}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "valid and new, of the largest size", req: request{body: big}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "valid and new, of the largest size without a length", req: request{body: big, chunked: true}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "valid and new, with an upper-case signature", req: request{signature: "upper"}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "valid and new, with a query", req: request{path: "/vast/client?x=1"}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "valid and seen before", is: situation{seen: relay.Accepted}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "valid and recorded before", is: situation{seen: relay.Recorded}, status: 204, kept: kept(goodID, relay.Recorded)},
		{name: "a test that the program started", req: request{body: testBody}, status: 204, kept: kept("test1", relay.Recorded)},
		{name: "in time, clock unmeasured", is: situation{unmeasured: true}, status: 204, kept: kept(goodID, relay.Accepted)},

		// Signature and timestamp missing, malformed or wrong.
		{name: "no signature", req: request{signature: "-", unreadable: true}, status: 401, code: relay.CodeMissingSignature, closes: true},
		{name: "an empty body without a signature", req: request{method: "POST", body: "-", signature: "-"}, status: 401, code: relay.CodeMissingSignature},
		{name: "a malformed signature", req: request{signature: "sha256=xyz", unreadable: true}, status: 401, code: relay.CodeMalformedSignature, closes: true},
		{name: "a signature of another algorithm", req: request{signature: "sha1=" + strings.Repeat("0", 40), unreadable: true}, status: 401, code: relay.CodeMalformedSignature, closes: true},
		{name: "headers given twice", req: request{twice: true, unreadable: true}, status: 401, code: relay.CodeMalformedSignature, closes: true},
		{name: "a wrong signature", req: nosecret, status: 401, code: relay.CodeInvalidSignature},
		{name: "a wrong signature over something that is not JSON", req: request{secret: "wrong", body: "x"}, status: 401, code: relay.CodeInvalidSignature},
		{name: "a wrong signature that is also late", req: request{secret: "wrong", age: time.Hour}, status: 401, code: relay.CodeInvalidSignature},
		{name: "no timestamp", req: request{stamp: "-", unreadable: true}, status: 401, code: relay.CodeMissingTimestamp, closes: true},
		{name: "a malformed timestamp", req: request{stamp: "1.5", unreadable: true}, status: 401, code: relay.CodeMalformedTimestamp, closes: true},
		{name: "a timestamp that was not the signed one", req: request{stamp: "946684801"}, status: 401, code: relay.CodeInvalidSignature},
		{name: "neither header", req: request{signature: "-", stamp: "-", unreadable: true}, status: 401, code: relay.CodeMissingSignature, closes: true},

		// Time more than 300 s away.
		{name: "exactly 300 s old", req: request{age: 300 * time.Second}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "exactly 300 s ahead", req: request{age: -300 * time.Second}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "301 s old", req: request{age: 301 * time.Second}, status: 401, code: relay.CodeStaleTimestamp, kept: kept(goodID, relay.Late)},
		{name: "301 s ahead", req: request{age: -301 * time.Second}, status: 401, code: relay.CodeStaleTimestamp, kept: kept(goodID, relay.Late)},
		{name: "late and known as late", is: situation{seen: relay.Late}, req: request{age: time.Hour}, status: 401, code: relay.CodeStaleTimestamp, kept: kept(goodID, relay.Late)},
		{name: "late and accepted before", is: situation{seen: relay.Accepted}, req: request{age: time.Hour}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "late and recorded before", is: situation{seen: relay.Recorded}, req: request{age: time.Hour}, status: 204, kept: kept(goodID, relay.Recorded)},
		{name: "late and known as late, clock unmeasured", is: situation{seen: relay.Late, unmeasured: true}, req: request{age: time.Hour}, status: 503, code: relay.CodeClockUnmeasured, kept: kept(goodID, relay.Late)},
		{name: "late by the only witness", is: situation{alone: true}, req: request{age: time.Hour}, status: 503, code: relay.CodeClockUnmeasured, kept: kept(goodID, relay.Late)},
		{name: "late by our clock, in time by the only witness", is: situation{alone: true, offset: 10 * time.Minute}, req: request{age: 10 * time.Minute}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "in time by one witness, late by the other", is: situation{disputed: true}, status: 503, code: relay.CodeClockUnmeasured, kept: kept(goodID, relay.Late)},
		{name: "late by two witnesses that disagree", is: situation{disputed: true}, req: request{age: time.Hour}, status: 503, code: relay.CodeClockUnmeasured, kept: kept(goodID, relay.Late)},
		{name: "late by our clock, in time once it is measured", is: situation{unasked: true, offset: 10 * time.Minute}, req: request{age: 10 * time.Minute}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "late by our clock, late once it is measured", is: situation{unasked: true}, req: request{age: 10 * time.Minute}, status: 401, code: relay.CodeStaleTimestamp, kept: kept(goodID, relay.Late)},
		{name: "late before and now in time", is: situation{seen: relay.Late}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "late by our clock, in time by theirs", is: situation{offset: 10 * time.Minute}, req: request{age: 10 * time.Minute}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "in time by our clock, late by theirs", is: situation{offset: 10 * time.Minute}, status: 401, code: relay.CodeStaleTimestamp, kept: kept(goodID, relay.Late)},
		{name: "our clock is behind", is: situation{offset: -10 * time.Minute}, req: request{age: -10 * time.Minute}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "late, clock unmeasured", is: situation{unmeasured: true}, req: request{age: time.Hour}, status: 503, code: relay.CodeClockUnmeasured, kept: kept(goodID, relay.Late)},
		{name: "not JSON, and late by the only witness", is: situation{alone: true}, req: request{age: time.Hour, body: "x"}, status: 503, code: relay.CodeClockUnmeasured, kept: kept(bodyHash("x"), relay.Unreadable)},
		{name: "late, the store cannot write", is: situation{storeFails: disk}, req: request{age: time.Hour}, status: 503, code: relay.CodeStoreUnavailable},
		{name: "late and not JSON", req: request{age: time.Hour, body: "x"}, status: 401, code: relay.CodeStaleTimestamp, kept: kept(bodyHash("x"), relay.Unreadable)},
		{name: "a test of ours, late", req: request{age: time.Hour, body: testBody}, status: 401, code: relay.CodeStaleTimestamp, kept: kept("test1", relay.Late)},

		{name: "a number that is none", req: request{body: `{"event_id":"a","price":NaN,"left":-Infinity}`}, status: 204, kept: kept("a", relay.Accepted)},
		{name: "a byte order mark", req: request{body: "\ufeff" + `{"event_id":"a"}`}, status: 204, kept: kept("a", relay.Accepted)},

		// Body not JSON or not an object.
		{name: "not JSON", req: request{body: "hello"}, status: 400, code: relay.CodeInvalidJSON, kept: kept(bodyHash("hello"), relay.Unreadable)},
		{name: "an empty body", req: request{body: "-"}, status: 400, code: relay.CodeInvalidJSON, kept: kept(bodyHash(""), relay.Unreadable)},
		{name: "a list", req: request{body: "[]"}, status: 400, code: relay.CodeInvalidJSON, kept: kept(bodyHash("[]"), relay.Unreadable)},
		{name: "null", req: request{body: "null", headerID: "h"}, status: 400, code: relay.CodeInvalidJSON, kept: kept(bodyHash("null"), relay.Unreadable)},
		{name: "not JSON, the store cannot write", is: situation{storeFails: disk}, req: request{body: "x"}, status: 503, code: relay.CodeStoreUnavailable},

		// Object without event_id.
		{name: "no event_id, the header has one", req: request{body: `{"a":1}`, headerID: "from-header"}, status: 204, kept: kept("header-from-header", relay.Accepted)},
		{name: "no event_id anywhere", req: request{body: `{"a":1}`}, status: 204, kept: kept(bodyHash(`{"a":1}`), relay.Accepted)},
		{name: "the body's id beats the header's", req: request{headerID: "other"}, status: 204, kept: kept(goodID, relay.Accepted)},

		// Mismatch around a rotate.
		{name: "a mismatch while rotating", is: situation{rotating: true}, req: nosecret, status: 503, code: relay.CodeUnsettledSignature},
		{name: "a match while rotating", is: situation{rotating: true}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "a mismatch while the secret is suspected", is: situation{suspect: true}, req: nosecret, status: 503, code: relay.CodeUnsettledSignature},
		{name: "a malformed signature while rotating", is: situation{rotating: true}, req: request{signature: "x", unreadable: true}, status: 401, code: relay.CodeMalformedSignature, closes: true},

		// Not POST.
		{name: "GET", req: request{method: "GET", unreadable: true}, status: 405, code: relay.CodeMethodNotAllowed, allow: "POST", closes: true},
		{name: "PUT", req: request{method: "PUT", unreadable: true}, status: 405, code: relay.CodeMethodNotAllowed, allow: "POST", closes: true},
		{name: "HEAD without a body", req: request{method: "HEAD", body: "-"}, status: 405, code: relay.CodeMethodNotAllowed, allow: "POST"},
		{name: "post in lower case", req: request{method: "post", unreadable: true}, status: 405, code: relay.CodeMethodNotAllowed, allow: "POST", closes: true},

		// Body over 1 MiB.
		{name: "a body that says it is too large", req: request{body: big + " ", unreadable: true}, status: 413, code: relay.CodeTooLarge, closes: true},
		{name: "a body that turns out too large", req: request{body: big + " ", chunked: true}, status: 413, code: relay.CodeTooLarge, closes: true},
		{name: "too large and unsigned", req: request{body: big + " ", signature: "-", unreadable: true}, status: 413, code: relay.CodeTooLarge, closes: true},
		{name: "too large without a length, and unsigned", req: request{body: big + " ", chunked: true, signature: "-", unreadable: true}, status: 401, code: relay.CodeMissingSignature, closes: true},
		{name: "GET and too large", req: request{method: "GET", body: big + " ", unreadable: true}, status: 405, code: relay.CodeMethodNotAllowed, allow: "POST", closes: true},
		{name: "a body that breaks off", req: request{broken: true}, status: 408, code: relay.CodeIncomplete, closes: true},

		// Unknown path; a role without a webhook of ours.
		{name: "the root", req: request{path: "/", unreadable: true}, status: 404, code: relay.CodeNotFound, closes: true},
		// An address with a path, which a proxy strips or not.
		{name: "a base path that the proxy strips", is: situation{base: "/hooks"}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "a base path that the proxy leaves", is: situation{base: "/hooks"}, req: request{path: "/hooks/vast/client"}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "a base path that the proxy strips in part", is: situation{base: "/a/hooks"}, req: request{path: "/hooks/vast/client"}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "a base path that leaves a slash of itself", is: situation{base: "/hooks"}, req: request{path: "//vast/client"}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "a base path in another escaping", is: situation{base: "/ü-x"}, req: request{path: "/%c3%bc%2dx/vast/client"}, status: 204, kept: kept(goodID, relay.Accepted)},
		{name: "another base path", is: situation{base: "/hooks"}, req: request{path: "/other/vast/client"}, status: 404, code: relay.CodeNotFound, closes: true},
		{name: "half a base path", is: situation{base: "/hooks"}, req: request{path: "/oks/vast/client"}, status: 404, code: relay.CodeNotFound, closes: true},
		{name: "a base path where there is none", req: request{path: "/hooks/vast/client"}, status: 404, code: relay.CodeNotFound, closes: true},
		{name: "a doubled slash where there is no base path", req: request{path: "//vast/client"}, status: 404, code: relay.CodeNotFound, closes: true},
		{name: "an own path that is not the end", is: situation{base: "/hooks"}, req: request{path: "/hooks/vast/client/x"}, status: 404, code: relay.CodeNotFound, closes: true},
		{name: "health below the base path", is: situation{base: "/hooks"}, req: request{method: "GET", path: "/hooks/health", body: "-"}, status: 200, body: `{"ok":true}`},
		{name: "the probe below the base path", is: situation{base: "/hooks"}, req: request{method: "GET", path: "/hooks/probe/" + testNonce, body: "-"}, status: 200, body: testNonce},
		{name: "a probe of another run below the base path", is: situation{base: "/hooks"}, req: request{method: "GET", path: "/hooks/probe/other", body: "-"}, status: 404, code: relay.CodeNotFound},

		{name: "GET of an unknown path", req: request{method: "GET", path: "/favicon.ico", body: "-"}, status: 404, code: relay.CodeNotFound},
		{name: "a role without a webhook", req: request{path: "/vast/host", unreadable: true}, status: 404, code: relay.CodeNotFound, closes: true},
		{name: "GET of a role without a webhook", req: request{method: "GET", path: "/vast/host", body: "-"}, status: 404, code: relay.CodeNotFound},
		{name: "no webhook at all", is: situation{absent: true}, req: request{unreadable: true}, status: 404, code: relay.CodeNotFound, closes: true},
		{name: "a path with a slash too many", req: request{path: "/vast/client/", unreadable: true}, status: 404, code: relay.CodeNotFound, closes: true},
		{name: "a path in another letter case", req: request{path: "/Vast/client", unreadable: true}, status: 404, code: relay.CodeNotFound, closes: true},
		{name: "an escaped path", req: request{path: "/vast%2Fclient", unreadable: true}, status: 404, code: relay.CodeNotFound, closes: true},
		{name: "a path with dots", req: request{path: "/vast/../vast/client", unreadable: true}, status: 404, code: relay.CodeNotFound, closes: true},

		// Not ready, stopping, or the store cannot write.
		{name: "the secret is not loaded", is: situation{unloaded: true}, req: request{unreadable: true}, status: 503, code: relay.CodeNotReady, closes: true},
		{name: "unsigned, the secret is not loaded", is: situation{unloaded: true}, req: request{signature: "-", unreadable: true}, status: 401, code: relay.CodeMissingSignature, closes: true},
		{name: "stopping", is: situation{stopped: true}, req: request{unreadable: true}, status: 503, code: relay.CodeStopping, closes: true},
		{name: "stopping, unsigned", is: situation{stopped: true}, req: request{signature: "-", unreadable: true}, status: 503, code: relay.CodeStopping, closes: true},
		{name: "the store cannot write", is: situation{storeFails: disk}, status: 503, code: relay.CodeStoreUnavailable},
		{name: "the store cannot write a test of ours", is: situation{storeFails: disk}, req: request{body: testBody}, status: 503, code: relay.CodeStoreUnavailable},
		{name: "a panic of ours", is: situation{panics: true}, status: 503, code: relay.CodeInternal, closes: true},
		{name: "a panic after the write", is: situation{observerPanics: true}, status: 503, code: relay.CodeInternal, kept: kept(goodID, relay.Accepted), closes: true},

		// Health and probe.
		{name: "health", req: request{method: "GET", path: "/health", body: "-"}, status: 200, body: `{"ok":true}`},
		{name: "health without a webhook", is: situation{absent: true}, req: request{method: "GET", path: "/health", body: "-"}, status: 200, body: `{"ok":true}`},
		{name: "health by HEAD", req: request{method: "HEAD", path: "/health", body: "-"}, status: 200, body: `{"ok":true}`},
		{name: "health by POST", req: request{path: "/health", unreadable: true}, status: 405, code: relay.CodeMethodNotAllowed, allow: "GET, HEAD", closes: true},
		{name: "health while stopping", is: situation{stopped: true}, req: request{method: "GET", path: "/health", body: "-"}, status: 503, code: relay.CodeStopping},
		{name: "the probe of this run", req: request{method: "GET", path: "/probe/" + testNonce, body: "-"}, status: 200, body: testNonce},
		{name: "the probe by POST", req: request{path: "/probe/" + testNonce, unreadable: true}, status: 405, code: relay.CodeMethodNotAllowed, allow: "GET, HEAD", closes: true},
		{name: "a probe of another run", req: request{method: "GET", path: "/probe/other", body: "-"}, status: 404, code: relay.CodeNotFound},
		{name: "a probe without a nonce", req: request{method: "GET", path: "/probe/", body: "-"}, status: 404, code: relay.CodeNotFound},
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
	mac := sign(relay.NewSecret(secret), stamp, []byte(body))
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
func (s situation) receiver(in *intake, observe func(relay.Delivery)) *Receiver {
	v := NewVerifier()
	switch {
	case s.absent:
	case s.unloaded:
		v.Expect(relay.RoleClient)
	default:
		v.SecretLoaded(relay.RoleClient, relay.NewSecret(goodSecret))
	}
	if s.rotating {
		v.RotateStarted(relay.RoleClient)
	}
	if s.suspect {
		v.Suspect(relay.RoleClient, true)
	}
	in.fail = s.storeFails
	if s.panics {
		in.crash = "boom"
	}
	if s.seen != "" {
		in.kept[goodID] = s.seen
	}
	rc := NewReceiver(Options{
		Store: in, Verifier: v, Clock: s.clock(), ProbeNonce: testNonce, Observe: observe,
		RecordOnly: func(ev relay.Event) bool { return ev.Type == relay.TestType },
		Logger:     slog.New(slog.DiscardHandler),
		BasePath:   func() string { return s.base },
	})
	if s.stopped {
		rc.Stop()
	}
	return rc
}

// clock builds the receiver's clock.
func (s situation) clock() *Clock {
	witness := func(name string, offset time.Duration) relay.Witness {
		return relay.Witness{Name: name, Offset: func(context.Context) (time.Duration, error) {
			if s.unmeasured {
				return 0, errors.New("nobody answers")
			}
			return offset, nil
		}}
	}
	second := s.offset
	if s.disputed {
		second = 24 * time.Hour
	}
	witnesses := []relay.Witness{witness("first", s.offset), witness("second", second)}
	if s.alone {
		witnesses = witnesses[:1]
	}
	c := NewClock(witnesses...)
	if !s.unasked {
		c.Measure(context.Background())
	}
	return c
}
