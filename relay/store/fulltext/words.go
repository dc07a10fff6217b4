// Package fulltext compares texts without regard to case, and keeps an index of
// the trigrams that occur in them. A search compares every word with subject and
// message of an event; the index only says which events need not be looked at.
// It knows the tables events (num, received_at, subject, message), event_ids (num),
// search and search_blocks.
//
// # Concurrency
//
// An Index has a goroutine of its own between Start and Close, which its caller
// starts and ends. All else are functions of their arguments.
package fulltext

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of a search. SQLite refuses longer patterns and deeper
// conditions. Source: https://www.sqlite.org/limits.html .
const (
	MaxWords     = 32
	maxWordBytes = 1024
	maxTrigrams  = 48
)

// Words turns what a person typed into folded words, all of which must
// occur somewhere in the subject or the message, also within other words.
// White space separates words; the first 32 count, and of each its first 1024
// bytes.
func Words(search string) []string {
	words := strings.Fields(search)
	words = words[:min(len(words), MaxWords)]
	for i, word := range words {
		words[i] = Fold(cutText(word, maxWordBytes))
	}
	return words
}

// Digits are what numbers are made of.
const Digits = "0123456789"

// Trigrams turns what a person typed into a condition for the index of texts:
// sequences of three characters that cover its words, up to maxTrigrams. It is
// empty when no word has three characters. Of a number it takes all, because
// each one rules out much; of other words, which mostly occur everywhere, only
// as many as touch each other, because each one costs time.
func Trigrams(search string) string {
	var terms []string
	for _, word := range Words(search) {
		runes := []rune(word)
		step := 1
		if !strings.ContainsAny(word, Digits) {
			step = 3
		}
		for i := 0; i+3 <= len(runes); i = next(i, step, len(runes)-3) {
			term := Quote(string(runes[i : i+3]))
			if len(terms) < maxTrigrams && !slices.Contains(terms, term) {
				terms = append(terms, term)
			}
		}
	}
	return strings.Join(terms, " AND ")
}

// next returns where the trigram after the one at i begins: step further, but
// not behind the last one, and behind it after that.
func next(i, step, last int) int {
	if i < last {
		return min(i+step, last)
	}
	return last + 1
}

// Quote writes a term as the index's conditions want it.
func Quote(term string) string { return `"` + strings.ReplaceAll(term, `"`, `""`) + `"` }

// EscapeLike takes the meaning from the wildcards of LIKE.
func EscapeLike(word string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(word)
}

// cutText cuts s to at most n bytes, between characters.
func cutText(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// FoldedColumn is what events.folded holds for an event: nil when LIKE alone
// compares subject and message rightly, which it does for ASCII without NUL.
func FoldedColumn(subject, message string) any {
	if plain(subject) && plain(message) {
		return nil
	}
	return Fold(subject + "\n" + message)
}

// plain reports whether s is ASCII without NUL, at which LIKE would stop.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] == 0 || s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Fold maps texts that differ only in case to the same text: each
// character becomes the first of those that Unicode's simple folding holds for
// equal. Bytes that are not UTF-8 become U+FFFD, NUL becomes a space.
func Fold(s string) string {
	return strings.Map(func(r rune) rune {
		if r == 0 {
			return ' '
		}
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, s)
}
