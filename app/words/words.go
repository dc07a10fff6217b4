// Package words holds every sentence that the program shows to a person: in the
// window, the tray, the status and the commands.
//
// A sentence is asked for by its key, and its variable parts are named, so that
// a translator sees whole sentences and can change the order of their parts.
// The English ones stand in the folder en, one file for each place where they
// are shown; a key begins with the name of its file. Numbers and times reach a
// sentence as text that the caller has formatted.
//
// The sentences are read once and never change; all functions are safe for
// concurrent use. The package imports nothing of ours. What the relay's adapters
// and the client of Vast.ai say in their errors is theirs, since they work
// without the app.
package words

import (
	"embed"
	"encoding/json"
	"path"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
)

// Args are the named parts of a sentence: the value under "Name" takes the
// place of {{.Name}}.
type Args map[string]any

//go:embed en
var english embed.FS

// localizer reads the sentences at its first use. They are part of the program,
// so that one which cannot be read is a fault of the build, and a panic.
var localizer = sync.OnceValue(func() *i18n.Localizer {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	files, err := english.ReadDir("en")
	if err != nil {
		panic(err)
	}
	for _, file := range files {
		content, err := english.ReadFile(path.Join("en", file.Name()))
		if err != nil {
			panic(err)
		}
		bundle.MustParseMessageFileBytes(content, "en.json")
	}
	return i18n.NewLocalizer(bundle, language.English.String())
})

// textParser makes a sentence that lacks an argument fail, instead of showing
// "<no value>".
var textParser = &template.TextParser{Option: "missingkey=error"}

// Text returns the sentence with the given key, with args put in; there is at
// most one Args. A key without a sentence, or a sentence without one of its
// arguments, gives the key itself; a test keeps both out of the program.
func Text(key string, args ...Args) string {
	config := &i18n.LocalizeConfig{MessageID: key, TemplateParser: textParser}
	if len(args) > 0 {
		config.TemplateData = args[0]
	}
	return localize(config)
}

// Plural returns the form of a sentence that fits count things, which may use
// {{.Count}}, with args put in as Text does.
func Plural(key string, count int, args ...Args) string {
	data := Args{"Count": count}
	if len(args) > 0 {
		for name, value := range args[0] {
			data[name] = value
		}
	}
	return localize(&i18n.LocalizeConfig{
		MessageID: key, PluralCount: count, TemplateData: data, TemplateParser: textParser,
	})
}

// Condition returns the sentences of a condition: what is wrong, why, and who must
// do what. The last two may be missing and are empty then. A number under "Count"
// picks the plural forms.
func Condition(code string, args ...Args) (headline, cause, next string) {
	part := func(name string) string {
		config := &i18n.LocalizeConfig{MessageID: "conditions." + code + "." + name, TemplateParser: textParser}
		if len(args) > 0 {
			config.TemplateData, config.PluralCount = args[0], args[0]["Count"]
		}
		text, err := localizer().Localize(config)
		if err != nil {
			return ""
		}
		return text
	}
	return part("headline"), part("cause"), part("next")
}

func localize(config *i18n.LocalizeConfig) string {
	text, err := localizer().Localize(config)
	if err != nil {
		return config.MessageID
	}
	return text
}

// List joins items as a sentence does: "a, b and c".
func List(items []string) string {
	switch n := len(items); n {
	case 0:
		return ""
	case 1:
		return items[0]
	default:
		before := items[0]
		for _, item := range items[1 : n-1] {
			before = Text("list.next", Args{"Before": before, "Item": item})
		}
		return Text("list.last", Args{"Before": before, "Item": items[n-1]})
	}
}
