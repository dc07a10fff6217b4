// Package kinds says in each language what the types of events are called, and
// how an event of a type reads in a row.
//
// What is known of a type stands in the tables of packages relay and vastapi, in
// English; package words has the translations, by the key of the type. A type that
// the tables do not know keeps the name that Vast.ai gives it, in every language.
//
// The package holds no state, and its functions may be called from any goroutine.
package kinds

import (
	"slices"
	"strings"

	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// Name is what the type slug is called as role has it: "Instance outbid".
func Name(role relay.Role, slug string) words.Sentence {
	switch slug {
	case "":
		return words.New("event_types.unnamed")
	case relay.TestType:
		return words.New("event_types.test")
	case relay.GapType:
		return words.New("event_types.gap")
	}
	return translated(role, slug, "name", relay.KindOf(role, slug).Name)
}

// NameOfKey is Name of the type with a full key, "client:outbid".
func NameOfKey(key string) words.Sentence {
	role, slug, _ := strings.Cut(key, ":")
	return Name(relay.Role(role), slug)
}

// NamesOfKeys lists the types with full keys, as a sentence does.
func NamesOfKeys(keys []string) words.Sentence {
	names := make([]words.Sentence, len(keys))
	for i, key := range keys {
		names[i] = NameOfKey(key).Map(relay.CleanLine)
	}
	return words.ListOf(names)
}

// Verb says what happened to an instance or a machine, to stand before its number:
// "Outbid". It is empty for a type that is about neither.
func Verb(role relay.Role, slug string) words.Sentence {
	return translated(role, slug, "verb", relay.KindOf(role, slug).Verb)
}

// translated is own, a part of what is known of the type slug, in every language. A
// type that is known from the other role only is called as it is there.
func translated(role relay.Role, slug, part, own string) words.Sentence {
	for _, r := range append([]relay.Role{role}, relay.Roles()...) {
		if s, ok := words.EventType(string(r)+":"+slug, part); ok && s.String() == own {
			return s
		}
	}
	return words.Verbatim(own)
}

// Title is the line by which people know ev: its subject as it came, else what its
// type is called. An event that the program made itself is worded in each language.
func Title(ev relay.Event) words.Sentence {
	note := noteOf(ev)
	switch {
	case note != (relay.GapNote{}):
		return status.DescribeGap(note.Gap(), note.End).Text
	case ev.Subject != "" && ev.Type == "":
		return words.Translate(ev.Subject) // of a delivery that could not be read, the program's own words
	case ev.Subject != "":
		return words.Verbatim(ev.Subject)
	case ev.Type != "":
		return Name(ev.Role, ev.Type)
	default:
		return words.New("event_types.untitled")
	}
}

// Message is the text of ev as it came; of an event that the program made itself, in
// each language. It may be empty.
func Message(ev relay.Event) words.Sentence {
	if note := noteOf(ev); note != (relay.GapNote{}) {
		return status.GapConsequence(note.Gap(), note.Left)
	}
	if ev.Type == "" {
		return words.Translate(ev.Message)
	}
	return words.Verbatim(ev.Message)
}

// noteOf is the note of an event that the program made itself; zero for others, and
// for one of an earlier version.
func noteOf(ev relay.Event) relay.GapNote {
	if !ev.Own() {
		return relay.GapNote{}
	}
	return relay.ReadGapNote(ev.Payload)
}

// RowTitle is the title of an event for a line that may be cut: what happened and to
// which number, "Outbid #48926820"; else its subject as relay.ShortTitle cuts it, or
// what its type is called.
func RowTitle(e relay.Summary) words.Sentence {
	if e.Note != (relay.GapNote{}) {
		return status.DescribeGap(e.Note.Gap(), e.Note.End).Text
	}
	if e.Fate == relay.FateUnreadable {
		return words.Translate(e.Title)
	}
	if e.Title == (relay.Event{Type: e.Type}).Title() {
		return Title(relay.Event{Role: e.Role, Type: e.Type})
	}
	verb, number := Verb(e.Role, e.Type), relay.NumberInTitle(e.Title)
	if verb.IsZero() || number == "" {
		return words.Verbatim(relay.ShortTitle(e.Title))
	}
	return words.New("event_types.row", words.Args{"Verb": verb, "Number": number})
}

// Topic is what a topic of Vast.ai's catalogue is called.
func Topic(topic string) words.Sentence {
	switch topic = strings.TrimSpace(topic); topic {
	case "":
		return words.New("event_types.topic.others")
	case UnlistedTopic:
		return words.New("event_types.topic.unlisted")
	case string(relay.GroupInstance):
		return words.New("event_types.topic.instance")
	case string(relay.GroupBilling):
		return words.New("event_types.topic.billing")
	case string(relay.GroupAccount):
		return words.New("event_types.topic.account")
	case string(relay.GroupMachine):
		return words.New("event_types.topic.machine")
	default:
		return words.Verbatim(relay.TypeWords(topic))
	}
}

// UnlistedTopic is the topic of types that are chosen and that Vast.ai does not list.
const UnlistedTopic = "not_known_to_this_version"

// Listed is the name of a type as Vast.ai lists it now, which English readers get;
// others get the translation of a type that is known.
func Listed(role relay.Role, slug, name string) words.Sentence {
	if name = relay.CleanLine(name); name == "" {
		return Name(role, slug)
	}
	if !slices.ContainsFunc(relay.Kinds(), func(k relay.Kind) bool { return k.Role == role && k.Slug == slug }) {
		return words.Verbatim(name)
	}
	return words.Each(func(l *words.Language) string {
		if l == words.English() {
			return name
		}
		return Name(role, slug).In(l)
	})
}

// Meaning is the line that explains a type, of which the built-in catalogue says own;
// empty for a type that it lacks.
func Meaning(role relay.Role, slug, own string) words.Sentence {
	return translated(role, slug, "meaning", own)
}
