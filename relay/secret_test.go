package relay

import (
	"bytes"
	"encoding"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"log"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretPrintsAsAMarkerInEveryWay(t *testing.T) {
	const value = "whsec-0123456789-plain"
	s := NewSecret(value)
	type holder struct {
		Name   string
		Secret Secret
	}
	held := holder{"name", s}
	logged := func(h func(*bytes.Buffer) slog.Handler, v any) string {
		var b bytes.Buffer
		slog.New(h(&b)).Info("message", "value", v)
		return b.String()
	}
	text := func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) }
	asJSON := func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) }
	marshalled := func(b []byte, err error) string { return string(b) + fmt.Sprint(err) }

	odd := "%! %z"
	tests := map[string]func() string{
		"String":                  s.String,
		"GoString":                s.GoString,
		"LogValue":                func() string { return s.LogValue().String() },
		"MarshalText":             func() string { return marshalled(s.MarshalText()) },
		"MarshalJSON":             func() string { return marshalled(s.MarshalJSON()) },
		"fmt.Sprint":              func() string { return fmt.Sprint(s) },
		"fmt.Sprint of a pointer": func() string { return fmt.Sprint(&s) },
		"json of a value":         func() string { return marshalled(json.Marshal(s)) },
		"json of a pointer":       func() string { return marshalled(json.Marshal(&s)) },
		"json of a struct":        func() string { return marshalled(json.Marshal(held)) },
		"json of a map value":     func() string { return marshalled(json.Marshal(map[string]Secret{"k": s})) },
		"json of a map key":       func() string { return marshalled(json.Marshal(map[Secret]int{s: 1})) },
		"xml of a struct":         func() string { return marshalled(xml.Marshal(held)) },
		"slog text":               func() string { return logged(text, s) },
		"slog text of a struct":   func() string { return logged(text, held) },
		"slog json":               func() string { return logged(asJSON, s) },
		"slog json of a struct":   func() string { return logged(asJSON, held) },
		"slog of a pointer":       func() string { return logged(text, &s) },
		"log": func() string {
			var b bytes.Buffer
			log.New(&b, "", 0).Println(s, held)
			return b.String()
		},
		"a wrapped error":  func() string { return fmt.Errorf("with %v: %w", s, errors.New("cause")).Error() },
		"an html template": func() string { return execute(template.Must(template.New("").Parse("{{.}} {{.Secret}}")), held) },
		"a panic value": func() (printed string) {
			defer func() { printed = fmt.Sprint(recover()) }()
			panic(held)
		},
		"an unknown verb": func() string { return fmt.Sprintf(odd, s) },
	}
	for _, verb := range "vTtbcdoOqxXUeEfFgGsp" {
		for _, flags := range []string{"", "+", "#", "-40", "040", ".3", " "} {
			if verb == 'T' || verb == 'p' {
				continue // The type and the address; fmt never asks the value.
			}
			format := "%" + flags + string(verb)
			tests["Sprintf "+format] = func() string { return fmt.Sprintf(format, s) }
			tests["Sprintf "+format+" of a struct"] = func() string { return fmt.Sprintf(format, held) }
			tests["Sprintf "+format+" of a slice"] = func() string { return fmt.Sprintf(format, []Secret{s}) }
		}
	}
	for name, show := range tests {
		got := show()
		for _, leak := range []string{value, "whsec", fmt.Sprintf("%x", value), fmt.Sprintf("%X", value), "77 68 73"} {
			if strings.Contains(got, leak) {
				t.Errorf("%s shows the value: %q", name, got)
			}
		}
		if !strings.Contains(got, secretMark) {
			t.Errorf("%s: got %q, want the marker %q in it", name, got, secretMark)
		}
	}
}

// execute renders data with tmpl.
func execute(tmpl *template.Template, data any) string {
	var b strings.Builder
	if err := tmpl.Execute(&b, data); err != nil {
		return err.Error()
	}
	return b.String()
}

func TestSecretCannotBeGobbed(t *testing.T) {
	const value = "whsec-gob"
	var b bytes.Buffer
	_ = gob.NewEncoder(&b).Encode(struct{ S Secret }{NewSecret(value)})
	if strings.Contains(b.String(), value) {
		t.Error("gob shows the value")
	}
}

func TestSecretKeepsItsValue(t *testing.T) {
	for _, value := range []string{"", "x", " spaces stay ", "line\nbreak", strings.Repeat("k", 4096)} {
		s := NewSecret(value)
		if got := s.Reveal(); got != value {
			t.Errorf("Reveal: got %q, want %q", got, value)
		}
		if got, want := s.Empty(), value == ""; got != want {
			t.Errorf("Empty of %q: got %v, want %v", value, got, want)
		}
	}
	var _ encoding.TextMarshaler = Secret{}
}
