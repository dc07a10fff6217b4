package vastapi

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// answers are bodies of successful calls, as documented, as captured, and
// broken in every way that came to mind.
func answers() []string {
	return []string{
		`{"success": true, "webhooks": []}`,
		`{"success": true, "webhooks": [{` + `"id": 8101, "user_id": 4711, "name": null, "webhook_url": "https://a.example/x", "event_types": ["client:outbid"], "created_at": 1772490000.25, "updated_at": 1772490000}]}`,
		`{"webhooks": [{"id": 8101.0, "user_id": "4711", "name": 5, "event_types": "x", "created_at": "soon", "updated_at": null, "future": {}}]}`,
		`{"webhooks": null}`, `{"webhooks": {}}`, `{"webhooks": [null]}`, `{"webhooks": [5]}`, `{"webhooks": [{"name": "no id"}]}`, `{"webhooks": [{"id": -1}]}`,
		`{}`, `[]`, `null`, `5`, `"x"`, ``, `{`, `<html>`, "\xff",
		`{"webhook": {"id": 1, "webhook_secret": "s"}, "enabled_notification_preferences": ["client:outbid", 5, null]}`,
		`{"webhook": {"id": 1, "webhook_secret": ""}}`, `{"webhook": {"id": 1, "webhook_secret": 5}}`, `{"webhook": {"id": 1e30, "webhook_secret": "s"}}`, `{"webhook": 1}`,
		`{"webhook": {"id": 1, "webhook_secret": "` + strings.Repeat("s", maxSecretLength+1) + `"}}`,
		`{"id": 4711, "username": "ada", "email": "ada@example.net", "api_key": "k"}`, `{"id": "4711"}`, `{"id": 0}`,
		`{"notification_types": [{"key": "client:outbid", "topic": null, "default_preferences": {"email": false, "x": 5}, "unreleased": true}, {"key": "bare"}, 5, {}]}`,
		`{"notification_types": null}`, `{"notification_types": {}}`,
		`{"notification_preferences": {"client": {"outbid": {"webhooks": true, "email": null}}, "host": 5, "x": {"y": 1}}}`, `{"notification_preferences": []}`,
		`{"notifications": [{"event_id": "e", "notif_type": "outbid", "user_context": "client", "subject": "s", "message": "m", "created_at": 1.5, "associated_id": {"instance_id": 5}}, 5]}`, `{"notifications": 5}`,
		`{"success": true, "webhook_id": 8101, "event_id": "00112233445566778899aabbccddeeff"}`,
	}
}

func TestDecodeWebhooks(t *testing.T) {
	at := func(seconds, nanos int64) time.Time { return time.Unix(seconds, nanos).UTC() }
	tests := []struct {
		name, body string
		want       []Webhook
		err        error
	}{
		{"an empty list", answers()[0], []Webhook{}, nil},
		{"fractional and whole times, no name", answers()[1], []Webhook{{ID: 8101, UserID: 4711, URL: "https://a.example/x", EventTypes: []string{"client:outbid"}, CreatedAt: at(1772490000, 250_000_000), UpdatedAt: at(1772490000, 0)}}, nil},
		{"odd fields and unknown ones", answers()[2], []Webhook{{ID: 8101, UserID: 4711}}, nil},
		{"a webhook without an id is not skipped", `{"webhooks": [{"id": 1}, {"name": "x"}]}`, nil, errNoID},
		{"a list that is missing is not empty", `{"success": true}`, nil, errNoField},
		{"a list that is null is not empty", `{"webhooks": null}`, nil, errNoField},
		{"a list that is an object", `{"webhooks": {}}`, nil, errNoField},
		{"not an object", `[]`, nil, errNotObject},
		{"null", `null`, nil, errNotObject},
		{"not JSON", `<html>`, nil, errNotObject},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := decodeWebhooks([]byte(tt.body))
			if !errors.Is(err, tt.err) || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, %v; want %+v, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestDecodeSecret(t *testing.T) {
	tests := []struct {
		name, body, want string
		err              error
	}{
		{"a secret", `{"webhook": {"id": 1, "webhook_secret": " opaque "}}`, " opaque ", nil},
		{"the longest secret", `{"webhook": {"id": 1, "webhook_secret": "` + strings.Repeat("s", maxSecretLength) + `"}}`, strings.Repeat("s", maxSecretLength), nil},
		{"a secret that is too long", `{"webhook": {"id": 1, "webhook_secret": "` + strings.Repeat("s", maxSecretLength+1) + `"}}`, "", errNoSecret},
		{"no secret", `{"webhook": {"id": 1}}`, "", errNoSecret},
		{"an empty secret", `{"webhook": {"id": 1, "webhook_secret": ""}}`, "", errNoSecret},
		{"a secret that is no string", `{"webhook": {"id": 1, "webhook_secret": 5}}`, "", errNoSecret},
		{"no id", `{"webhook": {"webhook_secret": "s"}}`, "", errNoID},
		{"an id beyond what a float names", `{"webhook": {"id": 1e30, "webhook_secret": "s"}}`, "", errNoID},
		{"no webhook", `{"success": true}`, "", errNoID},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			created, err := decodeCreated([]byte(tt.body))
			got := created.Secret
			if !errors.Is(err, tt.err) || got.Reveal() != tt.want {
				t.Errorf("got %q, %v; want %q, %v", got.Reveal(), err, tt.want, tt.err)
			}
		})
	}
}

func TestDecodeTheRest(t *testing.T) {
	account, err := decodeAccount([]byte(`{"id": 4711, "username": "ada", "email": "ada@example.net", "api_key": "k", "credit": 12.5}`))
	if err != nil || account != (Account{ID: 4711, Username: "ada", Email: "ada@example.net"}) {
		t.Errorf("account: got %+v, %v", account, err)
	}
	if _, err := decodeAccount([]byte(`{"username": "ada"}`)); !errors.Is(err, errNoField) {
		t.Errorf("account without an id: got %v", err)
	}

	types, err := decodeTypes([]byte(`{"notification_types": [
		{"key": "client:outbid", "slug": "wrong", "context": "wrong", "topic": "instance", "display_name": "New words", "default_preferences": {"email": true, "x": 5}, "security_critical": true},
		{"key": "client:brand_new", "topic": null, "unreleased": true}, {"key": "bare"}, {"key": "client:<b>"}, 5, {}]}`))
	want := []NotificationType{
		{Key: "client:outbid", Slug: "outbid", Context: "client", Topic: "instance", DisplayName: "New words", Meaning: "An interruptible instance lost its bid and is paused.", DefaultPreferences: map[string]bool{"email": true}, SecurityCritical: true},
		{Key: "client:brand_new", Slug: "brand_new", Context: "client", Unreleased: true},
	}
	if err != nil || !reflect.DeepEqual(types, want) {
		t.Errorf("types: got %+v, %v", types, err)
	}

	p, err := decodePreferences([]byte(`{"notification_preferences": {"client": {"outbid": {"webhooks": true, "email": null}}, "host": 5}}`))
	if err != nil || !reflect.DeepEqual(p, Preferences{"client": {"outbid": {"webhooks": true}}}) {
		t.Errorf("preferences: got %+v, %v", p, err)
	}

	const row = `{"event_id": "e", "notif_type": "outbid", "user_context": "client", "subject": "s", "message": "m", "created_at": 1.5}`
	items, err := decodeInbox([]byte(`{"notifications": [` + row + `, 5]}`))
	if err != nil || len(items) != 1 || items[0] != (InboxItem{EventID: "e", Type: "outbid", Context: "client", Subject: "s", Message: "m", CreatedAt: time.Unix(1, 500_000_000).UTC(), Raw: row}) {
		t.Errorf("inbox: got %+v, %v", items, err)
	}
}

func FuzzAnswers(f *testing.F) {
	for _, body := range answers() {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if list, err := decodeWebhooks(body); err == nil {
			for _, w := range list {
				if w.ID <= 0 || slices.Contains(w.EventTypes, "") || w.CreatedAt.Year() > 9999 {
					t.Errorf("let through %+v", w)
				}
			}
		}
		if c, err := decodeCreated(body); err == nil && (c.Webhook.ID <= 0 || c.Secret.Empty() || len(c.Secret.Reveal()) > maxSecretLength) {
			t.Errorf("let through webhook %d", c.Webhook.ID)
		}
		if a, err := decodeAccount(body); err == nil && a.ID <= 0 {
			t.Errorf("let through %+v", a)
		}
		if types, err := decodeTypes(body); err == nil {
			for _, n := range types {
				if ValidateEventTypes([]string{n.Key}) != nil || n.Context+":"+n.Slug != n.Key {
					t.Errorf("let through %+v", n)
				}
			}
		}
		if p, err := decodePreferences(body); err == nil {
			_, _ = p.Webhooks("client:outbid")
			_, _ = p.Webhooks("low_disk_space")
		}
		_, _ = decodeInbox(body)
		_ = refused(body)
	})
}

func TestPreferencesWebhooks(t *testing.T) {
	p := Preferences{
		"client": {"outbid": {"webhooks": true}, "low_disk_space": {"webhooks": true}, "near_end_date": {"webhooks": true}, "low_credit": {"email": true}},
		"host":   {"low_disk_space": {"webhooks": false}, "near_end_date": {"webhooks": true}},
	}
	tests := []struct {
		key       string
		on, known bool
	}{
		{"client:outbid", true, true},
		{"outbid", true, true},
		{"host:low_disk_space", false, true},
		{"client:low_disk_space", true, true},
		{"low_disk_space", false, true},
		{"near_end_date", true, true},
		{"client:low_credit", false, false},
		{"client:unknown", false, false},
		{"unknown", false, false},
		{"", false, false},
	}
	for _, tt := range tests {
		if on, known := p.Webhooks(tt.key); on != tt.on || known != tt.known {
			t.Errorf("%q: got %v, %v; want %v, %v", tt.key, on, known, tt.on, tt.known)
		}
	}
	if _, known := Preferences(nil).Webhooks("client:outbid"); known {
		t.Error("no preferences: got known")
	}
}
