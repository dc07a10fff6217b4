package vastapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const (
	emptyList = `{"success": true, "webhooks": []}`
	hookJSON  = `"webhook": {"id": 8101, "user_id": 4711, "name": null, "webhook_url": "https://a.example/x", "event_types": ["client:outbid"], "created_at": 1772490000.25, "updated_at": 1772490000`
	created   = `{"success": true, ` + hookJSON + `, "webhook_secret": "s3cr3t"}, "enabled_notification_preferences": ["client:outbid"]}`
	updated   = `{"success": true, ` + hookJSON + `}}`
)

func aNewWebhook() NewWebhook {
	return NewWebhook{URL: "https://a.example/x", EventTypes: []string{"client:outbid"}, Name: "n"}
}

// everyCall makes each call of the client once.
func everyCall(ctx context.Context, c *Client) map[string]error {
	name := "other"
	errs := make(map[string]error)
	_, errs["whoami"] = c.WhoAmI(ctx)
	_, errs["types"] = c.NotificationTypes(ctx)
	_, errs["list"] = c.Webhooks(ctx)
	_, errs["create"] = c.Create(ctx, aNewWebhook())
	_, errs["update"] = c.Update(ctx, 8101, Change{Name: &name})
	errs["delete"] = c.Delete(ctx, 8101)
	_, errs["rotate"] = c.RotateSecret(ctx, 8101)
	_, errs["test"] = c.Test(ctx, 8101)
	_, errs["preferences"] = c.Preferences(ctx, 4711)
	_, errs["inbox"] = c.Inbox(ctx)
	return errs
}

func TestEachCallSendsWhatIsDocumented(t *testing.T) {
	name := "n"
	address := "https://b.example/y"
	tests := []struct {
		name   string
		answer string
		call   func(context.Context, *Client) error
		method string
		path   string
		body   string
	}{
		{"who am I", `{"id": 4711}`, func(ctx context.Context, c *Client) error { _, err := c.WhoAmI(ctx); return err }, "GET", "/users/current/", ""},
		{"types", `{"notification_types": []}`, func(ctx context.Context, c *Client) error { _, err := c.NotificationTypes(ctx); return err }, "GET", "/notification-types/", ""},
		{"list", emptyList, func(ctx context.Context, c *Client) error { _, err := c.Webhooks(ctx); return err }, "GET", "/webhooks/", ""},
		{"create", created, func(ctx context.Context, c *Client) error { _, err := c.Create(ctx, aNewWebhook()); return err }, "POST", "/webhooks/", `{"webhook_url":"https://a.example/x","event_types":["client:outbid"],"name":"n"}`},
		{"update of the URL alone", updated, func(ctx context.Context, c *Client) error {
			_, err := c.Update(ctx, 8101, Change{URL: &address})
			return err
		}, "PUT", "/webhooks/8101/", `{"webhook_url":"https://b.example/y"}`},
		{"update of the name alone", updated, func(ctx context.Context, c *Client) error {
			_, err := c.Update(ctx, 8101, Change{Name: &name})
			return err
		}, "PUT", "/webhooks/8101/", `{"name":"n"}`},
		{"update of the types alone", updated, func(ctx context.Context, c *Client) error {
			_, err := c.Update(ctx, 8101, Change{EventTypes: []string{"host:machine_error"}})
			return err
		}, "PUT", "/webhooks/8101/", `{"event_types":["host:machine_error"]}`},
		{"delete", `{"success": true}`, func(ctx context.Context, c *Client) error { return c.Delete(ctx, 8101) }, "DELETE", "/webhooks/8101/", ""},
		{"rotate", created, func(ctx context.Context, c *Client) error { _, err := c.RotateSecret(ctx, 8101); return err }, "POST", "/webhooks/8101/rotate-secret/", ""},
		{"test", `{"success": true}`, func(ctx context.Context, c *Client) error { _, err := c.Test(ctx, 8101); return err }, "POST", "/webhooks/8101/test/", ""},
		{"preferences", `{"notification_preferences": {}}`, func(ctx context.Context, c *Client) error { _, err := c.Preferences(ctx, 4711); return err }, "GET", "/users/4711/notification-prefs/", ""},
		{"inbox", `{"notifications": []}`, func(ctx context.Context, c *Client) error { _, err := c.Inbox(ctx); return err }, "GET", "/notifications/inbox/", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, s := scriptedClient(t, scripted{status: 200, body: tt.answer})
			if err := tt.call(t.Context(), c); err != nil {
				t.Fatalf("got error %v", err)
			}
			got := s.calls[0]
			if got.method != tt.method || got.url != DefaultBaseURL+"/api/v0"+tt.path || got.body != tt.body {
				t.Errorf("got %s %s %s, want %s %s %s", got.method, got.url, got.body, tt.method, tt.path, tt.body)
			}
			if want := "Bearer " + testKey; got.header.Get("Authorization") != want {
				t.Errorf("the key is not in the Authorization header")
			}
			if strings.Contains(got.url, testKey) {
				t.Errorf("the key is in the URL")
			}
			if want := tt.body != ""; (got.header.Get("Content-Type") == "application/json") != want {
				t.Errorf("got Content-Type %q with body %q", got.header.Get("Content-Type"), got.body)
			}
		})
	}
}

func TestRetriesByCall(t *testing.T) {
	calls := map[string]int{"whoami": 4, "types": 4, "list": 4, "create": 1, "update": 4, "delete": 4, "rotate": 1, "test": 1, "preferences": 4, "inbox": 4}
	tests := []struct {
		name    string
		answer  scripted
		class   Class
		tries   map[string]int
		unclear bool
	}{
		{"429 is tried four times by all", scripted{status: 429, body: "API requests too frequent"}, RateLimited, nil, false},
		{"502 only by those that may repeat", scripted{status: 502, body: "<html>bad gateway</html>"}, Unavailable, calls, true},
		{"503 only by those that may repeat", scripted{status: 503}, Unavailable, calls, true},
		{"504 only by those that may repeat", scripted{status: 504}, Unavailable, calls, true},
		{"a broken connection only by those that may repeat", scripted{err: io.ErrUnexpectedEOF}, Unreachable, calls, true},
		{"a connection that was never made leaves nothing open", scripted{err: &net.OpError{Op: "dial", Err: errors.New("refused")}}, Unreachable, calls, false},
		{"500 by none", scripted{status: 500}, Unavailable, map[string]int{}, true},
		{"401 by none", scripted{status: 401, body: `{"error": "auth_error", "msg": "Invalid user key"}`}, BadKey, map[string]int{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for call := range calls {
				synctest.Test(t, func(t *testing.T) {
					c, s := scriptedClient(t, slices.Repeat([]scripted{tt.answer}, 5)...)
					err := oneCall(t.Context(), c, call)
					e := mustBe(t, err, tt.class)
					if e.Unclear != tt.unclear {
						t.Errorf("%s: got unclear %v, want %v", call, e.Unclear, tt.unclear)
					}
					want := 4
					if tt.tries != nil {
						want = max(1, tt.tries[call])
					}
					if len(s.calls) != want {
						t.Errorf("%s: got %d tries, want %d", call, len(s.calls), want)
					}
				})
			}
		})
	}
}

// oneCall makes the named call of everyCall alone.
func oneCall(ctx context.Context, c *Client, call string) (err error) {
	name := "other"
	switch call {
	case "whoami":
		_, err = c.WhoAmI(ctx)
	case "types":
		_, err = c.NotificationTypes(ctx)
	case "list":
		_, err = c.Webhooks(ctx)
	case "create":
		_, err = c.Create(ctx, aNewWebhook())
	case "update":
		_, err = c.Update(ctx, 8101, Change{Name: &name})
	case "delete":
		err = c.Delete(ctx, 8101)
	case "rotate":
		_, err = c.RotateSecret(ctx, 8101)
	case "test":
		_, err = c.Test(ctx, 8101)
	case "preferences":
		_, err = c.Preferences(ctx, 4711)
	case "inbox":
		_, err = c.Inbox(ctx)
	}
	return err
}

func TestRetryThatSucceedsReturnsTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := scriptedClient(t, scripted{status: 429, body: "API requests too frequent"}, scripted{status: 200, body: created})
		got, err := c.Create(t.Context(), aNewWebhook())
		if err != nil || got.Secret.Reveal() != "s3cr3t" || got.Webhook.ID != 8101 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestWhatOneTryLeftOpenStaysOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := scriptedClient(t, scripted{status: 503}, scripted{status: 400, body: `{"msg": "no"}`})
		e := mustBe(t, oneCall(t.Context(), c, "update"), Invalid)
		if !e.Unclear || !Unclear(e) || len(s.calls) != 2 {
			t.Errorf("got %v, unclear %v, after %d calls", e, e.Unclear, len(s.calls))
		}
	})
}

func TestWaitAfter429(t *testing.T) {
	tests := []struct {
		name        string
		answer      scripted
		least, most time.Duration
	}{
		{"plain text without a threshold waits two seconds or the gap", scripted{status: 429, body: "API requests too frequent"}, 2200 * time.Millisecond, 2600 * time.Millisecond},
		{"plain text with a threshold waits it", scripted{status: 429, body: "API requests too frequent: endpoint threshold=4.0"}, 4200 * time.Millisecond, 4600 * time.Millisecond},
		{"JSON detail with a threshold waits it", scripted{status: 429, body: `{"detail": "API requests too frequent endpoint threshold=5.5"}`}, 5700 * time.Millisecond, 6100 * time.Millisecond},
		{"a short threshold still waits two seconds or the gap", scripted{status: 429, body: "threshold=0.1"}, 2200 * time.Millisecond, 2600 * time.Millisecond},
		{"a Retry-After is heeded", scripted{status: 429, header: http.Header{"Retry-After": {"9"}}}, 9200 * time.Millisecond, 9600 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := scriptedClient(t, tt.answer, scripted{status: 200, body: emptyList})
				if _, err := c.Webhooks(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got := s.calls[1].at.Sub(s.calls[0].at); got < tt.least || got > tt.most {
					t.Errorf("got a wait of %v, want %v to %v", got, tt.least, tt.most)
				}
			})
		})
	}
}

func TestAbsurdWaitIsHandedToTheCaller(t *testing.T) {
	for _, answer := range []scripted{
		{status: 429, body: "threshold=86400"},
		{status: 429, header: http.Header{"Retry-After": {"86400"}}},
		{status: 503, header: http.Header{"Retry-After": {"86400"}}},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, s := scriptedClient(t, answer)
			_, err := c.Webhooks(t.Context())
			e, _ := errors.AsType[*Error](err)
			if e == nil || e.RetryAfter != 24*time.Hour || len(s.calls) != 1 {
				t.Errorf("got %v after %d calls", err, len(s.calls))
			}
		})
	}
}

func TestPacing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := scriptedClient(t,
			scripted{status: 200, body: emptyList},
			scripted{status: 200, body: created},
			scripted{status: 200, body: `{"id": 4711}`})
		_, _ = c.Webhooks(t.Context())
		// Another route need not wait, the same route must, whatever the method.
		_, _ = c.WhoAmI(t.Context())
		s.answers = []scripted{{status: 200, body: created}}
		_, _ = c.Create(t.Context(), aNewWebhook())
		if got := s.calls[1].at.Sub(s.calls[0].at); got != 0 {
			t.Errorf("another route waited %v", got)
		}
		if got := s.calls[2].at.Sub(s.calls[0].at); got != DefaultGap {
			t.Errorf("list then create: got a gap of %v, want %v", got, DefaultGap)
		}
	})
}

func TestThresholdThatTheServerNamesIsKeptAfterwards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ok := scripted{status: 200, body: emptyList}
		c, s := scriptedClient(t, scripted{status: 429, body: "threshold=5.0"}, ok, ok)
		_, _ = c.Webhooks(t.Context())
		_, _ = c.Webhooks(t.Context())
		if got, want := s.calls[2].at.Sub(s.calls[1].at), 5*time.Second+margin; got != want {
			t.Errorf("got a gap of %v, want %v", got, want)
		}
	})
}

func TestManyCallersKeepTheGapAndOneCallAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var starts []time.Time
		running, most := 0, 0
		c, err := New(Options{Key: NewKey(testKey), Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
			mu.Lock()
			starts = append(starts, time.Now())
			running++
			most = max(most, running)
			mu.Unlock()
			_ = sleep(req.Context(), 300*time.Millisecond)
			mu.Lock()
			running--
			mu.Unlock()
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(emptyList))}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { _, _ = c.Webhooks(t.Context()) })
		}
		wg.Wait()
		if most != 1 || len(starts) != 10 {
			t.Errorf("got %d calls, at most %d at once", len(starts), most)
		}
		for i := 1; i < len(starts); i++ {
			if got, want := starts[i].Sub(starts[i-1]), DefaultGap+300*time.Millisecond; got < want {
				t.Errorf("call %d came %v after the one before, want at least %v", i, got, want)
			}
		}
	})
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestRunningTestDoesNotHoldUpOtherCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := New(Options{Key: NewKey(testKey), Transport: transportFunc(func(req *http.Request) (*http.Response, error) {
			body := created
			if strings.HasSuffix(req.URL.Path, "/test/") {
				body = `{"success": true, "event_id": "e"}`
				_ = sleep(req.Context(), 20*time.Second)
			}
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
		})})
		start := time.Now()
		var wg sync.WaitGroup
		wg.Go(func() {
			if got, err := c.Test(t.Context(), 8101); err != nil || got.EventID != "e" {
				t.Errorf("got %v, %v", got, err)
			}
		})
		synctest.Wait()
		if _, err := c.RotateSecret(t.Context(), 8101); err != nil || time.Since(start) != 0 {
			t.Errorf("rotate took %v beside a test, error %v", time.Since(start), err)
		}
		wg.Wait()
	})
}

func TestDeadlines(t *testing.T) {
	tests := []struct {
		name string
		call string
		want time.Duration // until the last try has ended, without waits between tries
	}{
		{"a rotate is given up after fifteen seconds", "rotate", 15 * time.Second},
		{"a test is given up after thirty seconds", "test", 30 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _ := scriptedClient(t, scripted{wait: time.Hour})
				start := time.Now()
				e := mustBe(t, oneCall(t.Context(), c, tt.call), Unreachable)
				if got := time.Since(start); got != tt.want || !e.Unclear || e.Message != "no answer in time" {
					t.Errorf("got %v after %v, want after %v", e, got, tt.want)
				}
			})
		})
	}
}

func TestCancelledCaller(t *testing.T) {
	t.Run("before sending nothing is left open", func(t *testing.T) {
		c, s := scriptedClient(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.Create(ctx, aNewWebhook())
		e := mustBe(t, err, GivenUp)
		if e.Unclear || len(s.calls) != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, unclear %v, %d calls", err, e.Unclear, len(s.calls))
		}
	})
	t.Run("while waiting for an answer the outcome is open", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, s := scriptedClient(t, scripted{wait: time.Hour})
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			_, err := c.Create(ctx, aNewWebhook())
			e := mustBe(t, err, GivenUp)
			if !e.Unclear || len(s.calls) != 1 || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, unclear %v, %d calls", err, e.Unclear, len(s.calls))
			}
		})
	})
	t.Run("while waiting for the next try the last failure is returned", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c, s := scriptedClient(t, scripted{status: 503})
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			mustBe(t, func() error { _, err := c.Webhooks(ctx); return err }(), Unavailable)
			if len(s.calls) != 1 {
				t.Errorf("got %d calls", len(s.calls))
			}
		})
	})
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		c, s := scriptedClient(t, scripted{status: status, header: http.Header{"Location": {"https://evil.example/"}}})
		_, err := c.Create(t.Context(), aNewWebhook())
		e := mustBe(t, err, Intercepted)
		if len(s.calls) != 1 || strings.Contains(e.Error(), "evil") {
			t.Errorf("%d: got %v after %d calls", status, e, len(s.calls))
		}
	}
}

func TestAnswerLimit(t *testing.T) {
	long := `{"webhooks": [], "pad": "` + strings.Repeat("x", maxAnswer-27) + `"}`
	c, _ := scriptedClient(t, scripted{status: 200, body: long})
	if _, err := c.Webhooks(t.Context()); err != nil || len(long) != maxAnswer {
		t.Errorf("64 KiB: got %v with %d bytes", err, len(long))
	}
	c, _ = scriptedClient(t, scripted{status: 200, body: long + " "})
	if _, err := c.Webhooks(t.Context()); ClassOf(err) != Unexpected {
		t.Errorf("64 KiB and one: got %v", err)
	}
	c, _ = scriptedClient(t, scripted{status: 401, body: "<html>" + long})
	if _, err := c.Webhooks(t.Context()); ClassOf(err) != Intercepted {
		t.Errorf("a page of 64 KiB: got %v", err)
	}
}

// TestOnlyAnAnswerOfTheAPICounts gives each call a success that something else
// than the API sent: nothing may be taken for done, or for refused.
func TestOnlyAnAnswerOfTheAPICounts(t *testing.T) {
	answers := map[string]string{
		"a web page": "<html>Welcome to the hotel</html>", "a web page behind a byte order mark": "\uFEFF<!doctype html>",
		"nothing": "", "OK": "OK", "a JSON list": "[]", "null": "null", "half of an object": `{"webhooks": [`,
	}
	for name, ask := range eachCall() {
		for what, body := range answers {
			t.Run(name+" answered with "+what, func(t *testing.T) {
				c, _ := scriptedClient(t, scripted{status: 200, body: body})
				e := mustBe(t, ask(t.Context(), c), Intercepted)
				if !e.Unclear {
					t.Error("got a clear failure, want it left open whether the call was carried out")
				}
			})
		}
	}
}

// eachCall are the calls of a client by what they do.
func eachCall() map[string]func(ctx context.Context, c *Client) error {
	return map[string]func(ctx context.Context, c *Client) error{
		"whose key": func(ctx context.Context, c *Client) error { _, err := c.WhoAmI(ctx); return err },
		"list":      func(ctx context.Context, c *Client) error { _, err := c.Webhooks(ctx); return err },
		"create":    func(ctx context.Context, c *Client) error { _, err := c.Create(ctx, aNewWebhook()); return err },
		"update": func(ctx context.Context, c *Client) error {
			name := "n"
			_, err := c.Update(ctx, 1, Change{Name: &name})
			return err
		},
		"delete":      func(ctx context.Context, c *Client) error { return c.Delete(ctx, 1) },
		"rotate":      func(ctx context.Context, c *Client) error { _, err := c.RotateSecret(ctx, 1); return err },
		"test":        func(ctx context.Context, c *Client) error { _, err := c.Test(ctx, 1); return err },
		"types":       func(ctx context.Context, c *Client) error { _, err := c.NotificationTypes(ctx); return err },
		"inbox":       func(ctx context.Context, c *Client) error { _, err := c.Inbox(ctx); return err },
		"preferences": func(ctx context.Context, c *Client) error { _, err := c.Preferences(ctx, 1); return err },
	}
}

func TestNoCredentialInAnyErrorOrLog(t *testing.T) {
	const secret = "whsec-of-the-tests"
	leaky := []scripted{
		{err: fmt.Errorf("dial with %s", "no key")},
		{err: &net.DNSError{Err: "no such host", Name: "console.vast.ai"}},
		{err: &tls.CertificateVerificationError{Err: errors.New("unknown authority")}},
		{status: 400, body: `{"msg": "bad token ` + testKey + `"}`},
		{status: 400, body: "plain " + testKey + " text"},
		{status: 500, body: `{"webhook": {"webhook_secret": "` + secret + `"}}`},
		{status: 200, body: `{"id": "x", "api_key": "` + testKey + `", "webhook": {"id": 1, "webhook_secret": 5, "name": "` + secret + `"}}`},
		{status: 200, body: `{"id": "x", "webhook_secret": "` + secret + `"`},
		{status: 200, body: `["` + secret + testKey + `"]`},
		{status: 200, body: `{"success": false, "msg": "token ` + testKey + `"}`},
	}
	for _, answer := range leaky {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			c, err := New(Options{
				Key: NewKey(testKey), Gap: -1,
				Transport: &script{t: t, answers: slices.Repeat([]scripted{answer}, 50)},
				Logger:    slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			if err != nil {
				t.Fatal(err)
			}
			for call, err := range everyCall(t.Context(), c) {
				if err == nil {
					continue
				}
				for chain := err; chain != nil; chain = errors.Unwrap(chain) {
					text := fmt.Sprintf("%v %+v %#v", chain, chain, chain)
					for _, forbidden := range []string{testKey, secret, "/api/v0", "https://"} {
						if strings.Contains(text, forbidden) {
							t.Errorf("%s: the error holds %q: %s", call, forbidden, text)
						}
					}
				}
			}
			for _, forbidden := range []string{testKey, secret, "api_key"} {
				if strings.Contains(log.String(), forbidden) {
					t.Errorf("the log holds %q: %s", forbidden, log.String())
				}
			}
			if !strings.Contains(log.String(), "vast.ai call") {
				t.Error("nothing was logged, so nothing was tested")
			}
		})
	}
}
