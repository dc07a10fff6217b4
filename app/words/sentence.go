package words

import (
	"log/slog"
	"slices"
	"strings"
	"time"
)

// Sentence is a sentence in every language of the program: each reader takes it in
// its own. It is a plain value, comparable, and its zero value says nothing.
type Sentence struct {
	// texts are in the order of Languages with betweenTexts between them, or one if
	// they are all the same.
	texts string
}

// betweenTexts separates the texts of a Sentence. No text holds it.
const betweenTexts = "\x00"

// Each returns the Sentence whose text in each language is what text returns for
// it.
func Each(text func(l *Language) string) Sentence {
	texts := make([]string, len(languages))
	for i, l := range languages {
		texts[i] = strings.ReplaceAll(text(l), betweenTexts, "")
	}
	if len(slices.Compact(slices.Clone(texts))) == 1 {
		return Sentence{texts[0]}
	}
	return Sentence{strings.Join(texts, betweenTexts)}
}

// New returns the sentence with the given key, as Text does.
func New(key string, args ...Args) Sentence {
	return Each(func(l *Language) string { return l.Text(key, args...) })
}

// NewPlural returns the form of a sentence that fits count things, as Plural does.
func NewPlural(key string, count int, args ...Args) Sentence {
	return Each(func(l *Language) string { return l.Plural(key, count, args...) })
}

// Condition returns the sentences of a condition: what is wrong, why, and who must
// do what. The last two may be missing and are empty then. A number under "Count"
// picks the plural forms.
func Condition(code string, args ...Args) (headline, cause, next Sentence) {
	return explanation("conditions."+code, args...)
}

// ChatReason returns the sentences of a reason code of package googlechat: what is
// wrong, why, and what to do. They are empty for a code that has none.
func ChatReason(code string) (headline, cause, next Sentence) { return explanation("chat." + code) }

// ChatPhrase returns a text that messages in Google Chat hold beside those of Vast.ai,
// by its name in package googlechat; empty for one that it does not have.
func ChatPhrase(name string) Sentence {
	return Each(func(l *Language) string { return l.part("message." + name) })
}

// Tunnel returns a part of what the vendor of a tunnel says of itself, such as
// "title" or "ngrok_domain.label"; ok is false for one that has no translation.
func Tunnel(vendor, part string) (s Sentence, ok bool) {
	s = Each(func(l *Language) string { return l.part("tunnels." + vendor + "." + part) })
	return s, !s.IsZero()
}

// EventType returns a part of what Vast.ai's event type key, "client:outbid", is
// called: its "name", "verb" or "meaning"; ok is false for one that has no translation.
func EventType(key, part string) (s Sentence, ok bool) {
	role, slug, _ := strings.Cut(key, ":")
	s = Each(func(l *Language) string { return l.part("event_types." + role + "." + slug + "." + part) })
	return s, !s.IsZero()
}

// explanation returns the three sentences of what has a code of its own.
func explanation(key string, args ...Args) (headline, cause, next Sentence) {
	part := func(name string) Sentence {
		return Each(func(l *Language) string { return l.part(key+"."+name, args...) })
	}
	return part("headline"), part("cause"), part("next")
}

// Verbatim returns the Sentence that reads text in every language: a name, a code,
// or what somebody else has written.
func Verbatim(text string) Sentence { return Sentence{strings.ReplaceAll(text, betweenTexts, "")} }

// IsZero reports whether s says nothing.
func (s Sentence) IsZero() bool { return s.texts == "" }

// NewMoment is Moment in every language.
func NewMoment(t, now time.Time) Sentence {
	return Each(func(l *Language) string { return l.Moment(t, now) })
}

// NewList is List in every language.
func NewList(items []string) Sentence {
	return Each(func(l *Language) string { return l.List(items) })
}

// ListOf joins items as List does.
func ListOf(items []Sentence) Sentence {
	return Each(func(l *Language) string {
		texts := make([]string, len(items))
		for i, item := range items {
			texts[i] = item.In(l)
		}
		return l.List(texts)
	})
}

// Join joins sentences with a separator that every language uses.
func Join(sentences []Sentence, separator string) Sentence {
	return Each(func(l *Language) string {
		texts := make([]string, len(sentences))
		for i, s := range sentences {
			texts[i] = s.In(l)
		}
		return strings.Join(texts, separator)
	})
}

// In returns s in l.
func (s Sentence) In(l *Language) string {
	texts := strings.Split(s.texts, betweenTexts)
	if at := slices.Index(languages, l); at > 0 && at < len(texts) {
		return texts[at]
	}
	return texts[0]
}

// Text returns s in the language in use.
func (s Sentence) Text() string { return s.In(InUse()) }

// String returns s in English, which is what logs and errors hold.
func (s Sentence) String() string { return s.In(English()) }

// LogValue implements slog.LogValuer: logs are in English.
func (s Sentence) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Only returns the Sentence that reads in every language as s reads in l.
func (s Sentence) Only(l *Language) Sentence { return Sentence{s.In(l)} }

// Map returns s with f applied to its text in each language.
func (s Sentence) Map(f func(string) string) Sentence {
	return Each(func(l *Language) string { return f(s.In(l)) })
}

// WithoutStop returns s without its full stop, for where more follows.
func (s Sentence) WithoutStop() Sentence {
	return s.Map(func(text string) string { return strings.TrimSuffix(text, ".") })
}

// MarshalText implements encoding.TextMarshaler: programs read English.
func (s Sentence) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler: what was encoded reads the
// same in every language.
func (s *Sentence) UnmarshalText(text []byte) error {
	*s = Verbatim(string(text))
	return nil
}
