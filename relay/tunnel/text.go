package tunnel

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"vastrelay/relay"
)

// OneLine is the vendor's text on one line, without what relay.CleanText drops;
// every run of white space and control characters becomes a blank.
func OneLine(s string) string {
	return strings.Join(strings.FieldsFunc(relay.CleanText(s), func(c rune) bool {
		return unicode.IsSpace(c) || !unicode.IsPrint(c)
	}), " ")
}

// Clip cuts s to at most limit bytes, on a rune boundary, with a visible mark.
func Clip(s string, limit int) string {
	const mark = "…"
	if len(s) <= limit {
		return s
	}
	cut := limit - len(mark)
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + mark
}
