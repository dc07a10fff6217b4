package store

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of a search. SQLite refuses longer patterns and deeper
// conditions. Source: https://www.sqlite.org/limits.html .
const (
	maxWords     = 32
	maxWordBytes = 1024
)

// searchPatterns turns what a person typed into one LIKE pattern for each
// word. Words are separated by white space; the first 32 count, and of each
// its first 1024 bytes.
func searchPatterns(search string) []string {
	words := strings.Fields(search)
	words = words[:min(len(words), maxWords)]
	patterns := make([]string, len(words))
	for i, word := range words {
		patterns[i] = "%" + escapeLike(foldText(cutText(word, maxWordBytes))) + "%"
	}
	return patterns
}

// escapeLike takes the meaning from the wildcards of LIKE.
func escapeLike(word string) string {
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

// foldedColumn is what events.folded holds for an event: nil when LIKE alone
// compares subject and message rightly, which it does for ASCII without NUL.
func foldedColumn(subject, message string) any {
	if plain(subject) && plain(message) {
		return nil
	}
	return foldText(subject + "\n" + message)
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

// foldText maps texts that differ only in case to the same text: each
// character becomes the first of those that Unicode's simple folding holds for
// equal. Bytes that are not UTF-8 become U+FFFD, NUL becomes a space.
func foldText(s string) string {
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
