package diagnostics

import (
	"cmp"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// The marks that stand where something was taken out. They match none of the shapes.
const (
	markPrivate = "[private]"
	markEmail   = "[e-mail]"
	markURL     = "[url]"
	markHost    = "[host]"
	markIP      = "[ip]"
	markPath    = "[path]"
	markToken   = "[token]"
)

// mask hides what a report must not hold.
type mask struct {
	secrets TextRedactor
	known   *regexp.Regexp // the private values; nil: there are none
}

// The shortest private value that is masked, and the shortest that is masked within
// a word as well: a user called "max" must not make holes in "maximum".
const (
	minPrivate  = 3
	minInAWord  = 6
	maxPatterns = 200
)

// newMask knows the values that are private.
func newMask(secrets TextRedactor, private []string) mask {
	var forms []string
	for _, value := range private {
		for _, form := range formsOf(value) {
			if utf8.RuneCountInString(form) >= minPrivate {
				forms = append(forms, form)
			}
		}
	}
	// The expression prefers what comes first, so the longest is first.
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	forms = slices.Compact(forms)
	m := mask{secrets: secrets}
	if len(forms) == 0 {
		return m
	}
	patterns := make([]string, 0, len(forms))
	for _, form := range forms[:min(len(forms), maxPatterns)] {
		pattern := regexp.QuoteMeta(form)
		if utf8.RuneCountInString(form) < minInAWord {
			pattern = wordStart(form) + pattern + wordEnd(form)
		}
		patterns = append(patterns, pattern)
	}
	m.known = regexp.MustCompile("(?i)" + strings.Join(patterns, "|"))
	return m
}

// wordStart and wordEnd are the boundaries of a word, where form begins and ends with
// what can stand at one.
func wordStart(form string) string {
	r, _ := utf8.DecodeRuneInString(form)
	return wordBoundary(r)
}

func wordEnd(form string) string {
	r, _ := utf8.DecodeLastRuneInString(form)
	return wordBoundary(r)
}

func wordBoundary(r rune) string {
	if r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
		return `\b` // which knows ASCII alone
	}
	return ""
}

// formsOf are the spellings in which a private value is looked for: as it is, and
// with the characters doubled that quoting doubles.
func formsOf(value string) []string {
	value = strings.TrimSpace(value)
	return []string{value, strings.ReplaceAll(value, `\`, `\\`), strings.ReplaceAll(value, `\`, `/`)}
}

// hide returns text without what is private: known values first, so that a shape
// that ends too early cuts none in two, then shapes. What that leaves is looked
// through once more, since what was taken out can have joined a value.
func (m mask) hide(text string) string {
	for range 2 {
		if m.secrets != nil {
			text = m.secrets.Redact(text)
		}
		if m.known != nil {
			text = m.known.ReplaceAllString(text, markPrivate)
		}
		text = hideShapes(text)
	}
	return text
}

// pattern returns a regular expression, and compiles it when it is first called. Those of
// this package take as long as any other part of the start, and a report is rare.
type pattern func() *regexp.Regexp

// compiled returns the pattern of expr, which is valid.
func compiled(expr string) pattern {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// publicHosts are names of programs and vendors that say nothing of a person.
var publicHosts = []string{
	"fyne.io", "golang.org", "gopkg.in", "go.uber.org", "github.com", "modernc.org", "golang.ngrok.com", "google.golang.org",
	"vast.ai", "console.vast.ai", "cloud.vast.ai", "chat.googleapis.com", "ngrok.com", "crash.log", "vastrelay.log",
	"versions.txt", "status.txt", "settings.txt", "checks.txt", "log.txt", "crash.txt",
}

// shapes are tried in this order: what holds another comes before it.
var shapes = []struct {
	pattern pattern
	mark    string
}{
	{compiled(`(?i)\b[a-z][a-z0-9+.-]{1,20}:/{1,3}[^\s"'<>]+`), markURL},
	{compiled(`[^\s"'<>(),;:=\[\]]+@[^\s"'<>(),;:=\[\]]+`), markEmail},
	{compiled(`(?i)(?:\b[a-z]:[\\/]|\\\\)[^\s"'<>|]*`), markPath},
	{compiled(`~[\w.-]*[/\\][^\s"'<>]*`), markPath},
	{compiled(`\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b`), markToken},
	{compiled(`\b\d{1,3}(?:\.\d{1,3}){3}\b`), markIP},
}

var (
	// posixPath is a slash at the beginning of a word, and the rest of that.
	posixPath = compiled(`(^|[\s"'=(\[{:,;<>|])(/[^\s"'<>]+)`)
	ipv6      = compiled(`[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*`)
	hostName  = compiled(`(?:vastrelay/(?:[a-z]+/)*)?(?:[\p{L}\p{N}_](?:[\p{L}\p{N}_-]*[\p{L}\p{N}_])?\.)+(?:xn--[\p{L}\p{N}-]+|\p{L}[\p{L}\p{N}-]*\p{L})`)
	hostPort  = compiled(`\b[A-Za-z][A-Za-z0-9_.-]*:\d{2,5}\b`)
	longToken = compiled(`[A-Za-z0-9+/_=-]{20,}`)
)

// hideShapes masks what looks private, whoever it belongs to.
func hideShapes(text string) string {
	for _, s := range shapes {
		text = s.pattern().ReplaceAllString(text, s.mark)
	}
	text = ipv6().ReplaceAllStringFunc(text, hideIPv6)
	text = posixPath().ReplaceAllString(text, "${1}"+markPath)
	text = hostName().ReplaceAllStringFunc(text, func(name string) string {
		if slices.Contains(publicHosts, strings.ToLower(name)) || sourceFile(name) || stackName(name) {
			return name
		}
		return markHost
	})
	text = hostPort().ReplaceAllStringFunc(text, func(found string) string {
		if name, _, _ := strings.Cut(found, ":"); sourceFile(name) {
			return found // with the line
		}
		return markHost
	})
	return longToken().ReplaceAllStringFunc(text, hideToken)
}

// sourceFile reports whether name is a file of code in Go, assembler or C, as a stack
// names it: its own name, without a folder.
func sourceFile(name string) bool {
	base, kind, found := strings.Cut(name, ".")
	return found && base != "" && slices.Contains([]string{"go", "s", "c"}, kind)
}

// stackName reports whether name is the beginning of what a stack calls a function: of
// the runtime, of the program itself, or one without a name.
func stackName(name string) bool {
	first, rest, _ := strings.Cut(name, ".")
	ours := first == "runtime" || strings.HasPrefix(first, "vastrelay/")
	return ours && !strings.Contains(name, "-") && !strings.Contains(rest, ".") || name == "main.main" || strings.HasSuffix(name, ".func")
}

// hideIPv6 masks what is an IPv6 address and leaves times of day.
func hideIPv6(found string) string {
	trimmed := strings.Trim(found, ".")
	for _, candidate := range []string{trimmed, strings.TrimSuffix(trimmed, ":"), strings.TrimPrefix(trimmed, ":")} {
		if _, err := netip.ParseAddr(candidate); err == nil {
			return markIP
		}
	}
	if strings.Contains(found, "::") && len(trimmed) > 2 {
		return markIP
	}
	return found
}

// hideToken masks a long run of letters and digits that no word is: one with both.
// Names in a stack have slashes, and no digits beside those of versions.
func hideToken(found string) string {
	var letters, digits int
	for _, r := range found {
		switch {
		case unicode.IsDigit(r):
			digits++
		case unicode.IsLetter(r):
			letters++
		}
	}
	if letters > 0 && digits > 3 || letters == 0 && digits >= 20 || !strings.ContainsAny(found, "/_-") && len(found) > 30 {
		return markToken
	}
	return found
}
