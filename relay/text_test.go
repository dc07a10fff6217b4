package relay

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// cleanCases feed the test and the fuzz target.
var cleanCases = []struct{ name, in, want string }{
	{"plain text stays", "Instance #7 is offline.\n\tSee 10.0.0.7:22", "Instance #7 is offline.\n\tSee 10.0.0.7:22"},
	{"colours go as a whole", "\x1b[31;1mERROR\x1b[0m: disk", "ERROR: disk"},
	{"colours of 24 bits go", "\x1b[38;2;255;0;0mred\x1b[m", "red"},
	{"colours with colons go", "\x1b[4:3mwavy\x1b[24m", "wavy"},
	{"private modes go", "\x1b[?25lhidden\x1b[?25h", "hidden"},
	{"a sequence with an intermediate byte goes", "a\x1b[2 qb", "ab"},
	{"cursor moves go", "a\x1b[2K\x1b[1Gb\x1b[Hc", "abc"},
	{"a bracketed paste goes", "\x1b[200~key\x1b[201~", "key"},
	{"a window title goes with its text", "\x1b]0;root@host: ~\x07$ ls", "$ ls"},
	{"a title that ST ends goes", "\x1b]2;title\x1b\\x", "x"},
	{"a hyperlink leaves its label", "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"},
	{"a device control string goes", "a\x1bPq#0;2;0;0;0\x1b\\b", "ab"},
	{"an application command goes", "a\x1b_Gf=100;AAAA\x1b\\b", "ab"},
	{"a privacy message goes", "a\x1b^secret\x1b\\b", "ab"},
	{"a character set goes", "\x1b(Bplain\x1b)0", "plain"},
	{"short sequences go", "a\x1b7b\x1b8c\x1b=d\x1bce\x1b#8f", "abcdef"},
	{"C1 controls begin sequences too", "\u009b31mERROR\u009b0m \u009d0;t\u009cx \u0090q\u009cy", "ERROR x y"},
	{"C1 controls as single bytes do as well", "a\x9b1mb\x9b0m", "ab"},
	{"other C1 controls go alone", "a\u0080b\u0084c\u008dd\u009ce", "abcde"},
	{"a next line is a line end", "a\u0085b", "a\u0085b"},
	{"a sequence that is broken off goes", "a\x1b[31", "a"},
	{"a sequence that a line end breaks leaves the line end", "a\x1b[31\nb", "a\nb"},
	{"a title without an end takes no text with it", "\x1b]0;title\nthe news", "0;title\nthe news"},
	{"the word behind a stray control stays whole", "\x1b error \u009b #4711 \x1b[ 12", " error  #4711  12"},
	{"two escapes in a row go", "\x1b\x1b[1mx\x1b", "x"},
	{"what is left makes no new sequence", "\x1b\x1b[0m[31mx", "[31mx"},
	{"brackets of honest text stay", "[31m and a[0m", "[31m and a[0m"},
	{"controls go", "a\x00b\x07c\x08d\x7fe", "abcde"},
	{"bidirectional controls go", "a\u202eb\u2066c\u2069d\u200ee\u061cf", "abcdef"},
	{"invisible characters go", "\ufeffa\u200bb\u00adc\u2060d\u180ee\u3164f\u034fg\uffa0h\u115fi", "abcdefghi"},
	{"tag characters go", "a\U000e0001\U000e0068\U000e0069b", "ab"},
	{"tag characters of a flag stay", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f!", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f!"},
	{"tag characters of a flag without an end go", "🏴\U000e0067\U000e0062\U000e0073x", "🏴x"},
	{"tag characters that spell no region go", "🏴\U000e0048\U000e0049\U000e0021\U000e007fx", "🏴x"},
	{"a long text in tags behind a flag goes", "🏴" + strings.Repeat("\U000e0061", 7) + "\U000e007fx", "🏴x"},
	{"variation selectors of the supplement go", "a\U000e0100\U000e01efb", "ab"},
	{"variation selectors of emoji stay", "❤️ ☎︎", "❤️ ☎︎"},
	{"joined emoji and scripts stay", "👩‍💻 می\u200cخواهم готово 完了", "👩‍💻 می\u200cخواهم готово 完了"},
	{"spaces of every kind stay", "a\u00a0b\u2003c\u3000d\u2028e", "a\u00a0b\u2003c\u3000d\u2028e"},
	{"invalid UTF-8 is replaced", "a\xff\xfeb", "a\uFFFD\uFFFDb"},
}

func TestCleanText(t *testing.T) {
	for _, tc := range cleanCases {
		t.Run(tc.name, func(t *testing.T) {
			if got := CleanText(tc.in); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			checkClean(t, tc.in)
		})
	}
}

// checkClean asserts what holds of all cleaned text.
func checkClean(t *testing.T, in string) {
	t.Helper()
	got := CleanText(in)
	if !utf8.ValidString(got) || CleanText(got) != got {
		t.Errorf("%q becomes %q, then %q", in, got, CleanText(got))
	}
	kept := strings.NewReplacer("\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "").Replace(got)
	for _, r := range kept {
		joins := slices.Contains([]rune{'\u200c', '\u200d'}, r)
		tag := r >= tagBase && r <= tagEnd && strings.ContainsRune(got, blackFlag)
		if unicode.IsControl(r) && !unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r) ||
			unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r) && r != '\ufe0e' && r != '\ufe0f' ||
			unicode.Is(unicode.Cf, r) && !joins && !tag && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) && r < 0x13430 {
			t.Errorf("%q becomes %q, which holds %U", in, got, r)
		}
	}
}

func FuzzCleanText(f *testing.F) {
	for _, tc := range cleanCases {
		f.Add(tc.in)
	}
	f.Fuzz(func(t *testing.T, in string) { checkClean(t, in) })
}

func TestCleanLine(t *testing.T) {
	if got := CleanLine(" \x1b[1mAda\x1b[0m\r\n <ada@example.net>\u202e \u2028"); got != "Ada <ada@example.net>" {
		t.Errorf("got %q", got)
	}
}
