package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"vastrelay/relay"
)

// Limits of what a person can enter.
const (
	maxLabel      = 100 // characters
	maxSpace      = 128
	maxEventTypes = 200
)

// Field names a setting for a FieldError, by its JSON name.
type Field string

// The fields that can be wrong.
const (
	FieldEventTypes  Field = "event_types"
	FieldForm        Field = "form"
	FieldThreads     Field = "threads"
	FieldTunnel      Field = "tunnel"
	FieldNgrokDomain Field = "ngrok_domain"
	FieldPublicURL   Field = "public_url"
	FieldListen      Field = "listen"
	FieldSpace       Field = "space"
	FieldLabel       Field = "space_label"
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

// Validate checks s as a whole. It returns nil or a ValidationError. A field
// that another choice leaves unused is checked all the same, since that choice
// can change back; only the public URL may be missing while it is unused.
func Validate(s Settings) error {
	var wrong ValidationError
	check := func(field Field, err error) {
		if err != nil {
			wrong = append(wrong, FieldError{Field: field, Sentence: err.Error()})
		}
	}
	check(FieldEventTypes, checkEventTypes(s.EventTypes))
	if !slices.Contains(Forms(), s.FormOrDefault()) {
		check(FieldForm, sentence("Choose cards or plain text as the message form."))
	}
	if !slices.Contains(ThreadChoices(), s.ThreadsOrDefault()) {
		check(FieldThreads, sentence("Choose no threads, one for each type, or one for each instance."))
	}
	if !slices.Contains(Tunnels(), s.TunnelOrDefault()) {
		check(FieldTunnel, sentence("Choose ngrok or your own address."))
	}
	if s.NgrokDomain != "" {
		_, err := relay.ParseDomain(s.NgrokDomain)
		check(FieldNgrokDomain, err)
	}
	if s.PublicURL != "" || s.TunnelOrDefault() == TunnelURL {
		_, err := relay.ParsePublicURL(s.PublicURL)
		check(FieldPublicURL, err)
	}
	_, err := relay.ParseListen(s.ListenOrDefault())
	check(FieldListen, err)
	if len(s.Space) > maxSpace || strings.ContainsFunc(s.Space, notSpaceID) {
		check(FieldSpace, sentence("The Chat space id holds characters that no space id has."))
	}
	if utf8.RuneCountInString(s.Label) > maxLabel || strings.ContainsFunc(s.Label, unicode.IsControl) {
		check(FieldLabel, sentence("Use a name of at most %d characters on one line.", maxLabel))
	}
	if len(wrong) == 0 {
		return nil
	}
	return wrong
}

// validateChange is Validate for settings that replace before. What before held
// already does not keep the rest from being saved: it may come from a newer
// version of the program, and a person who changes something else need not know
// of it.
func validateChange(s, before Settings) error {
	known := s
	known.EventTypes = slices.DeleteFunc(slices.Clone(s.EventTypes), func(key string) bool {
		return !KnownEventKey(key) && slices.Contains(before.EventTypes, key)
	})
	wrong, ok := Validate(known).(ValidationError) //nolint:errorlint // Validate returns it as it is.
	if !ok {
		return nil
	}
	wrong = slices.DeleteFunc(wrong, func(f FieldError) bool { return unchanged(f.Field, s, before) })
	if len(wrong) == 0 {
		return nil
	}
	return wrong
}

// unchanged reports whether a field that is not well says what it said before,
// under the same choices, and not merely nothing.
func unchanged(field Field, s, before Settings) bool {
	same := func(now, then string) bool { return now == then && now != "" }
	switch field {
	case FieldForm:
		return same(string(s.Form), string(before.Form))
	case FieldThreads:
		return same(string(s.Threads), string(before.Threads))
	case FieldTunnel:
		return same(string(s.Tunnel), string(before.Tunnel))
	case FieldNgrokDomain:
		return same(s.NgrokDomain, before.NgrokDomain) && s.Tunnel == before.Tunnel
	case FieldPublicURL:
		return same(s.PublicURL, before.PublicURL) && s.Tunnel == before.Tunnel
	case FieldListen:
		return same(s.Listen, before.Listen) && s.Tunnel == before.Tunnel
	case FieldSpace:
		return same(s.Space, before.Space)
	case FieldLabel:
		return same(s.Label, before.Label)
	default:
		return false
	}
}

// Canonical returns s as it is kept: spaces around what was pasted are gone,
// and addresses have their one spelling. What cannot be understood stays as it
// is, for Validate to complain about.
func Canonical(s Settings) Settings {
	s = s.Clone()
	s.Label = strings.TrimSpace(s.Label)
	s.Space = strings.TrimSpace(s.Space)
	s.PublicURL = canonical(s.PublicURL, relay.ParsePublicURL)
	s.NgrokDomain = canonical(s.NgrokDomain, relay.ParseDomain)
	s.Listen = canonical(s.Listen, relay.ParseListen)
	return s
}

func canonical(value string, parse func(string) (string, error)) string {
	if parsed, err := parse(value); err == nil {
		return parsed
	}
	return strings.TrimSpace(value)
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
