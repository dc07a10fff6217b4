package banners

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"vastrelay/relay"
)

// maxRemote is the most that a banner shows of a text from elsewhere, in bytes.
const maxRemote = 160

// allowedMarks are the marks that a text from elsewhere may have beside letters,
// digits and spaces. None of them means anything to a shell, to markup, or to what
// makes links of texts.
const allowedMarks = ".,:-_/#%+()–·"

// Clean reduces a text from elsewhere to what no notification service can take for
// anything but text: letters, digits, single spaces and allowedMarks, at most
// maxRemote bytes. Addresses of pages are left out as a whole, since services make
// links of them.
func Clean(text string) string {
	allowed := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsLetter(r), '0' <= r && r <= '9', strings.ContainsRune(allowedMarks, r):
			return r
		default:
			return -1
		}
	}, strings.ToValidUTF8(relay.CleanText(text), ""))
	var kept strings.Builder
	for word := range strings.FieldsSeq(allowed) {
		if linked(word) {
			continue
		}
		if kept.Len() > 0 {
			word = " " + word
		}
		if kept.Len()+len(word) > maxRemote {
			kept.WriteString(prefix(word, maxRemote-kept.Len()))
			break
		}
		kept.WriteString(word)
	}
	return strings.TrimSpace(kept.String())
}

// linked reports whether a service could make a link of word.
func linked(word string) bool {
	lower := strings.ToLower(word)
	return strings.Contains(lower, ":/") || strings.Contains(lower, "//") || strings.Contains(lower, "www.") || strings.HasPrefix(lower, "mailto:")
}

// prefix is the beginning of text, at most limit bytes and whole characters.
func prefix(text string, limit int) string {
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
