package vastapi

import (
	"bytes"
	"encoding"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestCredentialsPrintAsAMarker(t *testing.T) {
	const value = "s3cr3t-value"
	type holder struct {
		Key    Key
		Secret WebhookSecret
		hidden Key
	}
	values := map[string]any{
		"a key":                         NewKey(value),
		"a webhook secret":              NewWebhookSecret(value),
		"a pointer":                     func() *Key { k := NewKey(value); return &k }(),
		"a struct that holds them":      holder{NewKey(value), NewWebhookSecret(value), NewKey(value)},
		"a slice":                       []Key{NewKey(value)},
		"a map, as key and value":       map[Key]WebhookSecret{NewKey(value): NewWebhookSecret(value)},
		"an answer that holds a secret": Created{Secret: NewWebhookSecret(value)},
		"an error that wraps it":        fmt.Errorf("with %v", NewKey(value)),
	}
	verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10s", "%p", "%w", "%T"}
	for name, v := range values {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			for _, verb := range verbs {
				fmt.Fprintf(&out, verb+"\n", v)
			}
			if b, err := json.Marshal(v); err == nil {
				out.Write(b)
			}
			if b, err := xml.Marshal(v); err == nil {
				out.Write(b)
			}
			if m, ok := v.(encoding.TextMarshaler); ok {
				b, _ := m.MarshalText()
				out.Write(b)
			}
			var log bytes.Buffer
			slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", v)
			slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", v)
			out.Write(log.Bytes())
			hex := fmt.Sprintf("%x", value)
			for _, leak := range []string{value, hex, strings.ToUpper(hex)} {
				if strings.Contains(out.String(), leak) {
					t.Errorf("leaks in:\n%s", out.String())
				}
			}
			if !strings.Contains(out.String(), secretMark) {
				t.Error("no marker came out, so nothing was tested")
			}
		})
	}
}

func TestCredentialGivesItsValueToItsOwner(t *testing.T) {
	if got := NewKey(" a b ").Reveal(); got != " a b " {
		t.Errorf("got %q: the value was changed", got)
	}
	if one, same := NewKey("a"), NewKey("a"); one != same || one == NewKey("b") || NewKey("") != (Key{}) {
		t.Error("keys do not compare by value")
	}
	if !NewKey("").Empty() || NewKey("x").Empty() || !(WebhookSecret{}).Empty() {
		t.Error("Empty is wrong")
	}
}
