package banners

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// remoteTexts feeds the test and the fuzz target.
var remoteTexts = map[string]struct{ text, want string }{
	"an honest subject stays":               {"Your Interruptible Instance #48926820 Has Been Outbid", "Your Interruptible Instance #48926820 Has Been Outbid"},
	"letters of other scripts stay":         {"Größe: 5 %", "Größe: 5 %"},
	"a stretch of time stays":               {"Not reachable 09:12–09:31: this computer slept.", "Not reachable 09:12–09:31: this computer slept."},
	"lines become spaces":                   {"a\r\n\tb\u2028c", "a b c"},
	"PowerShell finds nothing to run":       {"a $(calc) `n $env:X \"; calc; \" “x” ‘y’", "a (calc) n env:X calc x y"},
	"markup goes":                           {"<b>bold</b> &amp; <a href='x'>y</a>", "bbold/b amp a hrefxy/a"},
	"pages go as a whole":                   {"see https://evil.example/x or www.evil.example or mailto:a or //evil", "see or or or"},
	"a page that is hidden by a mark goes":  {"ht<tps://evil.example", ""},
	"control characters go":                 {"a\x00\x1b[31mb\x07", "ab"},
	"text is not reordered":                 {"ok\u202etxt.exe", "oktxt.exe"},
	"bytes that are no text go":             {"a\xff\xfeb", "ab"},
	"a long text is cut at whole letters":   {strings.Repeat("ä", 200), strings.Repeat("ä", 80)},
	"nothing stays of what is only symbols": {"\"'`$<>&|;\\", ""},
}

func TestClean(t *testing.T) {
	for name, tc := range remoteTexts {
		t.Run(name, func(t *testing.T) {
			if got := Clean(tc.text); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	for _, tc := range remoteTexts {
		f.Add(tc.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Clean(text)
		if len(got) > maxRemote || !utf8.ValidString(got) {
			t.Errorf("got %d bytes: %q", len(got), got)
		}
		for _, r := range got {
			if r != ' ' && !unicode.IsLetter(r) && (r < '0' || r > '9') && !strings.ContainsRune(allowedMarks, r) {
				t.Errorf("%q holds %q", got, r)
			}
		}
		if strings.Contains(got, "  ") || strings.TrimSpace(got) != got || strings.Contains(got, "://") {
			t.Errorf("got %q", got)
		}
		if again := Clean(got); again != got {
			t.Errorf("cleaned twice: %q, want %q", again, got)
		}
	})
}
