package kit

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// remoteTexts feeds the table and seeds the fuzz target.
var remoteTexts = []struct {
	name, in string
	limit    int
	line     string
	block    string
}{
	{"honest text stays", "Instance outbid #48926820", 80, "Instance outbid #48926820", "Instance outbid #48926820"},
	{"letters of every script stay", "Überlast für 東京 ✓", 80, "Überlast für 東京 ✓", "Überlast für 東京 ✓"},
	{"an emoji of several parts stays whole", "team 👩‍💻", 80, "team 👩‍💻", "team 👩‍💻"},
	{"line breaks stay only in a block", "one\r\ntwo\nthree", 80, "one two three", "one\ntwo\nthree"},
	{"white space around is dropped", "  \t word \n", 80, "word", "word"},
	{"a tab is a space", "a\tb", 80, "a b", "a b"},
	{"terminal commands go as a whole", "\x1b[31;1mred\x1b[0m\x07\x00 \u009b1mand\u009bm \x1b]0;title\x07more", 80, "red and more", "red and more"},
	{"tag characters outside a flag are dropped", "a\U000e0068\U000e0069b", 80, "ab", "ab"},
	{"a direction override cannot turn text around", "pay \u202Egnihton\u202C now", 80, "pay gnihton now", "pay gnihton now"},
	{"isolates and zero-width spaces are dropped", "a\u2066b\u2069c\u200Bd\uFEFFe", 80, "abcde", "abcde"},
	{"a line separator is a space", "a\u2028b\u2029c", 80, "a b c", "a b c"},
	{"bytes that are no text become a mark", "a\xffb", 80, "a\uFFFDb", "a\uFFFDb"},
	{"markup is text", "**bold** [x](https://evil.example) <b>", 80, "**bold** [x](https://evil.example) <b>", "**bold** [x](https://evil.example) <b>"},
	{"a long text is cut with a mark", "abcdefgh", 5, "abcd…", "abcd…"},
	{"the cut counts characters, not bytes", "ääääääää", 5, "ääää…", "ääää…"},
	{"a text of just the length is whole", "abcde", 5, "abcde", "abcde"},
	{"nothing is nothing", "", 5, "", ""},
}

func TestRemoteText(t *testing.T) {
	for _, c := range remoteTexts {
		t.Run(c.name, func(t *testing.T) {
			if got := OneLine(c.in, c.limit); got != c.line {
				t.Errorf("oneLine: got %q, want %q", got, c.line)
			}
			if got := Block(c.in, c.limit); got != c.block {
				t.Errorf("block: got %q, want %q", got, c.block)
			}
		})
	}
}

func FuzzRemoteText(f *testing.F) {
	for _, c := range remoteTexts {
		f.Add(c.in, c.limit)
	}
	f.Fuzz(func(t *testing.T, in string, limit int) {
		if limit < 1 || limit > 1000 {
			return
		}
		for name, got := range map[string]string{"oneLine": OneLine(in, limit), "block": Block(in, limit)} {
			if !utf8.ValidString(got) {
				t.Errorf("%s(%q) is not text: %q", name, in, got)
			}
			if n := utf8.RuneCountInString(got); n > limit {
				t.Errorf("%s(%q) has %d characters, limit %d", name, in, n, limit)
			}
			for _, r := range got {
				if unicode.IsControl(r) && (r != '\n' || name == "oneLine") || unicode.Is(unicode.Bidi_Control, r) {
					t.Errorf("%s(%q) keeps %U", name, in, r)
				}
			}
		}
		folded, _ := Fold(Block(in, limit), 10, 20)
		lines := strings.Split(folded, "\n")
		if len(lines) > 20 {
			t.Errorf("fold(%q) has %d lines", in, len(lines))
		}
		for _, l := range lines {
			if utf8.RuneCountInString(l) > 10 {
				t.Errorf("fold(%q) has the line %q", in, l)
			}
		}
	})
}

func TestFold(t *testing.T) {
	for _, c := range []struct {
		name, in     string
		width, lines int
		want         string
		whole        bool
	}{
		{"short lines stay", "a\nb", 5, 5, "a\nb", true},
		{"a long line is broken", "abcdefg", 3, 5, "abc\ndef\ng", true},
		{"a line of just the width is not", "abc\nd", 3, 5, "abc\nd", true},
		{"too many lines are left out", "a\nb\nc", 3, 2, "a\nb", false},
		{"too long a line is left out as well", "abcdefghi", 3, 2, "abc\ndef", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, whole := Fold(c.in, c.width, c.lines)
			if got != c.want || whole != c.whole {
				t.Errorf("got %q, %v; want %q, %v", got, whole, c.want, c.whole)
			}
		})
	}
}

func TestRelative(t *testing.T) {
	zone := time.FixedZone("UTC+2", 2*3600)
	now := time.Date(2026, 11, 21, 14, 6, 0, 0, zone)
	for _, c := range []struct {
		name string
		at   time.Time
		want string
	}{
		{"no time is no words", time.Time{}, ""},
		{"this moment", now, "just now"},
		{"a clock ahead of ours", now.Add(40 * time.Second), "just now"},
		{"the last second of just now", now.Add(-59 * time.Second), "just now"},
		{"one minute", now.Add(-time.Minute), "1 min ago"},
		{"the last minute of the hour", now.Add(-59*time.Minute - 59*time.Second), "59 min ago"},
		{"one hour", now.Add(-time.Hour), "1 h ago"},
		{"early today", time.Date(2026, 11, 21, 0, 1, 0, 0, zone), "14 h ago"},
		{"half an hour ago on the day before is still minutes", now.Add(-30 * time.Minute), "30 min ago"},
		{"late yesterday", time.Date(2026, 11, 20, 23, 59, 0, 0, zone), "yesterday"},
		{"early yesterday", time.Date(2026, 11, 20, 0, 0, 0, 0, zone), "yesterday"},
		{"the day before yesterday", time.Date(2026, 11, 19, 14, 2, 0, 0, zone), "Thu 14:02"},
		{"a time of another zone is told in ours", time.Date(2026, 11, 19, 12, 2, 0, 0, time.UTC), "Thu 14:02"},
		{"a week ago would be the same weekday", now.AddDate(0, 0, -7), "14 Nov"},
		{"this year", time.Date(2026, 10, 12, 9, 0, 0, 0, zone), "12 Oct"},
		{"last year", time.Date(2025, 10, 12, 9, 0, 0, 0, zone), "12 Oct 2025"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Relative(now, c.at); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
