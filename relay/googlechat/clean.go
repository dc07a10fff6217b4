package googlechat

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"vastrelay/relay"
)

// maxScanRunes bounds the work on one text. It exceeds what a message can hold,
// so a text that is longer is cut with the mark anyway.
const maxScanRunes = 32_000

// clean makes untrusted text plain, as relay.CleanText does; beyond that, every
// kind of line end becomes a newline and every other white space a plain space,
// on which all linkifiers end a URL; at most two newlines follow each other, and
// lines end without white space.
func clean(s string) string {
	s = strings.ReplaceAll(relay.CleanText(s), "\r\n", "\n")
	s = strings.Map(cleanRune, s)

	var b strings.Builder
	b.Grow(len(s))
	newlines := 0
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.TrimRightFunc(line, unicode.IsSpace)
		if line == "" {
			newlines++
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n\n"[:min(newlines, 2)])
		}
		b.WriteString(line)
		newlines = 1
	}
	return b.String()
}

// cleanRune maps white space of every kind to the two that are kept.
func cleanRune(r rune) rune {
	switch {
	case r == '\n', r == '\r', r == '\u2028', r == '\u2029', r == '\u0085', r == '\v', r == '\f':
		return '\n'
	case unicode.IsSpace(r):
		return ' '
	default:
		return r
	}
}

// oneLine is clean for text that must stay on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// firstRunes returns at most n runes of s.
func firstRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// chars counts s as Chat's limit on text may: in UTF-16 units, the largest of
// the counts that "characters" can mean.
func chars(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// jsonBytes counts the bytes of s inside a JSON string.
func jsonBytes(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case r == '"', r == '\\', r == '\n':
			n += 2
		case r < ' ', r == '\u2028', r == '\u2029', r == utf8.RuneError:
			n += 6
		default:
			n += utf8.RuneLen(r)
		}
	}
	return n
}
