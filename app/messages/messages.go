// Package messages has the words of messages in Google Chat, in each language of the
// program, for package googlechat, which is given them.
//
// Its values hold no state and are safe for concurrent use.
package messages

import (
	"time"

	"vastrelay/app/kinds"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
)

// In returns the words of messages in l.
func In(l *words.Language) googlechat.Words { return language{l} }

// Chosen returns the words of messages in the language with that tag; for an empty
// tag, or one of another version, in English.
func Chosen(tag string) googlechat.Words { return In(words.Match(tag)) }

// language implements googlechat.Words.
type language struct{ l *words.Language }

// Tag implements googlechat.Words.
func (w language) Tag() string { return w.l.Tag() }

// Phrase implements googlechat.Words.
func (w language) Phrase(p googlechat.Phrase) string { return words.ChatPhrase(string(p)).In(w.l) }

// Counted implements googlechat.Words.
func (w language) Counted(p googlechat.CountedPhrase, n int) string {
	if p == googlechat.CountedMissing {
		return w.l.Plural("message.missing", n)
	}
	return w.l.Plural("message.events", n)
}

// Kind implements googlechat.Words.
func (w language) Kind(k relay.Kind) string { return kinds.Name(k.Role, k.Slug).In(w.l) }

// Time implements googlechat.Words.
func (w language) Time(t time.Time, form googlechat.TimeForm) string {
	switch form {
	case googlechat.TimeWithDay:
		return w.l.Text("message.time_with_day", words.Args{"Day": w.l.Day(t), "Time": t.Format(time.TimeOnly)})
	case googlechat.TimeWithYear:
		return w.l.Text("message.time_with_year", words.Args{"Date": w.l.Date(t), "Time": t.Format(time.TimeOnly)})
	default:
		return w.l.Text("message.time_with_year", words.Args{"Date": w.l.Date(t), "Time": t.Format("15:04:05 MST")})
	}
}

// Own implements googlechat.Words.
func (w language) Own(ev relay.Event) relay.Event {
	title, message := kinds.Title(ev).In(w.l), kinds.Message(ev).In(w.l)
	ev.Subject, ev.Message = title, message
	return ev
}
