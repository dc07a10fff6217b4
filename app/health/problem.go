// Package health says how the program is doing, in words for people: the hops of
// the way from Vast.ai to Google Chat, the problems that they can have, the
// actions that mend them, and the steps of a check.
//
// Its values are plain, hold no secret and are safe to copy; Steps alone belongs
// to the goroutine that runs the check.
package health

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"vastrelay/app/words"
)

// Problem is an error as it reaches a person: what is wrong, why, and who must
// do what. It never holds a secret.
type Problem struct {
	Code     Code           // of its condition; empty for what a vendor words itself
	Headline words.Sentence // one short sentence in plain words
	Cause    words.Sentence // one sentence; may be empty
	Next     words.Sentence // one sentence: who must do what
	Details  string         // codes and the redacted technical text, for Details and Copy
	Action   Action         // the button that helps; empty when none does
	Severity Severity
}

// Error makes a Problem usable as an error. It reads "headline: cause" in English,
// which is what logs hold.
func (p Problem) Error() string { return p.Short().String() }

// Short is "headline: cause".
func (p Problem) Short() words.Sentence {
	if p.Cause.IsZero() {
		return p.Headline
	}
	return words.Each(func(l *words.Language) string { return p.Headline.In(l) + ": " + p.Cause.In(l) })
}

// Line is the problem in one line, "Headline: cause. Next step.", as a terminal
// shows it.
func (p Problem) Line() words.Sentence { return Paragraph(p.Short(), p.Next) }

// Paragraph joins sentences as Sentences does, in each language.
func Paragraph(sentences ...words.Sentence) words.Sentence {
	return words.Each(func(l *words.Language) string {
		texts := make([]string, len(sentences))
		for i, s := range sentences {
			texts[i] = s.In(l)
		}
		return Sentences(texts...)
	})
}

// Sentences joins texts, each of which it ends as a sentence is ended; empty
// ones are left out.
func Sentences(texts ...string) string {
	var joined strings.Builder
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		if joined.Len() > 0 {
			joined.WriteByte(' ')
		}
		joined.WriteString(text)
		if last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(text, `"'”’)`)); !strings.ContainsRune(".!?…:", last) {
			joined.WriteByte('.')
		}
	}
	return joined.String()
}

// Sentence makes a sentence of a text of a part or a server, which mostly begins
// in lower case.
func Sentence(text string) string {
	text = Sentences(text)
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}
