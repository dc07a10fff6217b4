package intake

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

func signatureCases() []struct {
	name, value string
	ok          bool
} {
	digits := strings.Repeat("0f", 32)
	return []struct {
		name, value string
		ok          bool
	}{
		{"as documented", "sha256=" + digits, true},
		{"upper-case digits name the same bytes", "sha256=" + strings.ToUpper(digits), true},
		{"empty", "", false},
		{"without the prefix", digits, false},
		{"the prefix alone", "sha256=", false},
		{"an upper-case prefix", "SHA256=" + digits, false},
		{"another algorithm", "sha1=" + digits, false},
		{"a space after the prefix", "sha256= " + digits[1:], false},
		{"one digit short", "sha256=" + digits[1:], false},
		{"one digit long", "sha256=" + digits + "0", false},
		{"two digits long", "sha256=" + digits + "00", false},
		{"a letter that is no digit", "sha256=" + digits[:63] + "g", false},
		{"base64", "sha256=Xy661hYtfJosB4xmdU3jSXdkdPU3gFmO/Tfn4SLlbL8=", false},
		{"two signatures in one value", "sha256=" + digits + ",sha256=" + digits, false},
		{"a NUL byte", "sha256=" + digits[:63] + "\x00", false},
		{"full-width digits", "sha256=" + strings.Repeat("０", 64), false},
	}
}

func TestParseSignature(t *testing.T) {
	for _, tt := range signatureCases() {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseSignature(tt.value)
			if (err == nil) != tt.ok {
				t.Fatalf("got %x %v, want ok %v", got, err, tt.ok)
			}
			if tt.ok && (got[0] != 0x0f || got[31] != 0x0f) {
				t.Errorf("got %x", got)
			}
		})
	}
}

func FuzzParseSignature(f *testing.F) {
	for _, tt := range signatureCases() {
		f.Add(tt.value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got, err := parseSignature(value)
		if err != nil {
			if got != (signature{}) {
				t.Errorf("%q: a refused value left %x", value, got)
			}
			return
		}
		if want := "sha256=" + hex.EncodeToString(got[:]); !strings.EqualFold(value, want) || value[:7] != "sha256=" {
			t.Errorf("%q was taken for %q", value, want)
		}
	})
}

func timestampCases() []struct {
	name, value string
	want        int64
	ok          bool
} {
	return []struct {
		name, value string
		want        int64
		ok          bool
	}{
		{"whole seconds", "1772490000", 1772490000, true},
		{"zero", "0", 0, true},
		{"leading zeros", "001", 1, true},
		{"twelve digits", "999999999999", 999999999999, true},
		{"thirteen digits", "1772490000000", 0, false},
		{"more than an integer holds", "99999999999999999999", 0, false},
		{"empty", "", 0, false},
		{"a plus sign", "+1772490000", 0, false},
		{"a minus sign", "-1", 0, false},
		{"a fraction", "1772490000.5", 0, false},
		{"an exponent", "1e9", 0, false},
		{"hexadecimal", "0x10", 0, false},
		{"an underscore", "1_000", 0, false},
		{"a leading space", " 1772490000", 0, false},
		{"a trailing newline", "1772490000\n", 0, false},
		{"other digits", "١٢٣", 0, false},
		{"a date", "2026-03-02", 0, false},
	}
}

func TestParseTimestamp(t *testing.T) {
	for _, tt := range timestampCases() {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseTimestamp(tt.value)
			if (err == nil) != tt.ok {
				t.Fatalf("got %v %v, want ok %v", got, err, tt.ok)
			}
			if tt.ok && !got.Equal(time.Unix(tt.want, 0)) {
				t.Errorf("got %v, want %v", got, time.Unix(tt.want, 0))
			}
		})
	}
}

func FuzzParseTimestamp(f *testing.F) {
	for _, tt := range timestampCases() {
		f.Add(tt.value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got, err := parseTimestamp(value)
		if err != nil {
			return
		}
		want := strings.TrimLeft(value, "0")
		if want == "" {
			want = "0"
		}
		if written := strconv.FormatInt(got.Unix(), 10); written != want {
			t.Errorf("%q was taken for %s", value, written)
		}
	})
}

func TestOnlyValueRefusesARepeatedHeader(t *testing.T) {
	h := http.Header{}
	if _, err := onlyValue(h, headerSignature); !errors.Is(err, errHeaderMissing) {
		t.Errorf("no header: got %v", err)
	}
	h.Add(headerSignature, "a")
	if got, err := onlyValue(h, headerSignature); got != "a" || err != nil {
		t.Errorf("one header: got %q %v", got, err)
	}
	h.Add(headerSignature, "a")
	if _, err := onlyValue(h, headerSignature); !errors.Is(err, errHeaderMalformed) {
		t.Errorf("two headers: got %v", err)
	}
}
