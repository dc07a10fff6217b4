package googlechat

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// testLinks is the default list.
func testLinks() allowList { return newAllowList(allowedLinks()) }

// textCases are untrusted texts with their plain and card forms. They feed the
// test and both fuzz targets. An empty card form is not checked.
var textCases = []struct{ name, in, plain, card string }{
	{"words and numbers stay", "Instance #4711 costs $0.42/hr (was 0.30).", "Instance #4711 costs $0.42/hr (was 0.30).", "Instance #4711 costs $0.42/hr (was 0.30)."},
	{"an allow-listed URL stays", "See https://cloud.vast.ai/billing/?tab=2&x=a_b#top now.", "See https://cloud.vast.ai/billing/?tab=2&x=a_b#top now.", `See <a href="https://cloud.vast.ai/billing/?tab=2&amp;x=a_b#top">https://cloud.vast.ai/billing/?tab=2&amp;x=a_b#top</a> now.`},
	{"an allow-listed host alone stays", "https://vast.ai.", "https://vast.ai.", `<a href="https://vast.ai">https://vast.ai</a>.`},
	{"a URL in brackets stays", "(https://docs.vast.ai/a)", "(https://docs.vast.ai/a)", ""},
	{"a URL's own brackets stay", "https://docs.vast.ai/a_(b)", "https://docs.vast.ai/a%5F%28b%29", ""},
	{"the vendor's name stays", "Your Vast.ai instance at cloud.vast.ai.", "Your Vast.ai instance at cloud.vast.ai.", ""},
	{"ids with underscores stay", "my_label-2 error_msgs", "my_label-2 error_msgs", "my_label-2 error_msgs"},
	{"addresses and versions stay", "ssh root@1.2.3.4 -p 22, CUDA 12.4, train.json torch.cuda.OutOfMemoryError v1.2", "ssh root@1.2.3.4 -p 22, CUDA 12.4, train.json torch.cuda.OutOfMemoryError v1.2", ""},
	{"hosts of Vast.ai stay", "ssh -p 41022 root@ssh4.vast.ai, then http to console.vast.ai:443.", "ssh -p 41022 root@ssh4.vast.ai, then http to console.vast.ai:443.", "ssh -p 41022 root@ssh4.vast.ai, then http to console.vast.ai:443."},
	{"images of registries stay", "ghcr.io/x/my.app:v1.2 nvcr.io/nvidia/pytorch:24.01-py3, docker.io/library/ubuntu:22.04.", "ghcr.io/x/my.app:v1.2 nvcr.io/nvidia/pytorch:24.01-py3, docker.io/library/ubuntu:22.04.", "ghcr.io/x/my.app:v1.2 nvcr.io/nvidia/pytorch:24.01-py3, docker.io/library/ubuntu:22.04."},
	{"an image by its digest stays", "quay.io/a/b_c@sha256:0123456789abcdef", "quay.io/a/b_c@sha256:0123456789abcdef", "quay.io/a/b_c@sha256:0123456789abcdef"},
	{"files stay", "train.json, run.log: model.safetensors (data.tar.gz)", "train.json, run.log: model.safetensors (data.tar.gz)", "train.json, run.log: model.safetensors (data.tar.gz)"},
	{"files whose extension is a domain are code", "python train.py --log onstart.sh. README.md, model.zip!", "python `train.py` --log `onstart.sh`. `README.md`, `model.zip`!", "python train.py --log onstart.sh. README.md, model.zip!"},
	{"files in folders stay whole", "/root/onstart.sh ./a/b.py ../c.py ~/d.sh src/e_f.py:12 --config=g.py", "`/root/onstart.sh` `./a/b.py` `../c.py` `~/d.sh` `src/e_f.py`:12 --config=`g.py`", "/root/onstart.sh ./a/b.py ../c.py ~/d.sh src/e_f.py:12 --config=g.py"},
	{"files with marks in their names are code", "__init__.py __meta__.json", "`__init__.py` `__meta__.json`", "__init__.py __meta__.json"},
	{"a file behind a backslash is code all the same", `C:\x\run.sh`, "C:\\x\\\u2060`run.sh`", `C:\x\run.sh`},
	{"a copy over ssh stays", "scp root@ssh4.vast.ai:/workspace/train.py .", "scp root@ssh4.vast.ai:`/workspace/train.py` .", "scp root@ssh4.vast.ai:/workspace/train.py ."},
	{"a file at a stranger's host is defused", "evil.sh/train.py evil.com/a.py", "evil[.]sh/train[.]py evil[.]com/a[.]py", ""},
	{"a file in a stranger's URL is defused", "https://evil.com/train.py git+ssh://evil.sh x://y,z.py", "https[:]//evil[.]com/train[.]py git+ssh[:]//evil[.]sh x[:]//y,z[.]py", ""},
	{"a mail address with an extension is defused", "bob@evil.py train.py@evil.com", "bob@evil[.]py train[.]py@evil[.]com", ""},
	{"a host with a query is defused", "evil.zip?x=1 evil.py#a www.evil.sh //evil.sh", "evil[.]zip?x=1 evil[.]py#a www[.]evil[.]sh //evil[.]sh", ""},
	{"hosts like those of Vast.ai are defused", "ssh4.vast.ai.evil.com evil-vast.ai vast.ai.sh/x www.vast.ai", "ssh4.vast[.]ai.evil[.]com evil-vast[.]ai vast[.]ai[.]sh/x www[.]vast[.]ai", ""},
	{"hosts like those of registries are defused", "ghcr.io.evil.com/x evil-ghcr.io/x x.ghcr.io/y bob@ghcr.io", "ghcr[.]io.evil[.]com/x evil-ghcr[.]io/x x.ghcr[.]io/y bob@ghcr[.]io", ""},
	{"an image is followed by nothing of a URL", "ghcr.io/x@evil.com ghcr.io/x?a=b", "ghcr[.]io/x@evil[.]com ghcr[.]io/x?a=b", ""},
	{"a domain in front of an extension is defused", "evil.com.zip update.evil.com.json train.py.log", "evil[.]com[.]zip update.evil[.]com.json `train.py.log`", ""},
	{"a registry without an image covers nothing", "ghcr.io/:0.co ghcr.io//evil.com", "ghcr.io/:0[.]co ghcr.io//evil[.]com", ""},
	{"a look-alike dot makes no file", "train․py", "train[.]py", ""},
	{"an underscore in a word stays, two are replaced", "a_b c__d 0____000__0", "a_b c▁▁d 0▁▁▁▁000▁▁0", "a_b c__d 0____000__0"},
	{"emoji and scripts stay", "GPU 🔥👩‍💻 готово 完了", "GPU 🔥👩‍💻 готово 完了", ""},
	{"single marks between spaces stay", "2 * 3 ~ 6 _ ok", "2 * 3 ~ 6 _ ok", ""},

	{"a mention of everyone is defused", "<users/all> look", "‹users/all› look", "&lt;users/all&gt; look"},
	{"a labelled link is defused", "<https://evil.com/x|Billing>", "‹https[:]//evil[.]com/x|Billing›", "&lt;https[:]//evil[.]com/x|Billing&gt;"},
	{"a CommonMark link is defused", "[Billing](https://evil.com/)", "\u2060[Billing]\u2060(https[:]//evil[.]com/)", ""},
	{"a CommonMark link to an allowed host keeps the host in sight", "[x](https://cloud.vast.ai/)", "\u2060[x]\u2060(https://cloud.vast.ai/)", ""},
	{"a reference definition is defused", "[a]: https://evil.com", "\u2060[a]\u2060: https[:]//evil[.]com", ""},
	{"a foreign URL is defused", "http://evil.com/a.b", "http[:]//evil[.]com/a.b", "http[:]//evil[.]com/a.b"},
	{"a foreign URL by address is defused", "https://10.0.0.1:8080/x", "https[:]//10.0.0.1:8080/x", ""},
	{"a bare domain is defused", "go to evil-vast.ai/login", "go to evil-vast[.]ai/login", ""},
	{"a www domain is defused", "www.evil.com", "www[.]evil[.]com", ""},
	{"a mail address is defused", "mail bob@evil.co.uk", "mail bob@evil[.]co[.]uk", ""},
	{"an international domain is defused", "пример.рф and bücher.de", "пример[.]рф and bücher[.]de", ""},
	{"an ideographic dot is a dot", "evil。com", "evil[.]com", ""},
	{"an ASCII form is a domain", "a.xn--p1ai", "a[.]xn--p1ai", ""},
	{"an emoji domain is defused", "❤.ws", "❤[.]ws", ""},
	{"user info does not fool the list", "https://cloud.vast.ai@evil.com/", "https[:]//cloud.vast.ai@evil[.]com/", ""},
	{"a longer host does not fool the list", "https://cloud.vast.ai.evil.com/", "https[:]//cloud.vast[.]ai.evil[.]com/", ""},
	{"a dot look-alike does not fool the list", "https://cloud.vast.ai․evil.com/", "https[:]//cloud.vast[.]ai․evil[.]com/", ""},
	{"a port does not fool the list", "https://cloud.vast.ai:8443/", "https[:]//cloud.vast.ai:8443/", ""},
	{"a backslash does not fool the list", `https://cloud.vast.ai\@evil.com`, "https[:]//cloud.vast.ai\\\u2060@evil[.]com", ""},
	{"another scheme before does not fool the list", "git+https://cloud.vast.ai/x javascript://cloud.vast.ai/", "git+https[:]//cloud.vast.ai/x javascript[:]//cloud.vast.ai/", ""},
	{"plain http is no allowed link", "http://cloud.vast.ai/", "http[:]//cloud.vast.ai/", ""},
	{"a zero-width space does not hide a link", "https:\u200b//evil.com", "https[:]//evil[.]com", ""},
	{"a joiner of our own does not hide a link", "https\u2060://evil.com", "https[:]//evil[.]com", ""},
	{"an underscore inside an allowed URL opens no other", "//https://vast.ai/a_www.evil.com", "//https://vast.ai/a%5Fwww.evil.com", ""},
	{"marks inside an allowed URL are encoded", "https://cloud.vast.ai/*a*~b~/[x]/_y_", "https://cloud.vast.ai/%2Aa%2A%7Eb%7E/%5Bx%5D/%5Fy▁", ""},

	{"stars are replaced", "*a* **b** c*d*e", "∗a∗ ∗∗b∗∗ c∗d∗e", "*a* **b** c*d*e"},
	{"underscores around words are replaced", "_a_ __b__", "▁a▁ ▁▁b▁▁", "_a_ __b__"},
	{"tildes are replaced", "~a~ ~~b~~", "∼a∼ ∼∼b∼∼", "~a~ ~~b~~"},
	{"backticks are replaced", "`rm` ```x```", "‵rm‵ ‵‵‵x‵‵‵", "`rm` ```x```"},
	{"HTML is escaped", `<b>"x"</b> & <script>`, `‹b›"x"‹/b› & ‹script›`, "&lt;b&gt;&quot;x&quot;&lt;/b&gt; &amp; &lt;script&gt;"},
	{"entities are broken", "&lt;users/all&gt; &#60; AT&T", "&\u2060lt;users/all&\u2060gt; &\u2060#60; AT&T", "&amp;lt;users/all&amp;gt; &amp;#60; AT&amp;T"},
	{"backslashes escape nothing", `a\*b \[c`, "a\\\u2060∗b \\\u2060[c", ""},
	{"line starts open no block", "# a\n- b\n+ c\n> d\n1. e\n2) f\n===\n| g\n-5\n1.5", "\u2060# a\n\u2060- b\n\u2060+ c\n› d\n\u20601. e\n\u20602) f\n\u2060===\n\u2060| g\n\u2060-5\n1.5", ""},
	{"a list with stars and a rule are defused", "* a\n* * *\n_ _ _\n~~~", "∗ a\n∗ * ∗\n▁ _ ▁\n∼∼∼", ""},
	{"indented lines open no code", "a\n\n    code", "a\n\n\u2060    code", "a<br><br>    code"},
	{"controls are dropped", "a\x00b\x07c\u0080d", "abcd", "abcd"},
	{"escape sequences are dropped as a whole", "\x1b[31;1mERROR\x1b[0m \u009b1mb\u009bm \x1b]8;;https://evil.com\x1b\\x\x1b]8;;\x07", "ERROR b x", "ERROR b x"},
	{"tag characters are dropped outside a flag", "a\U000e0068\U000e0069 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "a 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", ""},
	{"an escape sequence does not hide a link", "https:\x1b[0m//evil.com", "https[:]//evil[.]com", ""},
	{"bidirectional overrides are dropped", "a\u202eb\u2066c\u200fd", "abcd", "abcd"},
	{"invalid UTF-8 is replaced", "a\xffb", "a\uFFFDb", "a\uFFFDb"},
	{"line ends become newlines, at most two", "a\r\nb\rc\n\n\n\n\nd\u2028e  \n", "a\nb\nc\n\nd\ne", "a<br>b<br>c<br><br>d<br>e"},
	{"every white space becomes a plain one", "a\tb\u00a0c\u1680d\u2006e\u202ff\u205fg\u3000h", "a b c d e f g h", "a b c d e f g h"},
	{"a host ends at a white space of any kind", "https://vast.ai\u20060", "https://vast.ai 0", `<a href="https://vast.ai">https://vast.ai</a> 0`},
}

// wholePlain and wholeCard encode without a limit.
func wholePlain(s string) string { return strings.Join(testLinks().plain(clean(s)), "") }
func wholeCard(s string) string  { return strings.Join(testLinks().card(clean(s)), "") }

func TestUntrustedTextIsDefusedAndHonestTextSurvives(t *testing.T) {
	for _, tc := range textCases {
		t.Run(tc.name, func(t *testing.T) {
			if got := wholePlain(tc.in); got != tc.plain {
				t.Errorf("plain = %q, want %q", got, tc.plain)
			}
			if got := wholeCard(tc.in); tc.card != "" && got != tc.card {
				t.Errorf("card = %q, want %q", got, tc.card)
			}
			checkPlain(t, tc.in)
			checkCard(t, tc.in)
		})
	}
}

// hostile are fragments that the property test combines.
var hostile = []string{
	"<users/all>", "<users/123>", "<https://evil.com|x>", "[a](http://evil.com)", "![i](//evil.com/p.png)", "[a]", "[a]: <b>",
	"*", "**", "_", "__", "~", "~~", "`", "``", "```", "~~~", "\\", "\\\n", "&lt;", "&", "<", ">", "[", "]", "(", ")", "|", "!",
	"#", "##", "-", "+", "=", "===", "---", "* * *", "1.", "2)", ":", "> ", "    ", "\t", "\n", "\n\n", "\r\n", " ", "  ", "a", "b_c", "x*y",
	"https://", "http://", "ftp://evil.com", "www.evil.com", "evil.com", "bob@evil.com", "mailto:a@b.com", "//", "://", ".com", ".", "。",
	"https://cloud.vast.ai", "https://cloud.vast.ai.evil.com", "https://vast.ai@evil.com", "https://console.vast.ai/*x*_y_", "vast.ai",
	"<b>", "</b>", "<a href='x'>", "<!--", "<?", "<![CDATA[", "\x00", "\x1b", "\x1b[1m", "\x1b]0;t\x07", "\u009b", "\u009d", "\U000e0061", "🏴\U000e0061", "\u202e", "\u200b", "\u2060", "\ufeff", "\xff", "🔥", "é",
	"| a | b |", "|---|---|", "[ ] x", "[^1]", "[^1]: note", ": def", "$x$", ":smile:", "xn--a.xn--p1ai", "1.2.3.4", "a.b.c.io",
	"evil.py", "evil.sh/x", "www.evil.sh", "@evil.py", "/evil.md", "ghcr.io.evil.com", "ghcr.io", "x.vast.ai", "vast.ai.evil.com", "a/b.zip", "~/", "./",
}

// honest are tokens that must come through byte by byte when they stand alone.
var honest = []string{
	"00112233445566778899aabbccddeeff", "4711", "0.42", "-5.00", "$12.50", "#4711", "1772490000.25", "99%", "3.14.159", "RTX_4090",
	"error_msgs", "2026-11-21T19:17:03Z", "10.0.0.7:22", "C.4711", "snake_case_name",
	"ssh4.vast.ai", "root@ssh4.vast.ai", "console.vast.ai", "ghcr.io/x", "nvcr.io/nvidia/pytorch:24.01-py3", "docker.io/library/ubuntu:22.04",
	"train.py", "onstart.sh", "/root/onstart.sh", "./run.sh", "README.md", "backup.zip", "data.tar.gz", "train.log", "model.safetensors",
	"checkpoint-500.pt", "__init__.py", "config.yaml", "src/train_v2.py",
	"https://cloud.vast.ai/instances/", "https://console.vast.ai/", "https://vast.ai/a?b=c&d=e_f", "https://docs.vast.ai/x#y-z",
}

// source is a small deterministic generator.
type source uint64

func (s *source) pick(n int) int {
	*s = *s*6364136223846793005 + 1442695040888963407
	return int(uint64(*s) >> 33 % uint64(n)) //nolint:gosec // Below n.
}

func TestRenderedTextIsHarmlessInEveryGrammar(t *testing.T) {
	s := source(1)
	for range 4_000 {
		var b strings.Builder
		for range 1 + s.pick(12) {
			b.WriteString(hostile[s.pick(len(hostile))])
		}
		checkPlain(t, b.String())
		checkCard(t, b.String())
		if t.Failed() {
			return
		}
	}
}

func TestHonestTokensSurviveAmongHostileOnes(t *testing.T) {
	s := source(2)
	for range 2_000 {
		var b strings.Builder
		var want []string
		for range 1 + s.pick(6) {
			b.WriteString(hostile[s.pick(len(hostile))])
			token := honest[s.pick(len(honest))]
			want = append(want, token)
			b.WriteString(" " + token + " ")
		}
		for name, got := range map[string]string{"plain": wholePlain(b.String()), "card": unescape(wholeCard(b.String()))} {
			for _, token := range want {
				_, rest, found := strings.Cut(got, token)
				if !found {
					t.Fatalf("%s form of %q is %q: %q is lost", name, b.String(), got, token)
				}
				got = rest
			}
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, tc := range textCases {
		f.Add(tc.in)
	}
	for _, h := range hostile {
		f.Add("a " + h + " b " + h)
	}
	f.Fuzz(func(t *testing.T, in string) { checkPlain(t, in) })
}

func FuzzCard(f *testing.F) {
	for _, tc := range textCases {
		f.Add(tc.in)
	}
	f.Fuzz(func(t *testing.T, in string) { checkCard(t, in) })
}

// checkPlain asserts the properties of the plain form.
func checkPlain(t *testing.T, in string) {
	t.Helper()
	out := wholePlain(in)
	checkCharacters(t, in, out)
	if strings.ContainsAny(wholeLabel(in), "<>`") {
		t.Errorf("%q becomes the label %q, which holds a mark of mentions, links or code", in, wholeLabel(in))
	}
	if found := foreignLink(wholeLabel(in)); found != "" {
		t.Errorf("%q becomes the label %q, which links to %q", in, wholeLabel(in), found)
	}
	whole := out
	out = fileAsCode.ReplaceAllString(out, "a name")
	if found := nameInDomain(out); found != "" {
		t.Errorf("%q becomes %q, which links to %q", in, whole, found)
	}
	if strings.ContainsAny(out, "<>`") {
		t.Errorf("%q becomes %q, which holds a mark of mentions, links or code", in, out)
	}
	if strings.Contains(out, "\n\n\n") {
		t.Errorf("%q becomes %q: more than two newlines", in, out)
	}
	if found := foreignLink(out); found != "" {
		t.Errorf("%q becomes %q, which links to %q", in, out, found)
	}
	if found := chatMarkup(out); found != "" {
		t.Errorf("%q becomes %q, which Chat shows as %s", in, out, found)
	}
	if found := commonMark(whole); found != "" {
		t.Errorf("%q becomes %q, which CommonMark shows as %s", in, whole, found)
	}
}

// fileAsCode is the one thing that may be formatted as code: the name of a file
// or image.
var fileAsCode = regexp.MustCompile("`[\\p{L}\\p{N}\\p{M}_.~/:@-]+`")

// nameDomain knows the top-level domains that are extensions of files, too.
var nameDomain = regexp.MustCompile(`(?i)[\p{L}\p{N}\p{M}_-]\.(?:py|sh|md|zip|pt|pl|rs|so)`)

// nameInDomain returns what of s, a text without its code, could become a link
// although it is the name of a file.
func nameInDomain(s string) string {
	s = registryImage.ReplaceAllString(schemeLink.ReplaceAllString(s, " "), " ")
	for _, at := range nameDomain.FindAllStringIndex(s, -1) {
		if !wordAfter.MatchString(s[at[1]:]) {
			return s[at[0]:at[1]]
		}
	}
	return ""
}

// registryImage is an image of a registry; it may become a link to it.
var registryImage = regexp.MustCompile(`(?i)(?:^|[^\p{L}\p{N}\p{M}_.@/~%-])(?:` + strings.ReplaceAll(strings.Join(registries, "|"), ".", `\.`) +
	`)\b(?:/[a-z0-9][a-z0-9./_-]*(?::[a-z0-9][a-z0-9._-]*)?)?`)

// wholeLabel encodes without a limit.
func wholeLabel(s string) string { return strings.Join(testLinks().label(clean(s)), "") }

// checkCard asserts the properties of the card form.
func checkCard(t *testing.T, in string) {
	t.Helper()
	out := wholeCard(in)
	checkCharacters(t, in, out)
	rest := cardAnchor.ReplaceAllStringFunc(out, func(a string) string {
		m := cardAnchor.FindStringSubmatch(a)
		if m[1] != m[2] || foreignLink(unescape(m[1])) != "" || !strings.HasPrefix(m[1], "https://") {
			t.Errorf("%q becomes %q with the anchor %q", in, out, a)
		}
		return " "
	})
	rest = strings.ReplaceAll(rest, "<br>", "\n")
	if strings.ContainsAny(rest, `<>"`) {
		t.Errorf("%q becomes %q, which holds a tag", in, out)
	}
	if found := foreignLink(unescape(rest)); found != "" {
		t.Errorf("%q becomes %q, which links to %q", in, out, found)
	}
	for _, amp := range regexp.MustCompile(`&[^;]{0,6}`).FindAllString(rest, -1) {
		if !slices.Contains([]string{"&amp", "&lt", "&gt", "&quot"}, amp) {
			t.Errorf("%q becomes %q with the loose ampersand %q", in, out, amp)
		}
	}
}

var cardAnchor = regexp.MustCompile(`<a href="([^"<>]*)">([^<>]*)</a>`)

// unescape undoes the card form's escapes, tags left aside.
func unescape(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&amp;", "&").Replace(s)
}

// checkCharacters asserts that no control or reordering character is left.
func checkCharacters(t *testing.T, in, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("%q becomes %q: not UTF-8", in, out)
	}
	for _, r := range out {
		if r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			t.Errorf("%q becomes %q, which holds %U", in, out, r)
		}
	}
}

var (
	schemeLink = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://[^\s›<>|"]*`)
	// bareDomain knows some top-level domains of the corpus; it is made
	// without the encoder's own rules.
	bareDomain = regexp.MustCompile(`(?i)[\p{L}\p{N}\p{M}_-]+(?:[.\x{3002}\x{ff0e}\x{ff61}\x{2024}][\p{L}\p{N}\p{M}_-]+)*` +
		`[.\x{3002}\x{ff0e}\x{ff61}\x{2024}](?:com|net|org|ai|io|ru|co|uk|app|dev|xyz|ws|рф|xn--p1ai)`)
	wordAfter = regexp.MustCompile(`^[\p{L}\p{N}\p{M}_-]`)
)

// foreignLink returns what of s could become a link to a host that is not on
// the list.
func foreignLink(s string) string {
	for _, link := range schemeLink.FindAllString(s, -1) {
		host, ok := strings.CutPrefix(link, "https://")
		if !ok {
			return link
		}
		if i := strings.IndexAny(host, "/?#"); i >= 0 {
			host = host[:i]
		}
		if !slices.Contains(allowedLinks(), strings.TrimRight(host, ".,;:!?'\")]}*_~∗∼▁‵")) {
			return link
		}
	}
	s = registryImage.ReplaceAllString(schemeLink.ReplaceAllString(s, " "), " ")
	for _, at := range bareDomain.FindAllStringIndex(s, -1) {
		name := s[at[0]:at[1]]
		if !wordAfter.MatchString(s[at[1]:]) && !ofVast(name) {
			return name
		}
	}
	return ""
}

// ofVast reports whether host belongs to Vast.ai. Look-alike dots do not count.
func ofVast(host string) bool {
	host = strings.ToLower(host)
	return slices.Contains(allowedLinks(), host) || strings.HasSuffix(host, ".vast.ai") && regexp.MustCompile(`^[a-z0-9.-]+$`).MatchString(host)
}

// chatMarkup returns what Chat syntax would make of s: a mark opens when it
// follows no letter or digit and precedes no space, and closes the other way
// round, on one line.
// https://developers.google.com/workspace/chat/format-messages
func chatMarkup(s string) string {
	if strings.ContainsAny(s, "<>") {
		return "link or mention"
	}
	for line := range strings.SplitSeq(s, "\n") {
		if strings.HasPrefix(line, "* ") || strings.HasPrefix(line, "- ") {
			return "list item"
		}
		runes := []rune(line)
		for _, mark := range "*_~`" {
			open := -1
			for i, r := range runes {
				if r != mark {
					continue
				}
				before, after := ' ', ' '
				if i > 0 {
					before = runes[i-1]
				}
				if i+1 < len(runes) {
					after = runes[i+1]
				}
				if open >= 0 && i > open+1 && !unicode.IsSpace(before) && !wordRune(after) {
					return "emphasis or code"
				}
				if !wordRune(before) && !unicode.IsSpace(after) {
					open = i
				}
			}
		}
	}
	return ""
}

// markdown reads CommonMark with the extensions that a service could add.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList),
	goldmark.WithParserOptions(parser.WithAttribute()),
)

// commonMark returns what CommonMark would make of s other than paragraphs of
// text and allowed links.
func commonMark(s string) string {
	src := []byte(s)
	found := ""
	err := ast.Walk(markdown.Parser().Parse(text.NewReader(src)), func(n ast.Node, _ bool) (ast.WalkStatus, error) {
		switch node := n.(type) {
		case *ast.Document, *ast.Paragraph, *ast.TextBlock, *ast.Text, *ast.String:
		case *ast.CodeSpan:
			if code := string(node.Text(src)); !fileAsCode.MatchString("`" + code + "`") { //nolint:staticcheck // The text of a span is what is wanted.
				found = "code: " + code
			}
		case *ast.AutoLink:
			if link := string(node.URL(src)); foreignLink(link) != "" || node.AutoLinkType == ast.AutoLinkEmail && !allowedMail(link) {
				found = "a link to " + link
			}
		default:
			found = n.Kind().String()
		}
		if found != "" {
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return err.Error()
	}
	return found
}

// allowedMail reports whether the address, as in ssh commands, is at a host of
// the list or at a name that no mail is delivered to.
func allowedMail(address string) bool {
	host := strings.ToLower(address[strings.LastIndex(address, "@")+1:])
	return ofVast(host) || foreignLink(host) == ""
}
