package vastapi

import (
	"fmt"
	"log/slog"
	"unique"
)

// secretMark is what every way of printing a credential yields.
const secretMark = "[secret]"

// opaque holds a credential. However it is printed, formatted, logged or
// marshalled, only a marker comes out. Two with equal values are equal. The
// zero value is empty.
//
// The value is behind a handle because package fmt calls no method on an
// unexported field of another struct, nor for a verb such as %p: there it
// prints the bare content, which is an address then.
type opaque struct{ handle unique.Handle[string] }

// conceal wraps value; an empty one gives the zero opaque.
func conceal(value string) opaque {
	if value == "" {
		return opaque{}
	}
	return opaque{unique.Make(value)}
}

// Reveal returns the value itself. Call it only where the value leaves for its
// owner.
func (o opaque) Reveal() string {
	if o.Empty() {
		return ""
	}
	return o.handle.Value()
}

// Empty reports whether there is no value.
func (o opaque) Empty() bool { return o.handle == unique.Handle[string]{} }

// String returns a marker, never the value.
func (o opaque) String() string { return secretMark }

// GoString returns a marker, so that %#v is as safe as %v.
func (o opaque) GoString() string { return secretMark }

// Format prints a marker for every verb, so that no verb reaches the field.
func (o opaque) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(secretMark)) }

// MarshalText returns a marker; encoding/xml and map keys use it.
func (o opaque) MarshalText() ([]byte, error) { return []byte(secretMark), nil }

// MarshalJSON returns a marker as a JSON string.
func (o opaque) MarshalJSON() ([]byte, error) { return []byte(`"` + secretMark + `"`), nil }

// LogValue gives log/slog a marker.
func (o opaque) LogValue() slog.Value { return slog.StringValue(secretMark) }

// Key is a Vast.ai API key. It prints as a marker in every way Go can print;
// Reveal is the one way to the value. The zero value is empty.
type Key struct{ opaque }

// NewKey wraps value, which is opaque: nothing is trimmed or decoded.
func NewKey(value string) Key { return Key{conceal(value)} }

// WebhookSecret is the secret that Vast.ai signs a webhook's deliveries with.
// It prints as a marker in every way Go can print; Reveal is the one way to
// the value. The zero value is empty.
// Source: https://docs.vast.ai/guides/reference/notification-webhooks .
type WebhookSecret struct{ opaque }

// NewWebhookSecret wraps value, which is opaque: nothing is trimmed or decoded.
func NewWebhookSecret(value string) WebhookSecret { return WebhookSecret{conceal(value)} }
