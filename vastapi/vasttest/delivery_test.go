package vasttest

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/vastapi"
)

// receiver is a webhook's far end that answers from a list and keeps what came.
type receiver struct {
	mu      sync.Mutex
	answers []int // used in order; then 204
	got     []received
}

type received struct {
	at     time.Time
	url    string
	host   string
	header http.Header
	body   []byte
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.got = append(r.got, received{time.Now(), req.URL.String(), req.Host, req.Header.Clone(), body})
	status := http.StatusNoContent
	if len(r.answers) > 0 {
		status, r.answers = r.answers[0], r.answers[1:]
	}
	r.mu.Unlock()
	if status == 0 {
		<-req.Context().Done()
		return
	}
	if status >= 300 && status < 400 {
		w.Header().Set("Location", "https://elsewhere.example/")
	}
	w.WriteHeader(status)
}

// relayed starts a stand-in with one webhook that leads to r.
func relayed(t *testing.T, r *receiver, types ...string) (*Server, int64) {
	t.Helper()
	s, account := start(t, Options{Deliver: InProcess(r)})
	if len(types) == 0 {
		types = []string{"client:outbid"}
	}
	id := s.SeedWebhook(account, vastapi.NewWebhook{URL: "https://relay.example/vast/client", EventTypes: types})
	for _, key := range types {
		s.SetPreference(account, key, "webhooks", true)
	}
	return s, id
}

func TestSignatureVectors(t *testing.T) {
	const head = `{"event_id":"00112233445566778899aabbccddeeff","user_id":4711,"notif_type":"outbid","subject":"Instance outbid","message":"Bid 0.30 `
	const tail = ` needs 0.42","timestamp":1772489999.5}`
	tests := []struct{ name, body, want string }{
		{"an empty body", "", "5f2ebad6162d7c9a2c078c66754de349776474f53780598efd37e7e122e56cbf"},
		{"an escaped dash", head + `\u2014` + tail, "962d246da994179383469719ddd60938ce73d0aaa7b9eae2b7a0dcfb1194853b"},
		{"a raw dash", head + "—" + tail, "89fb6a1a2a5fd44246ca6431c61019011f6adb0a90b50d64750243989924b286"},
	}
	for _, tt := range tests {
		if got := Sign("stub-secret-0001", "1772490000", []byte(tt.body)); got != "sha256="+tt.want {
			t.Errorf("%s: got %s", tt.name, got)
		}
	}
	e := Emission{
		Type: "client:outbid", EventID: "00112233445566778899aabbccddeeff",
		Subject: "Instance outbid", Message: "Bid 0.30 — needs 0.42",
	}
	at := time.Unix(1772489999, 500_000_000)
	if got := string(e.payload(4711, at)); got != tests[1].body {
		t.Errorf("the payload is %s, want %s", got, tests[1].body)
	}
	e.RawNonASCII = true
	if got := string(e.payload(4711, at)); got != tests[2].body {
		t.Errorf("the raw payload is %s, want %s", got, tests[2].body)
	}
}

func TestTestCallAnswersByTheReceiversAnswer(t *testing.T) {
	tests := []struct {
		name   string
		answer int // 0: none within the ten seconds
		class  vastapi.Class
	}{
		{"taken", 204, ""},
		{"taken with 200", 200, ""},
		{"refused for its signature", 401, vastapi.NotDeliverable},
		{"not there", 404, vastapi.NotDeliverable},
		{"a redirect is not followed", 302, vastapi.NotDeliverable},
		{"to be tried again, 408", 408, vastapi.DeliveryFailed},
		{"to be tried again, 429", 429, vastapi.DeliveryFailed},
		{"to be tried again, 503", 503, vastapi.DeliveryFailed},
		{"no answer in time", 0, vastapi.DeliveryFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &receiver{answers: []int{tt.answer}}
				s, id := relayed(t, r)
				c, err := vastapi.New(vastapi.Options{BaseURL: s.URL(), Key: vastapi.NewKey(testKey), Transport: s.Transport()})
				if err != nil {
					t.Fatal(err)
				}
				began := time.Now()
				answer, err := c.Test(t.Context(), id)
				if got := vastapi.ClassOf(err); got != tt.class {
					t.Errorf("got %v", err)
				}
				if len(r.got) != 1 {
					t.Fatalf("got %d deliveries, want 1: a test is never retried", len(r.got))
				}
				got := r.got[0]
				if tt.class == "" && answer.EventID != got.header.Get("X-Vast-Event-Id") {
					t.Errorf("got event %q, delivered %q", answer.EventID, got.header.Get("X-Vast-Event-Id"))
				}
				if !strings.Contains(string(got.body), `"notif_type":"webhook_test"`) || !strings.Contains(string(got.body), `"subject":"Vast.ai webhook test"`) {
					t.Errorf("got body %s", got.body)
				}
				if tt.answer == 0 && time.Since(began) != 10*time.Second {
					t.Errorf("waited %v for the receiver", time.Since(began))
				}
			})
		})
	}
}

func TestPublishedTestAnswer(t *testing.T) {
	s, id := relayed(t, &receiver{})
	s.SetPublishedTestAnswer(true)
	c, _ := vastapi.New(vastapi.Options{BaseURL: s.URL(), Key: vastapi.NewKey(testKey), Transport: s.Transport()})
	if answer, err := c.Test(t.Context(), id); err != nil || answer.EventID != "" {
		t.Errorf("got %+v, %v", answer, err)
	}
}

func TestDeliveryIsSigned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{}
		s, id := relayed(t, r)
		out, err := s.Emit(t.Context(), Emission{Type: "client:outbid", Subject: "s", Message: "m"})
		if err != nil || len(out.Deliveries) != 1 || out.Deliveries[0].Status != 204 || out.Deliveries[0].Webhook != id {
			t.Fatalf("got %+v, %v", out, err)
		}
		got := r.got[0]
		if got.host != "relay.example" || got.url != "https://relay.example/vast/client" {
			t.Errorf("went to %s with host %s", got.url, got.host)
		}
		stamp := got.header.Get("X-Vast-Timestamp")
		if stamp != strconv.FormatInt(time.Now().Unix(), 10) {
			t.Errorf("got timestamp %s", stamp)
		}
		if want := Sign(s.Secret(id), stamp, got.body); got.header.Get("X-Vast-Signature-256") != want {
			t.Errorf("got signature %s", got.header.Get("X-Vast-Signature-256"))
		}
		if got.header.Get("X-Vast-Event-Id") != out.EventID || got.header.Get("X-Vast-Delivery-Attempt") != "1" || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("got headers %v", got.header)
		}
		var fields map[string]any
		if err := json.Unmarshal(got.body, &fields); err != nil || len(fields) != 6 || fields["event_id"] != out.EventID || fields["notif_type"] != "outbid" {
			t.Errorf("got body %s", got.body)
		}
	})
}

func TestRetries(t *testing.T) {
	tests := []struct {
		name     string
		answers  []int
		attempts int // of the emission
		want     int
	}{
		{"taken at once", []int{204}, 0, 1},
		{"taken at the third", []int{503, 500, 204}, 0, 3},
		{"408 and 429 are tried again", []int{408, 429, 204}, 0, 3},
		{"400 loses the event", []int{400}, 0, 1},
		{"a redirect loses the event", []int{301}, 0, 1},
		{"given up after the schedule", []int{503, 503, 503, 503, 503}, 0, 4},
		{"one attempt only", []int{503, 204}, 1, 1},
		{"more attempts than the schedule", []int{503, 503, 503, 503, 503, 204}, 9, 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &receiver{answers: tt.answers}
				s, _ := relayed(t, r)
				out, err := s.Emit(t.Context(), Emission{Type: "client:outbid", Attempts: tt.attempts})
				if err != nil || len(r.got) != tt.want || len(out.Deliveries) != tt.want {
					t.Fatalf("got %d deliveries, %v; want %d", len(r.got), err, tt.want)
				}
				for i, got := range r.got {
					if got.header.Get("X-Vast-Delivery-Attempt") != strconv.Itoa(i+1) || got.header.Get("X-Vast-Event-Id") != out.EventID {
						t.Errorf("delivery %d has headers %v", i, got.header)
					}
				}
				if d := s.Deliveries(); len(d) != tt.want {
					t.Errorf("the journal has %d", len(d))
				}
			})
		})
	}
}

func TestDeliveryNeedsSubscriptionAndChannel(t *testing.T) {
	r := &receiver{}
	s, _ := relayed(t, r, "client:outbid", "low_disk_space")
	account := s.lastAccount()
	s.SetPreference(account, "client:low_disk_space", "webhooks", true)
	tests := []struct {
		name, key string
		off       bool
		taken     bool
	}{
		{"subscribed and on", "client:outbid", false, true},
		{"subscribed and off", "client:outbid", true, false},
		{"not subscribed", "client:low_credit", false, false},
		{"subscribed by its bare slug", "client:low_disk_space", false, true},
		{"subscribed by its bare slug, the other context's channel off", "host:low_disk_space", true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.SetPreference(account, tt.key, "webhooks", !tt.off)
			_, err := s.Emit(t.Context(), Emission{Type: tt.key})
			if taken := err == nil; taken != tt.taken || (!taken && !errors.Is(err, ErrNoTaker)) {
				t.Errorf("got %v", err)
			}
		})
	}
	c, _ := vastapi.New(vastapi.Options{BaseURL: s.URL(), Key: vastapi.NewKey(testKey), Transport: s.Transport(), Gap: -1})
	s.SetPreference(account, "client:outbid", "webhooks", false)
	if _, err := c.Update(t.Context(), 8101, vastapi.Change{EventTypes: []string{"client:outbid"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Emit(t.Context(), Emission{Type: "client:outbid"}); err != nil {
		t.Errorf("after the types were sent again: got %v", err)
	}
}

func TestEmissionSwitches(t *testing.T) {
	valid := func(s *Server, got received) bool {
		return got.header.Get("X-Vast-Signature-256") == Sign(s.Secret(8101), got.header.Get("X-Vast-Timestamp"), got.body)
	}
	age := func(got received) time.Duration {
		seconds, _ := strconv.ParseInt(got.header.Get("X-Vast-Timestamp"), 10, 64)
		return got.at.Sub(time.Unix(seconds, 0))
	}
	base := Emission{Type: "client:outbid", EventID: "e", Subject: "s", Message: "café 😀"}
	tests := []struct {
		name   string
		change func(*Emission)
		check  func(*Server, []received) bool
	}{
		{"escaped beyond ASCII by default", func(*Emission) {}, func(s *Server, got []received) bool {
			return valid(s, got[0]) && strings.Contains(string(got[0].body), `caf\u00e9 \ud83d\ude00`)
		}},
		{"raw beyond ASCII", func(e *Emission) { e.RawNonASCII = true }, func(s *Server, got []received) bool {
			return valid(s, got[0]) && strings.Contains(string(got[0].body), "café 😀")
		}},
		{"duplicates of a taken event", func(e *Emission) { e.Duplicate = 2 }, func(s *Server, got []received) bool {
			return len(got) == 3 && valid(s, got[2]) && got[2].header.Get("X-Vast-Event-Id") == "e"
		}},
		{"a stale timestamp, signed well", func(e *Emission) { e.StaleBy = time.Hour }, func(s *Server, got []received) bool {
			return valid(s, got[0]) && age(got[0]) == time.Hour
		}},
		{"a timestamp in the future", func(e *Emission) { e.StaleBy = -time.Hour }, func(s *Server, got []received) bool {
			return valid(s, got[0]) && age(got[0]) == -time.Hour
		}},
		{"a wrong secret", func(e *Emission) { e.WrongSecret = true }, func(s *Server, got []received) bool { return !valid(s, got[0]) }},
		{"a secret from before", func(e *Emission) { e.Secret = "old" }, func(_ *Server, got []received) bool {
			return got[0].header.Get("X-Vast-Signature-256") == Sign("old", got[0].header.Get("X-Vast-Timestamp"), got[0].body)
		}},
		{"an oversized body", func(e *Emission) { e.Oversize = 2 << 20 }, func(s *Server, got []received) bool {
			return valid(s, got[0]) && len(got[0].body) >= 2<<20 && json.Valid(got[0].body)
		}},
		{"further fields", func(e *Emission) { e.Extra = map[string]any{"z": 1, "a": []int{2}} }, func(_ *Server, got []received) bool {
			return strings.HasSuffix(string(got[0].body), `,"a":[2],"z":1}`)
		}},
		{"a documented field of another type", func(e *Emission) { e.Extra = map[string]any{"user_id": "x"} }, func(_ *Server, got []received) bool {
			return strings.Count(string(got[0].body), "user_id") == 1 && strings.Contains(string(got[0].body), `"user_id":"x"`)
		}},
		{"missing fields", func(e *Emission) { e.Omit = []string{"event_id", "timestamp"} }, func(_ *Server, got []received) bool {
			return strings.HasPrefix(string(got[0].body), `{"user_id"`) && !strings.Contains(string(got[0].body), "timestamp")
		}},
		{"no fields at all", func(e *Emission) {
			e.Omit = []string{"event_id", "user_id", "notif_type", "subject", "message", "timestamp"}
		}, func(_ *Server, got []received) bool { return string(got[0].body) == "{}" }},
		{"a timestamp without a fraction", func(e *Emission) { e.WholeTimestamp, e.At = true, time.Unix(1772489999, 5e8) }, func(_ *Server, got []received) bool {
			return strings.Contains(string(got[0].body), `"timestamp":1772489999}`)
		}},
		{"a body that is no JSON", func(e *Emission) { e.Body = []byte("no JSON") }, func(s *Server, got []received) bool {
			return valid(s, got[0]) && string(got[0].body) == "no JSON"
		}},
		{"headers of one's own", func(e *Emission) { e.Header = func(h http.Header) { h.Del("X-Vast-Signature-256") } }, func(_ *Server, got []received) bool {
			return got[0].header.Get("X-Vast-Signature-256") == ""
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &receiver{}
				s, _ := relayed(t, r)
				e := base
				tt.change(&e)
				if _, err := s.Emit(t.Context(), e); err != nil {
					t.Fatal(err)
				}
				if len(r.got) == 0 || !tt.check(s, r.got) {
					t.Errorf("got %d deliveries, the first %v %.200s", len(r.got), r.got[0].header, r.got[0].body)
				}
			})
		})
	}
}

func TestPrivateTargetsAreRefusedAtDelivery(t *testing.T) {
	for _, host := range []string{"localhost", "127.0.0.1:8787", "10.1.2.3", "192.168.1.1", "[::1]", "169.254.1.1"} {
		r := &receiver{}
		s, account := start(t, Options{Deliver: InProcess(r)})
		id := s.SeedWebhook(account, vastapi.NewWebhook{URL: "https://" + host + "/x", EventTypes: []string{"client:outbid"}})
		if status, answer, _ := ask(t, s, "POST", "/webhooks/8101/test/", testKey, ""); status != 400 || len(r.got) != 0 {
			t.Errorf("%s: got %d %s", host, status, answer)
		}
		s.MapHost(host, "http://receiver.example")
		if out, err := s.Emit(t.Context(), Emission{Type: testType, Webhook: id}); err != nil || out.Deliveries[0].Status != 204 || r.got[0].host != host {
			t.Errorf("%s, mapped: got %+v, %v", host, out, err)
		}
		s.MapHost(host, "")
		if status, _, _ := ask(t, s, "POST", "/webhooks/8101/test/", testKey, ""); status != 400 {
			t.Errorf("%s, no longer mapped: got %d", host, status)
		}
	}
}

func TestDeliveryOverARealSocket(t *testing.T) {
	r := &receiver{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	far := &http.Server{Handler: r, ReadHeaderTimeout: time.Second}
	var wg sync.WaitGroup
	wg.Go(func() { _ = far.Serve(listener) })
	defer wg.Wait()
	defer func() { _ = far.Close() }()
	s := New(Options{})
	defer s.Close()
	account := s.AddAccount(testKey)
	s.SeedWebhook(account, vastapi.NewWebhook{URL: "https://relay.example/vast/client?x=1", EventTypes: []string{"client:outbid"}})
	s.MapHost("relay.example", "http://"+listener.Addr().String())
	c, err := vastapi.New(vastapi.Options{BaseURL: s.URL(), Key: vastapi.NewKey(testKey), Gap: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Test(t.Context(), 8101); err != nil || r.got[0].host != "relay.example" || r.got[0].url != "/vast/client?x=1" {
		t.Errorf("got %v, %+v", err, r.got)
	}
}

func TestFaults(t *testing.T) {
	const rotate = "/webhooks/{id}/rotate-secret/"
	t.Run("an answer that is lost after the call was carried out", func(t *testing.T) {
		s, _ := relayed(t, &receiver{})
		before := s.Secret(8101)
		s.Inject(Fault{Method: "POST", Route: rotate, Perform: true, Drop: true})
		if status, answer, _ := ask(t, s, "POST", "/webhooks/8101/rotate-secret/", testKey, ""); status != 0 {
			t.Errorf("got %d %s", status, answer)
		}
		if s.Secret(8101) == before {
			t.Error("it was not carried out")
		}
		if status, _, _ := ask(t, s, "POST", "/webhooks/8101/rotate-secret/", testKey, ""); status != 200 {
			t.Errorf("the next: got %d", status)
		}
	})
	t.Run("a connection that breaks before the call", func(t *testing.T) {
		s, _ := relayed(t, &receiver{})
		before := s.Secret(8101)
		s.Inject(Fault{Route: rotate, Drop: true})
		if status, _, _ := ask(t, s, "POST", "/webhooks/8101/rotate-secret/", testKey, ""); status != 0 || s.Secret(8101) != before {
			t.Errorf("got %d", status)
		}
	})
	t.Run("an answer of its own, twice, then none", func(t *testing.T) {
		s, _ := relayed(t, &receiver{})
		s.Inject(Fault{Times: 2, Status: 503, Body: "<html>", Header: http.Header{"retry-after": {"1"}}})
		for range 2 {
			if status, answer, header := ask(t, s, "GET", "/webhooks/", testKey, ""); status != 503 || answer != "<html>" || header.Get("Retry-After") != "1" {
				t.Errorf("got %d %s %v", status, answer, header)
			}
		}
		if status, _, _ := ask(t, s, "GET", "/webhooks/", testKey, ""); status != 200 {
			t.Errorf("then: got %d", status)
		}
	})
	t.Run("a fault that is removed", func(t *testing.T) {
		s, _ := relayed(t, &receiver{})
		remove := s.Inject(Fault{Times: -1, Status: 500})
		if status, _, _ := ask(t, s, "GET", "/webhooks/", testKey, ""); status != 500 {
			t.Errorf("got %d", status)
		}
		remove()
		if status, _, _ := ask(t, s, "GET", "/webhooks/", testKey, ""); status != 200 {
			t.Errorf("then: got %d", status)
		}
	})
	t.Run("an answer that is held back", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s, _ := relayed(t, &receiver{})
			before, hold := s.Secret(8101), make(chan struct{})
			s.Inject(Fault{Route: rotate, Perform: true, Hold: hold})
			var wg sync.WaitGroup
			answered := false
			wg.Go(func() {
				status, _, _ := ask(t, s, "POST", "/webhooks/8101/rotate-secret/", testKey, "")
				answered = status == 200
			})
			synctest.Wait()
			if answered || s.Secret(8101) == before {
				t.Error("it answered, or was not carried out yet")
			}
			close(hold)
			wg.Wait()
			if !answered {
				t.Error("it never answered")
			}
		})
	})
}

func TestJournal(t *testing.T) {
	s, _ := relayed(t, &receiver{})
	ask(t, s, "PUT", "/webhooks/8101/", testKey, `{"name": "x"}`)
	ask(t, s, "GET", "/webhooks/", testKey, "")
	calls := s.Calls()
	if len(calls) != 2 || calls[0].Route != "/webhooks/{id}/" || calls[0].Path != "/api/v0/webhooks/8101/" || calls[0].Body != `{"name": "x"}` || calls[0].Status != 200 {
		t.Errorf("got %+v", calls)
	}
	if s.CountCalls("PUT", "/webhooks/{id}/") != 1 || s.CountCalls("", "/webhooks/") != 1 || s.CountCalls("DELETE", "") != 0 {
		t.Error("counts are wrong")
	}
	s.ForgetCalls()
	if len(s.Calls()) != 0 {
		t.Error("calls are not forgotten")
	}
	full := slices.Repeat([]int{1}, maxJournal+1)
	if got := newest(full); len(got) != maxJournal/2 {
		t.Errorf("a full journal keeps %d", len(got))
	}
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &receiver{answers: []int{503, 503, 503, 0}}
		s, _ := relayed(t, r)
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := s.Emit(t.Context(), Emission{Type: "client:outbid"}); !errors.Is(err, context.Canceled) {
				t.Errorf("the emission ended with %v", err)
			}
		})
		hold := make(chan struct{})
		s.Inject(Fault{Route: "/webhooks/", Hold: hold})
		wg.Go(func() {
			if status, _, _ := ask(t, s, "GET", "/webhooks/", testKey, ""); status != 0 {
				t.Errorf("the call was answered with %d", status)
			}
		})
		time.Sleep(50 * time.Millisecond)
		s.Close()
		wg.Wait()
		s.Close()
		if _, err := s.Emit(t.Context(), Emission{Type: "client:outbid"}); !errors.Is(err, errClosed) {
			t.Errorf("after Close: got %v", err)
		}
		if status, _, _ := ask(t, s, "GET", "/webhooks/", testKey, ""); status != 0 {
			t.Errorf("after Close: got %d", status)
		}
	})
}

func TestInProcessHonoursTheRequestsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, "GET", "https://a.example/", nil)
		if err != nil {
			t.Fatal(err)
		}
		ended := false
		transport := InProcess(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			ended = true
		}))
		resp, err := transport.RoundTrip(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		synctest.Wait()
		if !ended {
			t.Error("the handler did not see the end")
		}
	})
}

// lastAccount is the account that start made.
func (s *Server) lastAccount() int64 {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	return s.state.lastUser
}
