package diagnostics

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestShapesAreHiddenAndWordsAreNot(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"an e-mail address", "for ada@example.net, today", "for [e-mail], today"},
		{"a URL", "GET https://a.example:8443/p?q=1 failed", "GET [url] failed"},
		{"a host", "dial a-b.example.co.uk failed", "dial [host] failed"},
		{"a host beyond ASCII", "dial bücher.example failed", "dial [host] failed"},
		{"a host without dots by its port", "dial adas-box:8080 failed", "dial [host] failed"},
		{"an IPv4 address", "from 198.51.100.7 port 1", "from [ip] port 1"},
		{"an IPv6 address", "from 2001:db8::7 port 1", "from [ip] port 1"},
		{"an IPv6 address in brackets", "from [2001:db8:0:1:2:3:4:5] there", "from [[ip]] there"},
		{"a path", "open /home/ada/x: denied", "open [path] denied"},
		{"a path after an equals sign", "path=/var/x", "path=[path]"},
		{"a path below a home", "in ~/notes/x there", "in [path] there"},
		{"a path of Windows", `open C:\Users\ada failed`, "open [path] failed"},
		{"a path of a network", `open \\server\share failed`, "open [path] failed"},
		{"a token", "key 0123456789abcdef0123456789abcdef there", "key [token] there"},
		{"a UUID", "id 123e4567-e89b-12d3-a456-426614174000 there", "id [token] there"},
		{"a time of day stays", "at 14:02:11 today", "at 14:02:11 today"},
		{"a version stays", "version 2.8.1 of it", "version 2.8.1 of it"},
		{"a system stays", "linux/amd64", "linux/amd64"},
		{"a vendor stays", "chat.googleapis.com answered", "chat.googleapis.com answered"},
		{"a function stays", "fyne.io/fyne/v2/widget.(*Entry).Refresh", "fyne.io/fyne/v2/widget.(*Entry).Refresh"},
		{"a function of the runtime stays", "runtime.gopark", "runtime.gopark"},
		{"a function without a name stays", "vastrelay/app.(*Program).serve.func1", "vastrelay/app.(*Program).serve.func1"},
		{"a function of the program stays", "vastrelay/app.Run", "vastrelay/app.Run"},
		{"a host below the program's name", "vastrelay/ada-box.example", "[host]"},
		{"a line of assembler stays", "asm_amd64.s:1771", "asm_amd64.s:1771"},
		{"a host below a word of the runtime", "dial runtime.ada.example failed", "dial [host] failed"},
		{"a code stays", "PERMISSION_DENIED", "PERMISSION_DENIED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := (mask{}).hide(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPrivateValuesAreHidden(t *testing.T) {
	m := newMask(nil, []string{"max", "Ada Lovelace", "", "x", `C:\Users\Ada Lovelace\Data`, "bücherei"})
	for _, c := range []struct{ name, text, want string }{
		{"a short one as a word", "user max there", "user [private] there"},
		{"but not within another", "the maximum", "the maximum"},
		{"a name in another case", "ADA LOVELACE wrote", "[private] wrote"},
		{"a folder with a space", `in "C:\\Users\\Ada Lovelace\\Data" there`, `in "[private]" there`},
		{"with the other slashes", "in C:/Users/Ada Lovelace/Data there", "in [private] there"},
		{"beyond ASCII", "in der BÜCHEREI", "in der [private]"},
		{"one character is not looked for", "x marks it", "x marks it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := m.hide(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// FuzzHide puts each seed between two texts, apart from both, and looks for it.
func FuzzHide(f *testing.F) {
	for _, around := range []string{"", "error: ", "a.b", "https://", "::", `\`, "[", "key=", "\x00", "é", "[private]", "max"} {
		f.Add(around, around)
	}
	m := newMask(knowing(), knownPrivate())
	f.Fuzz(func(t *testing.T, before, after string) {
		if !utf8.ValidString(before) || !utf8.ValidString(after) {
			return
		}
		for name, seed := range seeds() {
			if strings.HasPrefix(name, "the text") || strings.HasPrefix(name, "the subject") {
				continue // which the allow-list keeps out
			}
			if strings.Contains(before, seed) || strings.Contains(after, seed) {
				return
			}
			for _, apart := range []string{" ", "\n", "\t", `"`} {
				if got := m.hide(before + apart + seed + apart + after); strings.Contains(got, seed) {
					t.Errorf("%s is still in %q", name, got)
				}
			}
		}
	})
}
