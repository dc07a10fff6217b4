package words

import (
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/text/language"
)

// Language is one of the languages of the program. Its methods word what the
// functions of this package word, in this language whichever is in use.
type Language struct {
	tag  string // BCP 47, as settings name it: "de"
	name string // as its speakers call it

	thousands, decimal string // the marks in numbers

	files *sentenceFiles
}

// languages has every language; the first is the one of programs, logs and of
// whoever prefers none of them.
var languages = []*Language{
	newLanguage("en", "English", ",", "."),
	newLanguage("de", "Deutsch", ".", ","),
}

// newLanguage makes a language of the folder called tag.
func newLanguage(tag, name, thousands, decimal string) *Language {
	return &Language{tag: tag, name: name, thousands: thousands, decimal: decimal, files: &sentenceFiles{tag: tag}}
}

// Languages lists the languages in the order in which they are offered.
func Languages() []*Language { return slices.Clone(languages) }

// English is the language of logs, of metrics and of what programs read.
func English() *Language { return languages[0] }

// Tag is the BCP 47 tag of l, by which a setting or a request names it: "de".
func (l *Language) Tag() string { return l.tag }

// Name is what its speakers call l: "Deutsch".
func (l *Language) Name() string { return l.name }

// Choose returns the language of a setting or a request: the one that it names by
// its tag. An empty tag, or one of another version, is that of the system.
func Choose(tag string) *Language {
	for _, l := range languages {
		if l.tag == tag {
			return l
		}
	}
	return Match(System()...)
}

// Match returns the language that fits best what a person prefers, as BCP 47 tags
// or locales of POSIX, best first; English where none fits.
func Match(preferred ...string) *Language {
	for _, name := range preferred {
		name, _, _ = strings.Cut(name, ".") // the encoding: "de_DE.UTF-8"
		name, _, _ = strings.Cut(name, "@") // the variant: "de_DE@euro"
		wanted, err := language.Parse(name)
		if err != nil {
			continue
		}
		base, _ := wanted.Base()
		for _, l := range languages {
			if l.tag == base.String() {
				return l
			}
		}
	}
	return English()
}

// inUse is the language in use; nil: English.
var inUse atomic.Pointer[Language]

// Use makes l the language of Text and of the other functions of this package. What
// is shown already keeps its words until it is made anew.
func Use(l *Language) { inUse.Store(l) }

// InUse returns the language in use.
func InUse() *Language {
	if l := inUse.Load(); l != nil {
		return l
	}
	return English()
}

// Number writes n with its thousands apart as l does: "1,234".
func (l *Language) Number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + l.thousands + digits[at:]
	}
	return sign + digits
}

// fromEnvironment returns the locales that the variables of POSIX and GNU gettext
// name, best first:
// https://www.gnu.org/software/gettext/manual/html_node/Locale-Environment-Variables.html .
// LANGUAGE, a list, outranks the others unless they switch translation off.
func fromEnvironment(variable func(name string) string) []string {
	var locale string
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale = variable(name); locale != "" {
			break
		}
	}
	switch locale {
	case "", "C", "POSIX":
		return nil
	}
	var found []string
	for name := range strings.SplitSeq(variable("LANGUAGE"), ":") {
		if name != "" {
			found = append(found, name)
		}
	}
	return append(found, locale)
}
