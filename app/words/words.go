// Package words holds every sentence that the program shows to a person: in the
// window, the tray, the status and the commands, in each of its languages.
//
// A sentence is asked for by its key, and its variable parts are named, so that
// a translator sees whole sentences and can change the order of their parts.
// They stand in a folder for each language, en and de, one file for each place
// where they are shown; a key begins with the name of its file. README.md beside
// them is for translators.
//
// # Which language
//
// Text, Plural and the functions of dates and lists answer in the language in use,
// which is that of the windows and of a command: Use sets it, and a test that does
// not call it gets English. What other readers see as well, such as the state of a
// hop, is a Sentence: New makes one in every language, and each reader takes it in
// its own. Logs, metrics, /status and --json take English, whatever is in use.
//
// A file of a language is read when one of its sentences is asked for, and never
// changes; all functions are safe for concurrent use. The package imports nothing of ours.
package words

import (
	"fmt"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// Args are the named parts of a sentence: the value under "Name" takes the
// place of {{.Name}}. A whole number is written as the language writes numbers,
// and a Sentence in the language of the sentence around it.
type Args map[string]any

// textParser makes a sentence that lacks an argument fail, instead of showing
// "<no value>".
var textParser = &template.TextParser{Option: "missingkey=error"}

// Text returns the sentence with the given key in the language in use, with args
// put in; there is at most one Args. A key without a sentence, or a sentence
// without one of its arguments, gives the key itself; a test keeps both out of the
// program.
func Text(key string, args ...Args) string { return InUse().Text(key, args...) }

// Plural returns the form of a sentence that fits count things, which may use
// {{.Count}}, with args put in as Text does. None has a form of its own where the
// sentence has one under "zero".
func Plural(key string, count int, args ...Args) string { return InUse().Plural(key, count, args...) }

// List joins items as a sentence does: "a, b and c".
func List(items []string) string { return InUse().List(items) }

// Text returns the sentence with the given key in l, as the function Text does.
func (l *Language) Text(key string, args ...Args) string {
	config := &i18n.LocalizeConfig{MessageID: key, TemplateParser: textParser}
	if len(args) > 0 {
		config.TemplateData = l.rendered(args[0])
	}
	return l.localize(config)
}

// Plural returns the form of a sentence in l that fits count things, as the
// function Plural does.
func (l *Language) Plural(key string, count int, args ...Args) string {
	data := Args{}
	if len(args) > 0 {
		data = l.rendered(args[0])
	}
	data["Count"] = l.Number(count)
	if count == 0 {
		text, err := l.files.localize(&i18n.LocalizeConfig{MessageID: key + noneSuffix, TemplateData: data, TemplateParser: textParser})
		if err == nil {
			return text
		}
	}
	return l.localize(&i18n.LocalizeConfig{
		MessageID: key, PluralCount: count, TemplateData: data, TemplateParser: textParser,
	})
}

// part returns a sentence that may be missing; it is empty then. A number under
// "Count" picks the plural form.
func (l *Language) part(key string, args ...Args) string {
	config := &i18n.LocalizeConfig{MessageID: key, TemplateParser: textParser}
	if len(args) > 0 {
		config.TemplateData, config.PluralCount = l.rendered(args[0]), args[0]["Count"]
	}
	text, err := l.files.localize(config)
	if err != nil {
		return ""
	}
	return text
}

// rendered returns args as l writes them: texts, which call nothing of this package.
func (l *Language) rendered(args Args) Args {
	out := make(Args, len(args)+1)
	for name, value := range args {
		switch value := value.(type) {
		case int:
			out[name] = l.Number(value)
		case Sentence:
			out[name] = value.In(l)
		case error:
			out[name] = value.Error()
		case fmt.Stringer:
			out[name] = value.String()
		default:
			out[name] = value
		}
	}
	return out
}

func (l *Language) localize(config *i18n.LocalizeConfig) string {
	text, err := l.files.localize(config)
	if err != nil {
		return config.MessageID
	}
	return text
}

// List joins items in l as a sentence does: "a, b and c".
func (l *Language) List(items []string) string {
	switch n := len(items); n {
	case 0:
		return ""
	case 1:
		return items[0]
	default:
		before := items[0]
		for _, item := range items[1 : n-1] {
			before = l.Text("list.next", Args{"Before": before, "Item": item})
		}
		return l.Text("list.last", Args{"Before": before, "Item": items[n-1]})
	}
}
