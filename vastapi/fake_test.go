package vastapi

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// testKey has the form of a real key, so that redaction by length is tested
// apart from redaction by value.
const testKey = "k3y-of-the-tests"

// script answers calls from a list, in order, and remembers them.
type script struct {
	t       *testing.T
	answers []scripted
	calls   []recorded
}

// scripted is one answer: an error, or a status with a body.
type scripted struct {
	status int
	body   string
	header http.Header
	err    error
	wait   time.Duration // before answering; the request's context cuts it short
}

// recorded is one request as it was sent.
type recorded struct {
	at     time.Time
	method string
	url    string
	header http.Header
	body   string
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	body := ""
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		body = string(b)
	}
	s.calls = append(s.calls, recorded{time.Now(), req.Method, req.URL.String(), req.Header.Clone(), body})
	if len(s.answers) == 0 {
		return nil, errors.New("the script has no more answers")
	}
	answer := s.answers[0]
	s.answers = s.answers[1:]
	if answer.wait > 0 {
		if err := sleep(req.Context(), answer.wait); err != nil {
			return nil, err
		}
	}
	if answer.err != nil {
		return nil, answer.err
	}
	header := answer.header
	if header == nil {
		header = make(http.Header)
	}
	return &http.Response{
		StatusCode: answer.status, Header: header, Request: req,
		Body: io.NopCloser(strings.NewReader(answer.body)),
	}, nil
}

// scriptedClient returns a client whose calls get the answers in order.
func scriptedClient(t *testing.T, answers ...scripted) (*Client, *script) {
	t.Helper()
	s := &script{t: t, answers: answers}
	c, err := New(Options{Key: NewKey(testKey), Transport: s})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return c, s
}

// mustBe fails unless err is an *Error of the class.
func mustBe(t *testing.T, err error, class Class) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got error %v, want one of class %q", err, class)
	}
	if e.Class != class {
		t.Fatalf("got class %q (%v), want %q", e.Class, e, class)
	}
	return e
}
