package relay

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// terminalSequence matches control sequences as terminals take them: CSI, the
// strings (OSC, DCS, SOS, PM and APC) up to their end on the same line, and the
// short ones; begun by ESC or by the C1 control that stands for it. Of one that
// is broken off, what is certainly part of it. A space is part of one alone, the
// shape of the cursor, so that the word behind a stray control stays whole.
// https://ecma-international.org/publications-and-standards/standards/ecma-48/
var terminalSequence = regexp.MustCompile(
	`(?:\x1b\[|\x{9b})[0-?]*(?: q|[!-/]*[@-~])?` +
		`|(?:\x1b[\]PX^_]|[\x{90}\x{98}\x{9d}-\x{9f}])[^\x07\x1b\x{9c}\n]*(?:\x07|\x1b\\|\x{9c})` +
		`|\x1b[!-/]*[0-~]?`)

// CleanText makes text from elsewhere plain, for every place that shows it:
// terminal control sequences go as a whole, and so do control characters and
// characters that nobody sees or that make text read otherwise than it stands.
// White space and line ends of every kind stay, and so do the joiners and
// selectors that emoji and some scripts need. Invalid UTF-8 becomes U+FFFD.
func CleanText(s string) string {
	if plainASCII(s) {
		return s
	}
	s = terminalSequence.ReplaceAllString(runesOnly(s), "")
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if n := subdivisionFlag(s[i:]); n > 0 {
			size = n
		} else if !visible(r) {
			i += size
			continue
		}
		b.WriteString(s[i : i+size])
		i += size
	}
	return b.String()
}

// CleanLine is CleanText on one line: every run of white space becomes one
// space, and none is left at the ends.
func CleanLine(s string) string { return strings.Join(strings.Fields(CleanText(s)), " ") }

// plainASCII reports whether s holds nothing but printable ASCII and the usual
// white space.
func plainASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < ' ' && c != '\n' && c != '\t' && c != '\r') || c > '~' {
			return false
		}
	}
	return true
}

// runesOnly returns s in valid UTF-8. A lone byte of the C1 range means what it
// does to a terminal, every other becomes U+FFFD.
func runesOnly(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 && s[i] >= 0x80 && s[i] <= 0x9f {
			r = rune(s[i])
		}
		b.WriteRune(r)
		i += size
	}
	return b.String()
}

// visible reports whether r may stay in text: it is seen, separates, or shapes
// its neighbours. What may not are the controls, and the characters that are
// ignored by default when text is drawn.
// https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
func visible(r rune) bool {
	switch {
	case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
		return true
	case unicode.IsControl(r):
		return false
	case r == '\u200c', r == '\u200d', r == '\ufe0e', r == '\ufe0f':
		return true
	case r == '\u00ad', r == '\u034f', r == '\u061c', r == '\u115f', r == '\u1160', r == '\u17b4', r == '\u17b5', r == '\u3164', r == '\uffa0',
		r >= '\u180b' && r <= '\u180f', r >= '\u200b' && r <= '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2060' && r <= '\u206f',
		r >= '\ufe00' && r <= '\ufe0f', r == '\ufeff', r >= '\ufff0' && r <= '\ufffb',
		r >= '\U0001bca0' && r <= '\U0001bca3', r >= '\U0001d173' && r <= '\U0001d17a', r >= '\U000e0000' && r <= '\U000e0fff':
		return false
	default:
		return true
	}
}

// The tag characters spell the region of a flag after a black one, in ASCII.
// https://www.unicode.org/reports/tr51/#valid-emoji-tag-sequences
const (
	blackFlag   = '\U0001f3f4'
	tagBase     = '\U000e0000'
	tagEnd      = '\U000e007f'
	maxRegion   = 6
	minRegion   = 3
	regionChars = "abcdefghijklmnopqrstuvwxyz0123456789"
)

// subdivisionFlag returns how many bytes of s, from its start, are the flag of
// a region; 0 for none.
func subdivisionFlag(s string) int {
	r, size := utf8.DecodeRuneInString(s)
	if r != blackFlag {
		return 0
	}
	for n := 0; ; n++ {
		r, width := utf8.DecodeRuneInString(s[size:])
		size += width
		switch {
		case r == tagEnd && n >= minRegion:
			return size
		case n == maxRegion, r < tagBase+'0' || r > tagBase+'z' || !strings.ContainsRune(regionChars, r-tagBase):
			return 0
		}
	}
}
