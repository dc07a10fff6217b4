package intake

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
)

// intake remembers what was put on disk, and can be told to misbehave.
type intake struct {
	mu     sync.Mutex
	kept   map[string]relay.Verdict
	events []relay.Event
	fail   error
	crash  any
}

func newIntake() *intake { return &intake{kept: make(map[string]relay.Verdict)} }

func (in *intake) Accept(ctx context.Context, ev relay.Event) (bool, error) {
	return in.Keep(ctx, ev, relay.Accepted)
}

func (in *intake) Keep(ctx context.Context, ev relay.Event, v relay.Verdict) (bool, error) {
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
	if known && (before != relay.Late || v != relay.Accepted) {
		return false, nil
	}
	in.kept[ev.ID] = v
	in.events = append(in.events, ev)
	return true, nil
}

func (in *intake) Known(_ context.Context, ev relay.Event) (bool, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	v := in.kept[ev.ID]
	return v == relay.Accepted || v == relay.Recorded, in.fail
}

func TestReceiverAnswerTable(t *testing.T) {
	for _, tt := range receiverCases() {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				in := newIntake()
				var seen []relay.Delivery
				rc := tt.is.receiver(in, func(d relay.Delivery) {
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
				checkCounted(t, rc.Refused(), tt.code)
				for _, d := range seen {
					if !tt.is.observerPanics && (d.Status != tt.status || d.Code != tt.code || d.Role != relay.RoleClient) {
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

func checkCounted(t *testing.T, refused map[string]uint64, code string) {
	t.Helper()
	for counted, n := range refused {
		if counted != code || n != 1 {
			t.Errorf("counted %d of %q", n, counted)
		}
	}
	if code != "" && refused[code] != 1 {
		t.Errorf("%q was not counted", code)
	}
}

func FuzzReceiver(f *testing.F) {
	for _, tt := range receiverCases() {
		q := tt.req
		if len(q.body) > 1<<12 {
			continue // Large bodies only slow the fuzzer down.
		}
		f.Add(q.method, q.path, q.body, q.secret, q.signature, q.stamp, int64(q.age/time.Second), q.headerID, q.chunked, tt.is.stopped, tt.is.unloaded)
	}
	f.Fuzz(func(t *testing.T, method, path, body, secret, sum, stamp string, age int64, headerID string, chunked, stopped, unloaded bool) {
		if !strings.HasPrefix(path, "/vast/") && !strings.HasPrefix(path, "/probe") && path != "" && path != "/health" {
			path = "/vast/client"
		}
		if _, err := url.ParseRequestURI(path); path != "" && (err != nil || strings.ContainsFunc(path, notInPath)) {
			return // net/http refuses such a request line before any handler.
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
			if !signedWell || len(in.events) != 1 || in.kept[in.events[0].ID] == relay.Late || stopped || unloaded {
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

func notInPath(r rune) bool { return r <= ' ' || r == 0x7f }

func TestReceiverTellsTheObserverBeforeItAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newIntake()
		var seen []relay.Delivery
		rc := situation{}.receiver(in, func(d relay.Delivery) { seen = append(seen, d) })
		send := func(q request) { rc.ServeHTTP(httptest.NewRecorder(), q.build(t)) }
		send(request{})
		send(request{})
		send(request{secret: "wrong"})
		send(request{signature: "-"})
		want := []relay.Delivery{
			{Verdict: relay.Accepted, Fresh: true, Status: 204},
			{Verdict: relay.Accepted, Status: 204},
			{Status: 401, Code: relay.CodeInvalidSignature},
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
		if !bytes.Equal(ev.Payload, []byte(goodBody)) || ev.Subject != "S" || ev.Role != relay.RoleClient {
			t.Errorf("kept event: got %+v", ev)
		}
	})
}

func TestReceiverReportsASuspectSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := NewVerifier()
		v.SecretLoaded(relay.RoleClient, relay.NewSecret(goodSecret))
		var suspects []relay.Role
		rc := NewReceiver(Options{Store: newIntake(), Verifier: v, OnMismatch: func(role relay.Role) { suspects = append(suspects, role) }})
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
		if len(suspects) != 1 || suspects[0] != relay.RoleClient {
			t.Fatalf("after three mismatches: got %v", suspects)
		}
		v.Suspect(relay.RoleClient, true)
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
	if w.Code != http.StatusNoContent || in.kept[goodID] != relay.Accepted {
		t.Errorf("got %d and %v, want the event on disk", w.Code, in.kept)
	}
}

// endless is a body without an end that counts what is read of it.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	e.read += len(b)
	return len(b), nil
}

func TestReceiverReadsOneByteOverTheLimitAtMost(t *testing.T) {
	body := new(endless)
	r := request{chunked: true}.build(t)
	r.Body = io.NopCloser(body)
	w := httptest.NewRecorder()
	situation{}.receiver(newIntake(), nil).ServeHTTP(w, r)
	if w.Code != http.StatusRequestEntityTooLarge || body.read != MaxBody+1 {
		t.Errorf("got %d after %d bytes", w.Code, body.read)
	}
}

// TestServerRefusesAnUnsignedBodyOverARealConnection shows that the answer to a
// body which nobody reads arrives, and that the connection is closed after it.
func TestServerRefusesAnUnsignedBodyOverARealConnection(t *testing.T) {
	in := newIntake()
	srv := httptest.NewServer(situation{}.receiver(in, nil))
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
	if res.StatusCode != http.StatusUnauthorized || !res.Close || !strings.Contains(said, relay.CodeMissingSignature) {
		t.Errorf("unsigned: got %d, close %v, %q", res.StatusCode, res.Close, said)
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	mac := sign(relay.NewSecret(goodSecret), stamp, []byte(goodBody))
	res, said = post(goodBody, map[string]string{headerTimestamp: stamp, headerSignature: "sha256=" + hex.EncodeToString(mac[:])})
	if res.StatusCode != http.StatusNoContent || said != "" || res.Close {
		t.Errorf("signed: got %d, close %v, %q", res.StatusCode, res.Close, said)
	}
}
