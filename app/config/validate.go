package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"vastrelay/relay/tunnel"
)

// Limits of what a person can enter.
const (
	maxLabel      = 100 // characters
	maxSpace      = 128
	maxEventTypes = 200
)

// Field names a setting for a FieldError, by its JSON name.
type Field string

// The fields that can be wrong, beside those of the vendors of tunnels.
const (
	FieldEventTypes Field = "event_types"
	FieldForm       Field = "form"
	FieldThreads    Field = "threads"
	FieldTunnel     Field = "tunnel"
	FieldSpace      Field = "space"
	FieldLabel      Field = "space_label"
)

// FieldError says what is wrong with one setting.
type FieldError struct {
	Field    Field
	Sentence string // one whole sentence for a person
}

// Error returns the field and the sentence.
func (e FieldError) Error() string { return string(e.Field) + ": " + e.Sentence }

// ValidationError lists every setting that is wrong; it is never empty.
type ValidationError []FieldError

// Error returns the sentences, one after the other.
func (e ValidationError) Error() string {
	sentences := make([]string, len(e))
	for i, f := range e {
		sentences[i] = f.Sentence
	}
	return strings.Join(sentences, " ")
}

// Sentence returns what is wrong with field; empty when it is well.
func (e ValidationError) Sentence(field Field) string {
	for _, f := range e {
		if f.Field == field {
			return f.Sentence
		}
	}
	return ""
}

// textField is a setting that is one text.
type textField struct {
	field    Field
	variable Variable                     // stands in for it in the environment; empty: none does
	parse    func(string) (string, error) // returns its one spelling; the error is a sentence
	vendor   string                       // the tunnel vendor that it belongs to; empty: to none
	required bool                         // whether it must be given while its vendor is chosen
}

// textFields lists the settings that are one text.
func textFields(vendors []tunnel.Vendor) []textField {
	fields := []textField{
		{field: FieldForm, parse: oneOf(Forms(), "Choose cards or plain text as the message form.")},
		{field: FieldThreads, parse: oneOf(ThreadChoices(), "Choose no threads, one for each type, or one for each instance.")},
		{field: FieldTunnel, variable: VarTunnel, parse: parseTunnel(vendors)},
	}
	for _, v := range vendors {
		for _, f := range v.Fields {
			fields = append(fields, textField{
				field: Field(f.Key), variable: Variable(f.Variable), parse: f.Parse, vendor: v.Name, required: f.Required,
			})
		}
	}
	return append(
		fields,
		textField{field: FieldSpace, parse: parseSpace},
		textField{field: FieldLabel, parse: parseLabel},
	)
}

// oneOf returns the parser of a setting that is one of some values.
func oneOf[T ~string](choices []T, otherwise string) func(string) (string, error) {
	return func(raw string) (string, error) {
		if !slices.Contains(choices, T(raw)) {
			return "", sentence("%s", otherwise)
		}
		return raw, nil
	}
}

func parseTunnel(vendors []tunnel.Vendor) func(string) (string, error) {
	return func(raw string) (string, error) {
		names := make([]string, len(vendors))
		for i, v := range vendors {
			if names[i] = v.Name; raw == v.Name {
				return raw, nil
			}
		}
		return "", sentence("%q is not a tunnel; choose %s.", raw, strings.Join(names, " or "))
	}
}

func parseSpace(raw string) (string, error) {
	raw = strings.TrimSpace(raw)
	if len(raw) > maxSpace || strings.ContainsFunc(raw, notSpaceID) {
		return "", sentence("The Chat space id holds characters that no space id has.")
	}
	return raw, nil
}

func parseLabel(raw string) (string, error) {
	raw = strings.TrimSpace(raw)
	if utf8.RuneCountInString(raw) > maxLabel || strings.ContainsFunc(raw, unicode.IsControl) {
		return "", sentence("Use a name of at most %d characters on one line.", maxLabel)
	}
	return raw, nil
}

// validate checks s as a whole. It returns nil or a ValidationError. The
// settings of a vendor that is not chosen are checked all the same, since the
// choice can change back; only a required one may be missing then.
func validate(s Settings, vendors []tunnel.Vendor) error {
	var wrong ValidationError
	check := func(field Field, err error) {
		if err != nil {
			wrong = append(wrong, FieldError{Field: field, Sentence: err.Error()})
		}
	}
	check(FieldEventTypes, checkEventTypes(s.EventTypes))
	chosen := tunnel.Choose(vendors, s.Tunnel).Name
	for _, f := range textFields(vendors) {
		if value := s.value(f.field); value != "" || f.required && f.vendor == chosen {
			_, err := f.parse(value)
			check(f.field, err)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return wrong
}

// validateChange is validate for settings that replace before. What before held
// already does not keep the rest from being saved: it may come from a newer
// version of the program, and a person who changes something else need not know
// of it.
func validateChange(s, before Settings, vendors []tunnel.Vendor) error {
	known := s
	known.EventTypes = slices.DeleteFunc(slices.Clone(s.EventTypes), func(key string) bool {
		return !KnownEventKey(key) && slices.Contains(before.EventTypes, key)
	})
	wrong, ok := validate(known, vendors).(ValidationError) //nolint:errorlint // validate returns it as it is.
	if !ok {
		return nil
	}
	wrong = slices.DeleteFunc(wrong, func(f FieldError) bool {
		if f.Field == FieldEventTypes {
			return false
		}
		ofVendor := slices.ContainsFunc(textFields(vendors), func(t textField) bool { return t.field == f.Field && t.vendor != "" })
		value := s.value(f.Field)
		return value != "" && value == before.value(f.Field) && (!ofVendor || s.Tunnel == before.Tunnel)
	})
	if len(wrong) == 0 {
		return nil
	}
	return wrong
}

// canonical returns s as it is kept: spaces around what was pasted are gone,
// and addresses have their one spelling. What cannot be understood stays as it
// is, for validate to complain about.
func canonical(s Settings, vendors []tunnel.Vendor) Settings {
	s = s.Clone()
	for _, f := range textFields(vendors) {
		value := strings.TrimSpace(s.value(f.field))
		if parsed, err := f.parse(value); err == nil {
			value = parsed
		}
		s.set(f.field, value)
	}
	if len(s.TunnelValues) == 0 {
		s.TunnelValues = nil
	}
	return s
}

// unknownValues lists what a newer version of the program wrote into s and this
// one does not know, in words: each with the name of its setting. It is kept,
// and the default is in force in its place.
func unknownValues(s Settings, vendors []tunnel.Vendor) []string {
	var list []string
	add := func(field Field, value string) { list = append(list, fmt.Sprintf("%s %q", field, value)) }
	for _, f := range textFields(vendors) {
		switch f.field {
		case FieldForm, FieldThreads, FieldTunnel: // a choice of few
			value := s.value(f.field)
			if _, err := f.parse(value); err != nil && value != "" {
				add(f.field, value)
			}
		}
	}
	for _, key := range s.EventTypes {
		if !KnownEventKey(key) {
			add(FieldEventTypes, key)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.unknown)) {
		list = append(list, fmt.Sprintf("%q", name))
	}
	return list
}

// sentenceError is an error whose text is a whole sentence for a person.
type sentenceError string

func (e sentenceError) Error() string { return string(e) }

func sentence(format string, args ...any) error {
	return sentenceError(fmt.Sprintf(format, args...))
}

// eventKey is a full type key of Vast.ai's catalogue: context, colon, slug,
// https://docs.vast.ai/guides/reference/notifications .
var eventKey = regexp.MustCompile(`^(client|host):[a-z0-9_]{1,64}$`)

func checkEventTypes(keys []string) error {
	if len(keys) > maxEventTypes {
		return sentence("Choose at most %d event types.", maxEventTypes)
	}
	for i, key := range keys {
		if !eventKey.MatchString(key) {
			return sentence("%q is not an event type; one looks like client:outbid.", key)
		}
		if slices.Contains(keys[:i], key) {
			return sentence("The event type %s is chosen twice.", key)
		}
	}
	return nil
}

// KnownEventKey reports whether key has the form of a type key that Vast.ai's
// API can be asked for.
func KnownEventKey(key string) bool { return eventKey.MatchString(key) }

func notSpaceID(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
}
