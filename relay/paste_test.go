package relay

import (
	"strings"
	"testing"
	"unicode"
)

// pasteCases feed the test and the fuzz target. The credential is "the-Key_1=".
var pasteCases = []struct{ name, in, want string }{
	{"as it is", "the-Key_1=", "the-Key_1="},
	{"white space around it", " \t\r\n the-Key_1=\u00a0\u3000\n", "the-Key_1="},
	{"a byte order mark before it", "\ufeffthe-Key_1=\r\n", "the-Key_1="},
	{"a zero-width space after it", "the-Key_1=\u200b", "the-Key_1="},
	{"invisible characters in it", "the\u200b-\u00adKey\u2060_\u200d1\u200c=\ufe0f", "the-Key_1="},
	{"direction marks around it", "\u200e\u202athe-Key_1=\u202c\u200f", "the-Key_1="},
	{"tag characters after it", "the-Key_1=\U000e0061\U000e007f", "the-Key_1="},
	{"a terminal's bracketed paste", "\x1b[200~the-Key_1=\x1b[201~", "the-Key_1="},
	{"a terminal's colours", "\x1b[1mthe-Key_1=\x1b[0m", "the-Key_1="},
	{"double quotes", `"the-Key_1="`, "the-Key_1="},
	{"single quotes", "'the-Key_1='\n", "the-Key_1="},
	{"backticks", "`the-Key_1=`", "the-Key_1="},
	{"a fence of backticks", "```\nthe-Key_1=\n```", "the-Key_1="},
	{"English quotes", "“the-Key_1=”", "the-Key_1="},
	{"single English quotes", "‘the-Key_1=’", "the-Key_1="},
	{"German quotes", "„the-Key_1=“", "the-Key_1="},
	{"French quotes with their spaces", "«\u00a0the-Key_1=\u00a0»", "the-Key_1="},
	{"angle brackets", "<the-Key_1=>", "the-Key_1="},
	{"quotes in quotes", `"'the-Key_1='"`, "the-Key_1="},
	{"quotes around white space", `" the-Key_1= "`, "the-Key_1="},
	{"a value of JSON with its comma", `"the-Key_1=",`, "the-Key_1="},
	{"a statement with its semicolon", `'the-Key_1=';`, "the-Key_1="},
	{"a quote at one end alone stays to be seen", `"the-Key_1=`, `"the-Key_1=`},
	{"quotes that do not match stay to be seen", `"the-Key_1='`, `"the-Key_1='`},
	{"two lines stay two", "the-Key_1=\nother", "the-Key_1=\nother"},
	{"a space in it stays to be seen", "the Key", "the Key"},
	{"a no-break space in it stays to be seen", "the\u00a0Key", "the\u00a0Key"},
	{"nothing but quotes", `""`, ""},
	{"one quote", `"`, `"`},
	{"nothing that can be seen", "\ufeff\u200b \n", ""},
	{"nothing", "", ""},
}

func TestCleanPaste(t *testing.T) {
	for _, tc := range pasteCases {
		t.Run(tc.name, func(t *testing.T) {
			if got := CleanPaste(tc.in); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func FuzzCleanPaste(f *testing.F) {
	for _, tc := range pasteCases {
		f.Add(tc.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got := CleanPaste(in)
		if CleanPaste(got) != got || strings.TrimSpace(got) != got || len(got) > 3*len(in) {
			t.Errorf("%q becomes %q, then %q", in, got, CleanPaste(got))
		}
		if strings.ContainsFunc(got, func(r rune) bool { return unicode.Is(unicode.Bidi_Control, r) || r == '\u200b' || r == '\ufeff' }) {
			t.Errorf("%q becomes %q, which holds what nobody sees", in, got)
		}
	})
}
