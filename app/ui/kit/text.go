package kit

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"vastrelay/app/words"
	"vastrelay/relay"
)

// The most that a label is given, in runes. Longer texts only cost drawing
// time: nobody reads them in a label.
const (
	MaxLine  = 240
	MaxBlock = 8000
)

// Dots ends a text that was cut.
const Dots = "…"

// OneLine makes text from elsewhere safe for a one-line label: what
// relay.CleanText drops goes, and what no font can show, runs of white space
// become one space, and the rest is cut to limit runes.
func OneLine(s string, limit int) string {
	return cut(strings.Join(strings.Fields(strings.Map(printable, relay.CleanText(clip(s, limit)))), " "), limit)
}

// Block makes text from elsewhere safe for a label of several lines: as
// oneLine, but line breaks stay.
func Block(s string, limit int) string {
	s = strings.ReplaceAll(relay.CleanText(clip(s, limit)), "\r\n", "\n")
	return cut(strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return printable(r)
	}, s)), limit)
}

// clip shortens s, which can be a whole request body, to a length that
// certainly holds limit runes, so that the mapping that follows stays cheap.
func clip(s string, limit int) string {
	if most := 8 * (limit + 1); len(s) > most {
		return s[:most] + Dots
	}
	return s
}

// printable turns white space and line breaks into a space and drops what no
// font can show.
func printable(r rune) rune {
	switch {
	case r == utf8.RuneError:
		return '\uFFFD'
	case unicode.IsSpace(r) || r == '\u2028' || r == '\u2029':
		return ' '
	case unicode.Is(unicode.Co, r), unicode.IsControl(r):
		return -1
	default:
		return r
	}
}

// cut shortens s to limit runes and shows that it did.
func cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:max(limit-1, 0)]) + Dots
}

// Fold breaks every line of s after width runes, because one very long line is
// drawn as one picture, wider than a graphics card takes, and keeps at most
// lines lines. whole is false when something was left out.
func Fold(s string, width, lines int) (folded string, whole bool) {
	var b strings.Builder
	column, row := 0, 1
	for _, r := range s {
		if r == '\n' || column == width {
			if row == lines {
				return b.String(), false
			}
			b.WriteByte('\n')
			row, column = row+1, 0
		}
		if r != '\n' {
			b.WriteRune(r)
			column++
		}
	}
	return b.String(), true
}

// Preserve drops what cannot be read from a text but leaves its lines and
// spaces as they are.
func Preserve(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return printable(r)
	}, relay.CleanText(s))
}

// Joined puts a middle dot between what there is.
func Joined(parts ...string) string {
	out := ""
	for _, p := range parts {
		switch {
		case p == "":
		case out == "":
			out = p
		default:
			out += " · " + p
		}
	}
	return out
}

// Relative words the time t as seen at now, as words.Ago does. The zero time is
// empty.
func Relative(now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return words.Ago(now, t)
}

// Exact words a moment for the detail pane: "Sat 21 Nov 2026, 14:02:11". The zero
// time is empty.
func Exact(now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return words.Exact(t.In(now.Location()))
}

// Clock words the time of day with tenths: "14:02:11.3".
func Clock(now, t time.Time) string {
	return t.In(now.Location()).Format("15:04:05.0")
}

// ClockMinutes words the time of day for a chat message: "14:02".
func ClockMinutes(now, t time.Time) string {
	return t.In(now.Location()).Format("15:04")
}
