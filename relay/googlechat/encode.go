package googlechat

import "strings"

const (
	// joiner is U+2060, the word joiner: invisible, and neither white space
	// nor punctuation, so what it precedes no longer opens a line.
	joiner = "\u2060"
)

// atoms are pieces of encoded text that a cut may fall between but not into.
type atoms []string

// plain encodes cleaned text for the fields text and fallbackText and for headers.
// The vendor does not say whether those of a webhook are read as Chat markup
// (https://developers.google.com/workspace/chat/format-messages) or as CommonMark.
// In neither does the result hold a mention, link label, code, emphasis, heading,
// list or quotation; only names that would become links are formatted as code.
//
// A mark is replaced by a character that looks like it where a joiner beside it is
// not enough: CommonMark lets a star open emphasis inside a word.
func (l allowList) plain(s string) atoms { return l.encode(s, true) }

// label is plain without code formatting, for titles and notifications, which show
// it as it is.
func (l allowList) label(s string) atoms { return l.encode(s, false) }

// encode is plain, or label without code.
func (l allowList) encode(s string, code bool) atoms {
	t := l.scan(firstRunes(s, maxScanRunes))
	out := make(atoms, 0, len(t.runes))
	for i := 0; i < len(t.runes); i++ {
		lineStart := i == 0 || t.runes[i-1] == '\n'
		guard := ""
		if lineStart && t.opensBlock(i) {
			guard = joiner
		}
		if t.kind[i] == linkStart {
			link := t.link(i)
			out = append(out, guard+link)
			i += len([]rune(link)) - 1
			continue
		}
		if t.kind[i] == nameStart && code {
			if name := t.name(i); needsCode(name) {
				out = append(out, guard+"`"+string(name)+"`")
				i += len(name) - 1
				continue
			}
		}
		if t.kind[i] == fixedRune {
			out = append(out, guard+string(t.runes[i]))
			continue
		}
		out = append(out, guard+t.plainRune(i))
	}
	return out
}

// name returns the name that starts at i.
func (t *scanned) name(i int) []rune {
	end := i + 1
	for end < len(t.runes) && t.kind[end] == nameRest {
		end++
	}
	return t.runes[i:end]
}

// link returns the URL that starts at i.
func (t *scanned) link(i int) string {
	end := i + 1
	for end < len(t.runes) && t.kind[end] == linkRune {
		end++
	}
	return string(t.runes[i:end])
}

// at returns the rune at i, and a newline outside the text.
func (t *scanned) at(i int) rune {
	if i < 0 || i >= len(t.runes) {
		return '\n'
	}
	return t.runes[i]
}

// plainRune encodes the untrusted rune at i.
func (t *scanned) plainRune(i int) string {
	switch r := t.runes[i]; r {
	case '<':
		return "‹"
	case '>':
		return "›"
	case '`':
		return "‵"
	case '*', '~', '_':
		return t.emphasisMark(i)
	default:
		if t.needsJoiner(i) {
			return string(r) + joiner
		}
		return string(r)
	}
}

// emphasisMark encodes the star, tilde or underscore at i. It stays where no
// grammar takes it for emphasis: between spaces, and an underscore in a word.
func (t *scanned) emphasisMark(i int) string {
	r := t.runes[i]
	switch {
	case t.at(i-1) == ' ' && t.at(i+1) == ' ', r == '_' && insideWord(t.runes, i):
		return string(r)
	case r == '*':
		return "∗"
	case r == '~':
		return "∼"
	default:
		return "▁"
	}
}

// needsJoiner reports whether the rune at i, together with the next, would be
// a link, an escape or an entity.
func (t *scanned) needsJoiner(i int) bool {
	next := t.at(i + 1)
	switch t.runes[i] {
	case ']':
		return strings.ContainsRune("([:", next)
	case '\\':
		return asciiPunctuation(next) || next == '\n' || i+1 < len(t.kind) && t.kind[i+1] == nameStart
	case '&':
		return t.opensEntity(i)
	default:
		return false
	}
}

// opensBlock reports whether the line that starts at i could open a list, a
// heading, a quotation, code, a table, a rule or a definition.
func (t *scanned) opensBlock(i int) bool {
	// The marks that plainRune replaces there need no guard.
	if strings.ContainsRune(" -+#=|:[", t.at(i)) {
		return true
	}
	digits := i
	for t.at(digits) >= '0' && t.at(digits) <= '9' {
		digits++
	}
	if digits == i || (t.at(digits) != '.' && t.at(digits) != ')') {
		return false
	}
	return t.at(digits+1) == ' ' || t.at(digits+1) == '\n'
}

// opensEntity reports whether the ampersand at i begins an HTML entity.
func (t *scanned) opensEntity(i int) bool {
	j := i + 1
	if t.at(j) == '#' {
		j++
	}
	begin := j
	for j-begin < 33 && t.at(j) < 0x80 && wordRune(t.at(j)) {
		j++
	}
	return j > begin && t.at(j) == ';'
}

// card encodes cleaned text for card widgets, whose text is an HTML subset:
// https://developers.google.com/workspace/chat/format-messages#card-formatting .
// Links to hosts of the list become anchors.
func (l allowList) card(s string) atoms {
	t := l.scan(firstRunes(s, maxScanRunes))
	out := make(atoms, 0, len(t.runes))
	for i := 0; i < len(t.runes); i++ {
		switch {
		case t.kind[i] == linkStart:
			link := t.link(i)
			escaped := escapeHTML.Replace(link)
			out = append(out, `<a href="`+escaped+`">`+escaped+`</a>`)
			i += len([]rune(link)) - 1
		case t.runes[i] == '\n':
			out = append(out, "<br>")
		default:
			out = append(out, escapeHTML.Replace(string(t.runes[i])))
		}
	}
	return out
}

// escapeHTML makes text inert in an HTML text node and a quoted attribute.
var escapeHTML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// budget bounds a text: in characters as Chat may count them, and in bytes of
// its JSON form.
type budget struct{ chars, bytes int }

// cost returns what s takes.
func cost(s string) budget { return budget{chars: chars(s), bytes: jsonBytes(s)} }

// holds reports whether b is enough for c.
func (b budget) holds(c budget) bool { return c.chars <= b.chars && c.bytes <= b.bytes }

// plus returns the sum of both.
func (b budget) plus(c budget) budget { return budget{b.chars + c.chars, b.bytes + c.bytes} }

// less returns what is left of b after c.
func (b budget) less(c budget) budget { return budget{b.chars - c.chars, b.bytes - c.bytes} }

// fit joins a, cut so that it takes at most limit, mark included. Nothing comes
// back when not even the mark fits.
func (a atoms) fit(limit budget, mark string) string {
	mark = " " + mark
	room := limit.less(cost(mark))
	var used budget
	whole := len(a)
	for i, atom := range a {
		next := used.plus(cost(atom))
		if room.holds(next) {
			used = next
			continue
		}
		whole = i
		break
	}
	if whole == len(a) || limit.holds(cost(strings.Join(a[whole:], "")).plus(used)) {
		return strings.Join(a, "")
	}
	if !limit.holds(cost(mark)) {
		return ""
	}
	return strings.TrimRight(strings.Join(a[:whole], ""), " \n") + mark
}
