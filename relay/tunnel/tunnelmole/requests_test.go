package tunnelmole

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/tunnelmole/moletest"
)

var asJSON = http.Header{"Content-Type": {"application/json"}, "X-Vast-Signature": {"sha256=abc"}}

// echo answers with the hash of the body and what the request looked like.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.Header().Set("X-Saw", fmt.Sprintf("%s %s %s %s %d", r.Method, r.URL.RequestURI(), r.Host, r.Header.Get("X-Vast-Signature"), r.ContentLength))
	w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
	w.WriteHeader(http.StatusAccepted)
	_, _ = fmt.Fprintf(w, "%x", sha256.Sum256(body))
}

func TestRequestsArriveUnchanged(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	r := start(t, s, http.HandlerFunc(echo), withName)
	link := r.AwaitState(tunnel.Online)
	if link.URL != namedURL || link.Since.IsZero() || link.Err != nil {
		t.Errorf("got %+v, want it online at %s", link, namedURL)
	}
	// Bytes of every kind, nearly as many as the service passes on.
	body := bytes.Repeat([]byte("\x00\xff{\"a\": 1}\r\n\xf0\x9f\x9a\x80"), 5_000)
	resp, answer := send(t, s, http.MethodPost, link.URL+"/vast/client?q=a%2Fb", asJSON.Clone(), bytes.NewReader(body))
	if want := fmt.Sprintf("%x", sha256.Sum256(body)); resp.StatusCode != http.StatusAccepted || answer != want {
		t.Errorf("got %d and the hash %s, want 202 and %s", resp.StatusCode, answer, want)
	}
	want := fmt.Sprintf("POST /vast/client?q=a%%2Fb my-relay.%s sha256=abc %d", moletest.Domain, len(body))
	if got := resp.Header.Get("X-Saw"); got != want {
		t.Errorf("the handler saw %q, want %q", got, want)
	}
	if got := resp.Header["Set-Cookie"]; len(got) != 2 {
		t.Errorf("got the cookies %q, want two", got)
	}
}

func TestManyRequestsAtOnce(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	r := start(t, s, http.HandlerFunc(echo), nil)
	link := r.AwaitState(tunnel.Online)
	var all sync.WaitGroup
	for i := range mostRequests {
		all.Go(func() {
			body := fmt.Sprintf(`{"event_id":%d}`, i)
			resp, answer := send(t, s, http.MethodPost, link.URL+"/vast/client", asJSON.Clone(), strings.NewReader(body))
			if want := fmt.Sprintf("%x", sha256.Sum256([]byte(body))); resp.StatusCode != http.StatusAccepted || answer != want {
				t.Errorf("request %d: got %d, %q; want 202 and %q", i, resp.StatusCode, answer, want)
			}
		})
	}
	all.Wait()
}

func TestARequestTooManyIsToBeDeliveredAgain(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	arrived, release := make(chan struct{}, mostRequests), make(chan struct{})
	r := start(t, s, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-release
		w.WriteHeader(http.StatusNoContent)
	}), nil)
	link := r.AwaitState(tunnel.Online)
	var all sync.WaitGroup
	for range mostRequests {
		all.Go(func() { wantStatus(t, s, link.URL, http.StatusNoContent) })
	}
	for range mostRequests {
		<-arrived
	}
	wantStatus(t, s, link.URL, http.StatusServiceUnavailable)
	close(release)
	all.Wait()
	wantStatus(t, s, link.URL, http.StatusNoContent)
}

// TestBodiesThatTheServiceDoesNotPassOn has each answered so that Vast.ai acts
// rightly, and the link live on.
func TestBodiesThatTheServiceDoesNotPassOn(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	r := start(t, s, http.HandlerFunc(echo), nil)
	address := r.AwaitState(tunnel.Online).URL + "/vast/client"
	for _, tt := range []struct {
		name   string
		header http.Header
		size   int
		want   int
	}{
		{"of 100 KB", asJSON, 100 << 10, http.StatusAccepted},
		{"of more than 100 KB", asJSON, 100<<10 + 1, http.StatusRequestEntityTooLarge},
		{"compressed", http.Header{"Content-Type": {"application/json"}, "Content-Encoding": {"gzip"}}, 10, http.StatusUnsupportedMediaType},
		{"lost, because no type was named", http.Header{}, 10, http.StatusServiceUnavailable},
		{"empty, of no type", http.Header{}, 0, http.StatusAccepted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			resp, _ := send(t, s, http.MethodPost, address, tt.header.Clone(), bytes.NewReader(make([]byte, tt.size)))
			if resp.StatusCode != tt.want {
				t.Errorf("got %d, want %d", resp.StatusCode, tt.want)
			}
		})
	}
	if got := len(s.Inits()); got != 1 {
		t.Errorf("got %d connections, want one", got)
	}
}

func TestWhatTheServiceIsTold(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	r := start(t, s, nil, func(o *Options) {
		o.Key, o.Subdomain = relay.NewSecret("  "+testKey+"\n"), "https://My-Relay.tunnelmole.net/"
	})
	r.AwaitState(tunnel.Online)
	got := s.Inits()[0]
	if len(got.ClientID) != 21 {
		t.Errorf("got the client id %q, want 21 characters", got.ClientID)
	}
	if got.ClientID = ""; got != (moletest.Initialise{Key: testKey, Subdomain: "my-relay", Version: "vast-relay/1.2.3"}) {
		t.Errorf("got %+v", got)
	}
}

// messages are texts of the service, and whether each is a message.
var messages = []struct {
	name, text string
	valid      bool
}{
	{"a name", `{"type":"hostnameAssigned","hostname":"a.example.com"}`, true},
	{"a request", `{"type":"forwardedRequest","requestId":"1","url":"/vast/client?a=b","method":"POST","headers":{"content-type":"application/json","set-cookie":["a","b"],"content-length":2},"body":"e30="}`, true},
	{"a request with headers that are none", `{"type":"forwardedRequest","requestId":"1","url":"/","method":"GET","headers":{"a":{},"b":null,"c":true},"body":""}`, true},
	{"a type that is not known", `{"type":"later"}`, true},
	{"a request without an id", `{"type":"forwardedRequest","url":"/"}`, false},
	{"a request whose id is a number", `{"type":"forwardedRequest","requestId":1,"url":"/"}`, false},
	{"headers that are a list", `{"type":"forwardedRequest","requestId":"1","headers":[]}`, false},
	{"no type", `{}`, false},
	{"a list", `[]`, false},
	{"null", `null`, false},
	{"nothing", ``, false},
	{"half a message", `{"type":"hostnameAssigned","hostna`, false},
	{"deep nesting", strings.Repeat("[", 20_000), false},
	{"bytes that are no text", "\xff\x00", false},
}

func TestMessages(t *testing.T) {
	for _, tt := range messages {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := parseMessage([]byte(tt.text)); (err == nil) != tt.valid {
				t.Errorf("got %v, want a message: %v", err, tt.valid)
			}
		})
	}
}

// TestRequestsThatCannotBeRead: it is the service that passed them on like that, and
// Vast.ai would take a status below 500 for the last word on the delivery.
func TestRequestsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	f := newFront(http.HandlerFunc(echo), slogDiscard)
	defer f.close()
	for _, tt := range []struct {
		name string
		m    message
		want int
	}{
		{"a whole one", message{Method: "POST", URL: "/a", Body: "e30="}, http.StatusAccepted},
		{"no method", message{URL: "/a"}, http.StatusAccepted}, // GET
		{"a method with a space", message{Method: "PO ST", URL: "/a"}, http.StatusServiceUnavailable},
		{"no path", message{Method: "GET"}, http.StatusServiceUnavailable},
		{"a path without a slash", message{Method: "GET", URL: "a"}, http.StatusServiceUnavailable},
		{"a whole address", message{Method: "GET", URL: "http://other.example/a"}, http.StatusServiceUnavailable},
		{"an address without a scheme", message{Method: "GET", URL: "//other.example/a"}, http.StatusAccepted},
		{"a path with a control character", message{Method: "GET", URL: "/a\r\nHost: b"}, http.StatusServiceUnavailable},
		{"a body that is not base64", message{Method: "POST", URL: "/a", Body: "{}"}, http.StatusServiceUnavailable},
		{"a header with a line break", message{Method: "GET", URL: "/a", Headers: map[string]values{"X-A": {"b\r\nX-C: d"}}}, http.StatusServiceUnavailable},
		{"a length that is no number", message{Method: "POST", URL: "/a", Headers: map[string]values{"content-length": {"x"}}}, http.StatusAccepted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := f.answer(t.Context(), tt.m).StatusCode; got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// TestEveryRequestIsAnswered answers in place of a handler that does not: the
// service would keep the sender waiting for ever.
func TestEveryRequestIsAnswered(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"a handler that hangs": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"a handler that hangs in the middle of its answer": func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
		"a handler that panics": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFront(h, slogDiscard)
				defer f.close()
				began := time.Now()
				got := f.answer(t.Context(), message{RequestID: "1", Method: "GET", URL: "/a"})
				if got.StatusCode != http.StatusServiceUnavailable || got.RequestID != "1" || time.Since(began) > answerWithin {
					t.Errorf("got %+v after %v, want 503 within %v", got, time.Since(began), answerWithin)
				}
			})
		})
	}
}

func FuzzMessage(f *testing.F) {
	for _, tt := range messages {
		f.Add([]byte(tt.text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parseMessage(data)
		if err != nil {
			if strings.Contains(err.Error(), `"`) {
				t.Errorf("the error quotes the message: %v", err)
			}
			return
		}
		if host, err := m.host(); err == nil {
			if again, err := relay.ParseDomain(host); err != nil || again != host {
				t.Errorf("%q is no host name in its one spelling", host)
			}
		}
		r, err := m.request(context.Background())
		if err != nil {
			if !errors.Is(err, errUnreadable) && !errors.Is(err, errBodyLost) {
				t.Errorf("got %v, want one of the two errors", err)
			}
			return
		}
		if r.URL.Host != "tunnel" || r.URL.Scheme != "http" {
			t.Errorf("the request leads to %s", r.URL)
		}
		for _, name := range append(hopHeaders, "Host") {
			if _, kept := r.Header[name]; kept {
				t.Errorf("the header %s is passed on", name)
			}
		}
		body, err := io.ReadAll(r.Body)
		if want, _ := base64.StdEncoding.DecodeString(m.Body); err != nil || !bytes.Equal(body, want) {
			t.Errorf("got the body %q, %v, want %q", body, err, want)
		}
		encoded, err := json.Marshal(m.answer(http.StatusOK, r.Header, body))
		if err != nil {
			t.Fatal(err)
		}
		var answer response
		if err := json.Unmarshal(encoded, &answer); err != nil || answer.Body != base64.StdEncoding.EncodeToString(body) {
			t.Errorf("got the answer %q, %v", answer.Body, err)
		}
	})
}
