package vasttest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/vastapi"
)

const testKey = "key-of-the-tests"

// start returns a stand-in without a socket, with one account.
func start(t *testing.T, o Options) (s *Server, account int64) {
	t.Helper()
	o.InMemory = true
	s = New(o)
	t.Cleanup(s.Close)
	return s, s.AddAccount(testKey)
}

// ask makes one call as raw as a client can, with a key unless it is empty.
func ask(t *testing.T, s *Server, method, path, key, body string) (status int, answer string, header http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL()+"/api/v0"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := s.Transport().RoundTrip(req)
	if err != nil {
		return 0, err.Error(), nil
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b), resp.Header
}

// msg returns the msg field of an answer.
func msg(t *testing.T, answer string) string {
	t.Helper()
	var fields struct {
		Success *bool
		Msg     string
	}
	if err := json.Unmarshal([]byte(answer), &fields); err != nil || fields.Success == nil || *fields.Success {
		t.Fatalf("not a refusal: %s", answer)
	}
	return fields.Msg
}

func hookBody(url string, types ...string) string {
	b, _ := json.Marshal(map[string]any{"webhook_url": url, "event_types": types, "name": "n"})
	return string(b)
}

func TestCreateRefusesWithTheServicesTexts(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"no URL", `{"event_types": ["client:outbid"]}`, "webhook_url is required and must be a string"},
		{"a URL that is no string", `{"webhook_url": 5, "event_types": ["client:outbid"]}`, "webhook_url is required and must be a string"},
		{"plain http", hookBody("http://a.example", "client:outbid"), "webhook_url must use HTTPS"},
		{"a long URL", hookBody("https://a.example/"+strings.Repeat("x", 2048), "client:outbid"), "webhook_url exceeds maximum length of 2048 characters"},
		{"no host", hookBody("https:///x", "client:outbid"), "webhook_url must include a hostname"},
		{"a port of words", hookBody("https://a.example:x/", "client:outbid"), "webhook_url has an invalid port"},
		{"a port beyond all", hookBody("https://a.example:70000/", "client:outbid"), "webhook_url has an invalid port"},
		{"types that are no list", `{"webhook_url": "https://a.example", "event_types": "client:outbid"}`, "event_types must be a list"},
		{"no types", `{"webhook_url": "https://a.example"}`, "event_types must be a list"},
		{"an empty list", `{"webhook_url": "https://a.example", "event_types": []}`, "event_types must contain at least one event type"},
		{"an unknown type", hookBody("https://a.example", "client:outbid", "client:x"), "Unknown event type: client:x"},
		{"a test, which cannot be subscribed", hookBody("https://a.example", "webhook_test"), "Unknown event type: webhook_test"},
		{"a repeated type", hookBody("https://a.example", "client:outbid", "client:outbid"), "Duplicate event type: client:outbid"},
		{"a URL that is registered", hookBody("https://taken.example", "client:outbid"), "This webhook URL is already registered"},
	}
	s, account := start(t, Options{})
	s.SeedWebhook(account, vastapi.NewWebhook{URL: "https://taken.example", EventTypes: []string{"client:outbid"}})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, answer, _ := ask(t, s, "POST", "/webhooks/", testKey, tt.body)
			if got := msg(t, answer); status != 400 || got != tt.want {
				t.Errorf("got %d %q, want 400 %q", status, got, tt.want)
			}
		})
	}
	for i := range 3 {
		if status, answer, _ := ask(t, s, "POST", "/webhooks/", testKey, hookBody(fmt.Sprintf("https://%d.example", i), "outbid", "host:near_end_date")); status != 200 {
			t.Fatalf("got %d %s", status, answer)
		}
	}
	status, answer, _ := ask(t, s, "POST", "/webhooks/", testKey, hookBody("https://fifth.example", "outbid"))
	if got := msg(t, answer); status != 400 || got != "Maximum of 4 webhooks per user" {
		t.Errorf("a fifth: got %d %q", status, got)
	}
}

func TestUpdateRefusesWithTheServicesTexts(t *testing.T) {
	s, account := start(t, Options{})
	s.SeedWebhook(account, vastapi.NewWebhook{URL: "https://a.example", EventTypes: []string{"client:outbid"}})
	s.SeedWebhook(account, vastapi.NewWebhook{URL: "https://b.example", EventTypes: []string{"client:outbid"}})
	tests := []struct {
		name, path, body string
		status           int
		want             string
	}{
		{"nothing", "/webhooks/8101/", `{}`, 400, "At least one of webhook_url, event_types, or name is required"},
		{"another's URL", "/webhooks/8101/", `{"webhook_url": "https://b.example"}`, 400, "This webhook URL is already registered"},
		{"no types", "/webhooks/8101/", `{"event_types": []}`, 400, "event_types must contain at least one event type"},
		{"a name that is too long", "/webhooks/8101/", `{"name": "` + strings.Repeat("x", 121) + `"}`, 400, "name exceeds maximum length of 120 characters"},
		{"a webhook that is not there", "/webhooks/9/", `{"name": "x"}`, 404, "Webhook not found"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, answer, _ := ask(t, s, "PUT", tt.path, testKey, tt.body)
			if got := msg(t, answer); status != tt.status || got != tt.want {
				t.Errorf("got %d %q, want %d %q", status, got, tt.status, tt.want)
			}
		})
	}
	if status, answer, _ := ask(t, s, "PUT", "/webhooks/8101/", testKey, `{"webhook_url": "https://a.example", "name": null}`); status != 200 || !strings.Contains(answer, `"name":null`) {
		t.Errorf("its own URL and no name: got %d %s", status, answer)
	}
	s.RefuseOwnURL(true)
	if status, _, _ := ask(t, s, "PUT", "/webhooks/8101/", testKey, `{"webhook_url": "https://a.example"}`); status != 400 {
		t.Errorf("its own URL, strictly: got %d", status)
	}
}

func TestSecretIsShownByCreateAndRotateOnly(t *testing.T) {
	s, _ := start(t, Options{})
	_, created, _ := ask(t, s, "POST", "/webhooks/", testKey, hookBody("https://a.example", "client:outbid"))
	first := s.Secret(8101)
	if first == "" || !strings.Contains(created, first) {
		t.Errorf("create does not show the secret: %s", created)
	}
	_, rotated, _ := ask(t, s, "POST", "/webhooks/8101/rotate-secret/", testKey, "")
	second := s.Secret(8101)
	if second == first || !strings.Contains(rotated, second) {
		t.Errorf("rotate does not show a new secret: %s", rotated)
	}
	_, updated, _ := ask(t, s, "PUT", "/webhooks/8101/", testKey, `{"name": "x"}`)
	_, listed, _ := ask(t, s, "GET", "/webhooks/", testKey, "")
	if strings.Contains(updated+listed, "webhook_secret") || strings.Contains(updated+listed, second) {
		t.Errorf("the secret is in %s or %s", updated, listed)
	}
	if s.Secret(8101) != second {
		t.Error("an update changed the secret")
	}
}

func TestWebhookOfAnotherAccountIsNotThere(t *testing.T) {
	s, _ := start(t, Options{})
	other := s.AddAccount("other")
	id := s.SeedWebhook(other, vastapi.NewWebhook{URL: "https://a.example", EventTypes: []string{"client:outbid"}})
	for _, call := range []string{"PUT ", "DELETE ", "POST rotate-secret/", "POST test/"} {
		method, tail, _ := strings.Cut(call, " ")
		if status, answer, _ := ask(t, s, method, fmt.Sprintf("/webhooks/%d/%s", id, tail), testKey, `{"name": "x"}`); status != 404 {
			t.Errorf("%s: got %d %s", call, status, answer)
		}
	}
	if _, listed, _ := ask(t, s, "GET", "/webhooks/", testKey, ""); strings.Contains(listed, "a.example") {
		t.Errorf("it is listed: %s", listed)
	}
}

func TestAuthorization(t *testing.T) {
	s, account := start(t, Options{})
	s.AddKey(account, "read-only", ScopeRead)
	s.AddKey(account, "write-only", ScopeWrite)
	tests := []struct {
		name, key, call string
		status          int
		words           string
	}{
		{"no key", "", "GET /webhooks/", 403, "This action requires login."},
		{"an unknown key", "unknown", "GET /webhooks/", 401, "Invalid user key"},
		{"a key that may read reads", "read-only", "GET /webhooks/", 200, "webhooks"},
		{"a key that may read does not write", "read-only", "POST /webhooks/", 401, "api.webhooks"},
		{"a key that may write does not read", "write-only", "GET /notification-types/", 401, "api.notification-types"},
		{"a key that may write does not say whose it is", "write-only", "GET /users/current/", 401, "api.users.current"},
		{"another's preferences", testKey, "GET /users/1/notification-prefs/", 401, "access"},
		{"a path that is none of the API's", testKey, "GET /nothing/", 404, `{"detail":"Not Found"}`},
		{"a method that is none of the route's", testKey, "PATCH /webhooks/", 404, `{"detail":"Not Found"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			method, path, _ := strings.Cut(tt.call, " ")
			status, answer, _ := ask(t, s, method, path, tt.key, "{}")
			if status != tt.status || !strings.Contains(answer, tt.words) {
				t.Errorf("got %d %s, want %d with %q", status, answer, tt.status, tt.words)
			}
		})
	}
	s.SetUnknownKeyStatus(404)
	s.RevokeKey("read-only")
	if status, answer, _ := ask(t, s, "GET", "/webhooks/", "read-only", ""); status != 404 || !strings.Contains(answer, "auth_error") {
		t.Errorf("a revoked key as 404: got %d %s", status, answer)
	}
}

func TestTrailingSlash(t *testing.T) {
	s, _ := start(t, Options{})
	if status, _, _ := ask(t, s, "GET", "/users/current", testKey, ""); status != 200 {
		t.Errorf("leniently: got %d", status)
	}
	s.SetStrictSlash(true)
	if status, _, _ := ask(t, s, "GET", "/users/current", testKey, ""); status != 404 {
		t.Errorf("strictly: got %d", status)
	}
	if status, _, _ := ask(t, s, "GET", "/users/current/", testKey, ""); status != 200 {
		t.Errorf("strictly, with a slash: got %d", status)
	}
}

func TestErrorForms(t *testing.T) {
	s, _ := start(t, Options{})
	tests := map[ErrorForm]string{
		FormMsg:      `{"msg":"Webhook not found","success":false}`,
		FormMsgError: `{"error":"not_found","msg":"Webhook not found","success":false}`,
		FormMessage:  `{"message":"Webhook not found"}`,
		FormDetail:   `{"detail":"Webhook not found"}`,
		FormPlain:    `Webhook not found`,
	}
	for form, want := range tests {
		s.SetErrorForm(form)
		if status, answer, _ := ask(t, s, "DELETE", "/webhooks/1/", testKey, ""); status != 404 || answer != want {
			t.Errorf("form %d: got %d %s, want %s", form, status, answer, want)
		}
	}
}

func TestRateLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, account := start(t, Options{})
		s.AddKey(account, "second")
		s.SetRateLimit(2 * time.Second)
		want := []string{
			"API requests too frequent",
			"API requests too frequent: endpoint threshold=2.0",
			`{"detail":"API requests too frequent endpoint threshold=2.0"}`,
			"API requests too frequent",
		}
		if status, _, _ := ask(t, s, "GET", "/webhooks/", testKey, ""); status != 200 {
			t.Fatalf("the first: got %d", status)
		}
		for i, body := range want {
			status, answer, header := ask(t, s, "POST", "/webhooks/", testKey, "")
			if status != 429 || answer != body || header.Get("Retry-After") != "" {
				t.Errorf("too early, %d: got %d %s", i, status, answer)
			}
		}
		if status, _, _ := ask(t, s, "GET", "/users/current/", testKey, ""); status != 200 {
			t.Errorf("another route: got %d", status)
		}
		if status, _, _ := ask(t, s, "GET", "/webhooks/", "second", ""); status != 200 {
			t.Errorf("another key: got %d", status)
		}
		time.Sleep(2 * time.Second)
		if status, _, _ := ask(t, s, "GET", "/webhooks/", testKey, ""); status != 200 {
			t.Errorf("after the gap: got %d", status)
		}
	})
}

func TestClientWithDefaultGapNeverMeetsTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, account := start(t, Options{})
		s.SetRateLimit(2 * time.Second)
		s.SetStrictSlash(true)
		c, err := vastapi.New(vastapi.Options{BaseURL: s.URL(), Key: vastapi.NewKey(testKey), Transport: s.Transport()})
		if err != nil {
			t.Fatal(err)
		}
		walk(t, s, c, account)
		for _, call := range s.Calls() {
			if call.Status == 429 {
				t.Errorf("met the limit: %+v", call)
			}
		}
	})
}

func TestClientWithoutAGapGetsThroughTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, account := start(t, Options{})
		s.SetRateLimit(2 * time.Second)
		c, err := vastapi.New(vastapi.Options{BaseURL: s.URL(), Key: vastapi.NewKey(testKey), Transport: s.Transport(), Gap: -1})
		if err != nil {
			t.Fatal(err)
		}
		walk(t, s, c, account)
		refused := 0
		for _, call := range s.Calls() {
			if call.Status == 429 {
				refused++
			}
		}
		if refused == 0 {
			t.Error("never met the limit, so nothing was tested")
		}
	})
}

func TestClientOverARealSocket(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	account := s.AddAccount(testKey)
	c, err := vastapi.New(vastapi.Options{BaseURL: s.URL(), Key: vastapi.NewKey(testKey), Gap: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	walk(t, s, c, account)
}

// walk takes a client through every call.
func walk(t *testing.T, s *Server, c *vastapi.Client, account int64) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	who, err := c.WhoAmI(ctx)
	must(err)
	if who.ID != account || who.Email == "" || who.Username == "" {
		t.Errorf("got account %+v", who)
	}
	types, err := c.NotificationTypes(ctx)
	must(err)
	if len(types) != 33 {
		t.Errorf("got %d types, want 33", len(types))
	}
	created, err := c.Create(ctx, vastapi.NewWebhook{URL: "https://a.example/x", EventTypes: []string{"client:outbid"}, Name: "n"})
	must(err)
	if created.Secret.Reveal() != s.Secret(created.Webhook.ID) || len(created.Enabled) != 1 || created.Webhook.CreatedAt.IsZero() {
		t.Errorf("got %+v", created)
	}
	_, err = c.Create(ctx, vastapi.NewWebhook{URL: "https://a.example/x", EventTypes: []string{"client:outbid"}})
	if vastapi.ClassOf(err) != vastapi.URLTaken {
		t.Errorf("the same URL: got %v", err)
	}
	list, err := c.Webhooks(ctx)
	must(err)
	if len(list) != 1 || list[0].Name != "n" || list[0].UserID != account {
		t.Errorf("got list %+v", list)
	}
	address := "https://b.example/x"
	changed, err := c.Update(ctx, created.Webhook.ID, vastapi.Change{URL: &address, EventTypes: []string{"client:outbid", "client:low_credit"}})
	must(err)
	if changed.URL != address || len(changed.EventTypes) != 2 || changed.Name != "n" {
		t.Errorf("got %+v", changed)
	}
	secret, err := c.RotateSecret(ctx, created.Webhook.ID)
	must(err)
	if secret == created.Secret || secret.Reveal() != s.Secret(created.Webhook.ID) {
		t.Error("rotate gave no new secret")
	}
	prefs, err := c.Preferences(ctx, account)
	must(err)
	if on, known := prefs.Webhooks("client:low_credit"); !on || !known {
		t.Errorf("low_credit: got %v, %v", on, known)
	}
	if on, known := prefs.Webhooks("client:idle_gpu"); on || !known {
		t.Errorf("idle_gpu: got %v, %v", on, known)
	}
	_, err = c.Inbox(ctx)
	must(err)
	must(c.Delete(ctx, created.Webhook.ID))
	must(c.Delete(ctx, created.Webhook.ID))
	if _, err = c.RotateSecret(ctx, created.Webhook.ID); vastapi.ClassOf(err) != vastapi.WebhookGone {
		t.Errorf("gone: got %v", err)
	}
	if offset, at := c.ClockOffset(); at.IsZero() || offset.Abs() > 3*time.Second {
		t.Errorf("clock: got %v, %v", offset, !at.IsZero())
	}
}

func TestClockSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := start(t, Options{})
		s.SetClockSkew(-10 * time.Minute)
		c, err := vastapi.New(vastapi.Options{BaseURL: s.URL(), Key: vastapi.NewKey(testKey), Transport: s.Transport()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.WhoAmI(t.Context()); err != nil {
			t.Fatal(err)
		}
		if offset, _ := c.ClockOffset(); (offset - 10*time.Minute).Abs() > time.Second {
			t.Errorf("got %v", offset)
		}
		s.SetClockSkew(-time.Hour)
		if offset, err := c.MeasureClock(t.Context()); err != nil || (offset-time.Hour).Abs() > time.Second {
			t.Errorf("asked for alone: got %v, %v, want an hour", offset, err)
		}
	})
}

func TestPreferencesAreReplacedWhole(t *testing.T) {
	s, account := start(t, Options{})
	path := fmt.Sprintf("/users/%d/notification-prefs/", account)
	status, answer, _ := ask(t, s, "PUT", path, testKey, `{"notification_preferences": {"client": {"outbid": {"webhooks": true}}}}`)
	if status != 200 || strings.Contains(answer, `"email":true`) || !strings.Contains(answer, `"outbid":{"webhooks":true}`) {
		t.Errorf("got %d %s", status, answer)
	}
	if status, _, _ := ask(t, s, "PUT", path, testKey, `{}`); status != 400 {
		t.Errorf("no object: got %d", status)
	}
}

func TestInboxListsWhatWasDelivered(t *testing.T) {
	r := &receiver{}
	s, id := relayed(t, r)
	for _, subject := range []string{"first", "second"} {
		if _, err := s.Emit(t.Context(), Emission{Type: "client:outbid", Subject: subject, Duplicate: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Emit(t.Context(), Emission{Type: testType, Webhook: id}); err != nil {
		t.Fatal(err)
	}
	c, err := vastapi.New(vastapi.Options{BaseURL: s.URL(), Key: vastapi.NewKey(testKey), Transport: s.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	items, err := c.Inbox(t.Context())
	if err != nil || len(items) != 2 || items[0].Subject != "second" || items[1].Type != "outbid" || items[1].CreatedAt.IsZero() {
		t.Errorf("got %+v, %v", items, err)
	}
}

func TestConsoleActions(t *testing.T) {
	s, account := start(t, Options{})
	id := s.SeedWebhook(account, vastapi.NewWebhook{URL: "https://a.example", Name: "n", EventTypes: []string{"client:outbid"}})
	if got := s.Webhooks(account); len(got) != 1 || got[0].ID != id || got[0].Name != "n" {
		t.Errorf("got %+v", got)
	}
	s.ListBareSlugs(true)
	if _, listed, _ := ask(t, s, "GET", "/webhooks/", testKey, ""); !strings.Contains(listed, `"event_types":["outbid"]`) {
		t.Errorf("got %s", listed)
	}
	s.RemoveWebhook(id)
	if len(s.Webhooks(account)) != 0 || s.Secret(id) != "" {
		t.Error("it is still there")
	}
	for _, body := range []string{"", "[]", "null", "{"} {
		if status, answer, _ := ask(t, s, "POST", "/webhooks/", testKey, body); status != 400 {
			t.Errorf("body %q: got %d %s", body, status, answer)
		}
	}
}
