package vastapi

import (
	"context"
	"slices"
	"strings"
	"testing"
)

// checkedURLs are URLs with whether they may be sent.
func checkedURLs() map[string]bool {
	return map[string]bool{
		"https://a.example/vast/client": true,
		"https://a.example":             true,
		"https://a.example:8443/x?y=z":  true,
		"https://[2001:db8::1]:443/x":   true,
		"https://a.example:65535/":      true,
		"https://localhost/x":           true, // refused at delivery, not at create
		"":                              false,
		"http://a.example/x":            false,
		"HTTPS://a.example/x":           true,
		"ftp://a.example":               false,
		"https://":                      false,
		"https:///path":                 false,
		"https://:443/x":                false,
		"https://a.example:0/":          false,
		"https://a.example:65536/":      false,
		"https://a.example:x/":          false,
		"https://a.example:/":           false,
		"https://user:pass@a.example/":  false,
		"https://a.example/#part":       false,
		"https://a.example/a b":         false,
		"https://a.example/\n":          false,
		"https://a.example/\u0085":      false,
		"https://a.example/\xff":        false,
		"a.example/x":                   false,
		"https://a.example/%zz":         false,
		"https://a.example/" + strings.Repeat("x", MaxURLLength-18): true,
		"https://a.example/" + strings.Repeat("x", MaxURLLength-17): false,
		"https://a.example/" + strings.Repeat("ü", MaxURLLength-18): true,
	}
}

func TestValidateURL(t *testing.T) {
	for raw, want := range checkedURLs() {
		err := ValidateURL(raw)
		if (err == nil) != want {
			t.Errorf("%.60q: got %v, want accepted %v", raw, err, want)
		}
		if err != nil && (ClassOf(err) != Invalid || strings.Contains(err.Error(), "a.example")) {
			t.Errorf("%.60q: got %v", raw, err)
		}
	}
}

func FuzzValidate(f *testing.F) {
	for raw := range checkedURLs() {
		f.Add(raw)
	}
	for _, key := range []string{"client:outbid", "outbid", "host:", ":x", "client:a:b", "client:webhook_test"} {
		f.Add(key)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if ValidateURL(text) == nil && (!strings.EqualFold(text[:min(8, len(text))], "https://") || strings.ContainsAny(text, "\r\n \x00")) {
			t.Errorf("accepted URL %q", text)
		}
		if ValidateName(text) == nil && strings.ContainsAny(text, "\r\n\x00") {
			t.Errorf("accepted name %q", text)
		}
		if ValidateEventTypes([]string{text}) == nil && !strings.Contains(text, ":") {
			t.Errorf("accepted type %q", text)
		}
	})
}

func TestValidateName(t *testing.T) {
	for name, want := range map[string]bool{
		"": true, "Vast Relay on desk · ab12cd34": true,
		strings.Repeat("ü", MaxNameLength): true, strings.Repeat("ü", MaxNameLength+1): false,
		"a\nb": false, "a\x7f": false, "a\u0085": false, "\xff": false,
	} {
		if err := ValidateName(name); (err == nil) != want {
			t.Errorf("%.40q: got %v, want accepted %v", name, err, want)
		}
	}
}

func TestValidateEventTypes(t *testing.T) {
	tests := []struct {
		name  string
		types []string
		want  bool
	}{
		{"full keys", []string{"client:outbid", "host:machine_error"}, true},
		{"a key that no catalogue has yet", []string{"client:brand_new2"}, true},
		{"none", nil, false},
		{"a bare slug", []string{"outbid"}, false},
		{"a repeat", []string{"client:outbid", "client:outbid"}, false},
		{"another context", []string{"team:outbid"}, false},
		{"an empty slug", []string{"client:"}, false},
		{"a test, which cannot be subscribed", []string{"client:webhook_test"}, false},
		{"upper case", []string{"client:Outbid"}, false},
		{"a line break", []string{"client:out\nbid"}, false},
		{"a very long key", []string{"client:" + strings.Repeat("x", maxTypeLength)}, false},
		{"very many keys", slices.Repeat([]string{"client:outbid"}, maxTypes+1), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := ValidateEventTypes(tt.types); (err == nil) != tt.want {
				t.Errorf("got %v, want accepted %v", err, tt.want)
			}
		})
	}
}

func TestNothingInvalidIsSent(t *testing.T) {
	bad, empty := "http://a.example", ""
	long := strings.Repeat("x", MaxNameLength+1)
	calls := map[string]func(context.Context, *Client) error{
		"a create with a bad URL": func(ctx context.Context, c *Client) error {
			_, err := c.Create(ctx, NewWebhook{URL: bad, EventTypes: []string{"client:outbid"}})
			return err
		},
		"a create without types": func(ctx context.Context, c *Client) error {
			_, err := c.Create(ctx, NewWebhook{URL: "https://a.example"})
			return err
		},
		"a create with a long name": func(ctx context.Context, c *Client) error {
			_, err := c.Create(ctx, NewWebhook{URL: "https://a.example", EventTypes: []string{"client:outbid"}, Name: long})
			return err
		},
		"an update of nothing":     func(ctx context.Context, c *Client) error { _, err := c.Update(ctx, 1, Change{}); return err },
		"an update with a bad URL": func(ctx context.Context, c *Client) error { _, err := c.Update(ctx, 1, Change{URL: &bad}); return err },
		"an update with an empty URL": func(ctx context.Context, c *Client) error {
			_, err := c.Update(ctx, 1, Change{URL: &empty})
			return err
		},
		"an update with no types": func(ctx context.Context, c *Client) error {
			_, err := c.Update(ctx, 1, Change{EventTypes: []string{}})
			return err
		},
		"an update with a long name": func(ctx context.Context, c *Client) error {
			_, err := c.Update(ctx, 1, Change{Name: &long})
			return err
		},
		"an update of no webhook": func(ctx context.Context, c *Client) error {
			_, err := c.Update(ctx, 0, Change{Name: &empty})
			return err
		},
		"a delete of no webhook": func(ctx context.Context, c *Client) error { return c.Delete(ctx, 0) },
		"a rotate of no webhook": func(ctx context.Context, c *Client) error { _, err := c.RotateSecret(ctx, -1); return err },
		"a test of no webhook":   func(ctx context.Context, c *Client) error { _, err := c.Test(ctx, 0); return err },
		"preferences of nobody":  func(ctx context.Context, c *Client) error { _, err := c.Preferences(ctx, 0); return err },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			c, s := scriptedClient(t)
			e := mustBe(t, call(t.Context(), c), Invalid)
			if len(s.calls) != 0 || e.Op == "" || e.Unclear {
				t.Errorf("got %v after %d calls", e, len(s.calls))
			}
		})
	}
}

func TestEmptyNameIsRemovedByNull(t *testing.T) {
	empty := ""
	c, s := scriptedClient(t, scripted{status: 200, body: updated})
	if _, err := c.Update(t.Context(), 1, Change{Name: &empty}); err != nil || s.calls[0].body != `{"name":null}` {
		t.Errorf("got %v, sent %s", err, s.calls[0].body)
	}
}
