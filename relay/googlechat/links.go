package googlechat

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// allowList holds the hosts that links may lead to, in lower case.
type allowList struct{ hosts []string }

// newAllowList returns the list of hosts.
func newAllowList(hosts []string) allowList {
	list := allowList{}
	for _, h := range hosts {
		list.hosts = append(list.hosts, strings.ToLower(h))
	}
	return list
}

// host reports whether h, in any case, is on the list.
func (l allowList) host(h string) bool { return slices.Contains(l.hosts, strings.ToLower(h)) }

// target reports whether raw is an absolute https URL to a host of the list. Chat
// answers 200 to a button with any other and shows the whole message blank.
func (l allowList) target(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && u.Scheme == "https" && u.User == nil && l.host(u.Host)
}

// scanned is cleaned text, rune by rune, in which links are told apart.
type scanned struct {
	runes []rune
	kind  []runeKind
}

// runeKind says what a rune of scanned text is part of.
type runeKind uint8

const (
	plainRune runeKind = iota // untrusted text, still to be encoded
	fixedRune                 // ours, or harmless as it is
	linkStart                 // the first rune of an allow-listed URL
	linkRune                  // a further rune of it
	nameStart                 // the first rune of a name that stays as it is
	nameRest                  // a further rune of it
)

// scan finds the links in cleaned text s. URLs to hosts of the list are marked,
// and so are names that stay as they are; every other link is broken where
// people see it: "://" becomes "[:]//", and the dots of a bare domain that Chat
// could turn into a link become "[.]".
func (l allowList) scan(s string) scanned {
	var out scanned
	for s != "" {
		end := strings.IndexFunc(s, unicode.IsSpace)
		if end < 0 {
			end = len(s)
		}
		l.scanWord(&out, s[:end])
		s = s[end:]
		if r, n := utf8.DecodeRuneInString(s); n > 0 {
			out.add(plainRune, r)
			s = s[n:]
		}
	}
	return out
}

// add appends runes of one kind.
func (t *scanned) add(kind runeKind, runes ...rune) {
	for _, r := range runes {
		t.runes = append(t.runes, r)
		t.kind = append(t.kind, kind)
	}
}

// scanWord scans text without white space.
func (l allowList) scanWord(out *scanned, word string) {
	for word != "" {
		at := strings.Index(word, "https://")
		if at < 0 {
			l.defuse(out, word)
			return
		}
		before, rest := word[:at], word[at:]
		end := 0
		if !endsInScheme(before) {
			end = l.linkEnd(rest)
		}
		if end == 0 {
			end = len("https://")
			l.defuse(out, word[:at+end])
			word = word[at+end:]
			continue
		}
		l.defuse(out, before)
		for i, r := range escapeMarks(rest[:end]) {
			if i == 0 {
				out.add(linkStart, r)
			} else {
				out.add(linkRune, r)
			}
		}
		word = rest[end:]
	}
}

// endsInScheme reports whether a scheme's name would go on after s, as in
// "git+https".
func endsInScheme(s string) bool {
	r, _ := utf8.DecodeLastRuneInString(s)
	return s != "" && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("+-.", r))
}

// trailing lists the punctuation that ends a sentence rather than a URL.
const trailing = ".,;:!?'\")]}>*_~`|"

// linkEnd returns how many bytes of word, which begins with "https://", are a
// URL to a host of the list; 0 when they are none.
func (l allowList) linkEnd(word string) int {
	host := word[len("https://"):]
	path := strings.IndexAny(host, "/?#")
	if path < 0 {
		// What follows the host must not be able to become part of it.
		host = strings.TrimRight(host, trailing)
		if l.listed(host) {
			return len("https://") + len(host)
		}
		return 0
	}
	if !l.listed(host[:path]) {
		return 0
	}
	from := len("https://") + path
	end := from
	for end < len(word) && urlByte(word[end]) {
		end++
	}
	link := strings.TrimRight(word[:end], trailing)
	// A closing bracket belongs to the URL when the URL opened it.
	for len(link) < end && word[len(link)] == ')' && strings.Count(link, "(") > strings.Count(link, ")") {
		link = word[:len(link)+1]
	}
	return max(len(link), from)
}

// listed reports whether h is on the list in lower case, the only form that every
// program takes for a link.
func (l allowList) listed(h string) bool { return slices.Contains(l.hosts, h) }

// urlByte reports whether b can stand in a URL as it is, or percent-encoded.
func urlByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' ||
		strings.IndexByte("-._~:/?#@!$&'()*+,;=%[]", b) >= 0
}

// escapeMarks percent-encodes those characters of a URL that could act as
// markup around it. A link without them comes through byte by byte.
func escapeMarks(link string) []rune {
	in := []rune(link)
	out := make([]rune, 0, len(in))
	for i, r := range in {
		switch {
		case strings.ContainsRune("*~[]();@", r), r == '_' && (!insideWord(in, i) || beginsWWW(in[i+1:])),
			r == ':' && i > len("https") && i+2 < len(in) && in[i+1] == '/' && in[i+2] == '/':
			out = append(out, []rune(fmt.Sprintf("%%%02X", r))...) // all of them are ASCII
		default:
			out = append(out, r)
		}
	}
	return out
}

// defuse adds s with everything that could become a link broken visibly.
func (l allowList) defuse(out *scanned, s string) {
	in := []rune(s)
	inURL := false // of a stranger, up to the end of the word
	for i := 0; i < len(in); {
		inURL = inURL || beginsAuthority(in[:i])
		if end := exactName(out, in, i); !inURL && end > 0 {
			out.add(nameStart, in[i])
			out.add(nameRest, in[i+1:end]...)
			i = end
			continue
		}
		i = l.defuseAt(out, in, i)
	}
}

// beginsAuthority reports whether a URL's host comes after s.
func beginsAuthority(s []rune) bool {
	n := len(s)
	return n >= 3 && s[n-3] == ':' && s[n-2] == '/' && s[n-1] == '/'
}

// defuseAt adds what begins at i, defused, and returns where it ends.
func (l allowList) defuseAt(out *scanned, in []rune, i int) int {
	switch {
	case in[i] == ':' && i+2 < len(in) && in[i+1] == '/' && in[i+2] == '/':
		out.add(fixedRune, '[', ':', ']')
	case domainRune(in[i]):
		end := i
		for end < len(in) && (domainRune(in[end]) || isDot(in[end])) {
			end++
		}
		l.defuseDomain(out, in[i:end])
		return end
	case isDot(in[i]) && i > 0 && !asciiPunctuation(in[i-1]) && topLevel(in[i+1:]):
		out.add(fixedRune, '[', '.', ']')
	default:
		out.add(plainRune, in[i])
	}
	return i + 1
}

// defuseDomain adds a run of domain characters, its first being one.
func (l allowList) defuseDomain(out *scanned, run []rune) {
	allowed := l.host(strings.TrimRight(string(run), ".")) || isVendorHost(run)
	for i, r := range run {
		if isDot(r) && !allowed && !isDot(run[i-1]) && (topLevel(run[i+1:]) || endsInWWW(run[:i])) {
			out.add(fixedRune, '[', '.', ']')
			continue
		}
		out.add(plainRune, r)
	}
}

// domainRune reports whether r can stand in a label of a domain name.
func domainRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '-' || r == '_' ||
		r == '\u200c' || r == '\u200d'
}

// isDot reports whether r separates labels: the full stop and what browsers
// take for it.
func isDot(r rune) bool {
	switch r {
	case '.', '\u2024', '\u3002', '\ufe52', '\uff0e', '\uff61':
		return true
	default:
		return false
	}
}

// topLevel reports whether the label that s begins with is a top-level domain of
// the public suffix list: "com" and "рф" are, the "cuda" of torch.cuda and the
// "json" of train.json are not. Programs differ in which characters they take for
// part of a label, so the shorter labels that they would see are looked up too.
func topLevel(s []rune) bool {
	label := prefix(s, domainRune)
	ascii := prefix(label, func(r rune) bool { return r == '-' || r < 0x80 && wordRune(r) })
	for len(ascii) > 0 && ascii[len(ascii)-1] == '-' {
		ascii = ascii[:len(ascii)-1]
	}
	word := prefix(ascii, wordRune)
	return managedSuffix(word) ||
		len(ascii) > len(word) && managedSuffix(ascii) ||
		len(label) > len(ascii) && managedSuffix(label)
}

// prefix returns the runes that s begins with and that all are in.
func prefix(s []rune, in func(rune) bool) []rune {
	end := 0
	for end < len(s) && in(s[end]) {
		end++
	}
	return s[:end]
}

// managedSuffix reports whether label is on the public suffix list.
func managedSuffix(label []rune) bool {
	if len(label) < 2 || len(label) > maxLabelRunes {
		return false
	}
	ascii, err := idna.Lookup.ToASCII(string(label))
	if err != nil {
		return false // no program can look that up
	}
	_, managed := publicsuffix.PublicSuffix(ascii)
	return managed
}

// endsInWWW reports whether s ends in the label "www", after which some
// linkifiers take anything for a domain.
func endsInWWW(s []rune) bool {
	n := len(s)
	return n >= 3 && strings.EqualFold(string(s[n-3:]), "www") && (n == 3 || !wordRune(s[n-4]))
}

// beginsWWW reports whether s begins with "www.", which some linkifiers take
// for a domain also behind an underscore.
func beginsWWW(s []rune) bool {
	return len(s) > 3 && strings.EqualFold(string(s[:4]), "www.")
}

// maxLabelRunes bounds a label: 63 bytes in ASCII form.
const maxLabelRunes = 63

// asciiPunctuation reports whether r is ASCII punctuation or a symbol.
func asciiPunctuation(r rune) bool {
	return r > ' ' && r < 0x7f && !(r >= '0' && r <= '9') && !(r >= 'a' && r <= 'z') && !(r >= 'A' && r <= 'Z')
}

// insideWord reports whether the rune at i stands alone between letters or
// digits, as in snake_case.
func insideWord(s []rune, i int) bool {
	return i > 0 && i+1 < len(s) && wordRune(s[i-1]) && wordRune(s[i+1])
}

// wordRune reports whether r is a letter or digit.
func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
