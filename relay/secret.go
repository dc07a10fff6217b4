package relay

import (
	"fmt"
	"log/slog"
	"unique"
)

// secretMark is what every way of printing a Secret yields.
const secretMark = "[secret]"

// Secret holds a credential or a webhook secret. However it is printed,
// formatted, logged or marshalled, only a marker comes out; Reveal is the one
// way to the value. Two with equal values are equal. The zero value is empty.
//
// The value is behind a handle because package fmt calls no method on an
// unexported field of another struct: there it prints the bare content, which
// is an address then.
type Secret struct{ handle unique.Handle[string] }

// NewSecret wraps value, which is opaque: nothing is trimmed or decoded.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{unique.Make(value)}
}

// Reveal returns the value itself. Call it only where the value leaves for its
// owner: the signature check, the keyring, the vendor's own host.
func (s Secret) Reveal() string {
	if s.Empty() {
		return ""
	}
	return s.handle.Value()
}

// Empty reports whether there is no value.
func (s Secret) Empty() bool { return s.handle == unique.Handle[string]{} }

// String returns a marker, never the value.
func (s Secret) String() string { return secretMark }

// GoString returns a marker, so that %#v is as safe as %v.
func (s Secret) GoString() string { return secretMark }

// Format prints a marker for every verb, so that no verb reaches the field.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(secretMark)) }

// MarshalText returns a marker; encoding/json and encoding/xml both use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(secretMark), nil }

// MarshalJSON returns a marker as a JSON string.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + secretMark + `"`), nil }

// LogValue gives log/slog a marker.
func (s Secret) LogValue() slog.Value { return slog.StringValue(secretMark) }
