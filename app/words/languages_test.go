package words

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// sameEverywhere are the sentences that may read the same in German as in English:
// names, keys of a keyboard, and words that both languages share.
var sameEverywhere = []string{
	"button.details",
	"cards.space.example", // a name, as a person may have given it
	"commands.events.column_id",
	"commands.webhooks.column_id",
	"commands.webhooks.column_whose",
	"doctor.name.chat",
	"doctor.name.tunnel",
	"doctor.name.webhooks",
	"event_types.client.instance_offline.verb",
	"events.outcome.recorded",
	"hop.name.chat",
	"proxy.name",
	"settings.about.sent_chat",
	"settings.about.tunnel",
	"settings.about.version",
	"settings.messages.sample_message", // what Vast.ai would send, which is in English
	"settings.messages.sample_subject",
	"shortcuts.key_command",
	"shortcuts.key_escape",
	"shortcuts.key_help",
	"window.chain.chat",
	"window.chain.relay",
	"window.chain.vast",
}

// TestLanguagesHoldTheSameSentences says which sentence is missing in which
// language, and what else keeps one from standing for the other.
func TestLanguagesHoldTheSameSentences(t *testing.T) {
	english := catalogue(t, English())
	for _, l := range Languages()[1:] {
		for _, problem := range differences(english, catalogue(t, l), l, sameEverywhere) {
			t.Error(problem)
		}
	}
}

// notInGerman are words for which the German of the program has one of its own, as
// README.md says, and what a person is asked to do in lower case after a colon.
var notInGerman = regexp.MustCompile(`\b(Event|Raum|Tray|Inbox|Disk|Standby|Lieferung|Anmeldeinformationen|Rechner|Design|Desktop)([^-\w]|$)|: \p{Ll}+ Sie\b`)

func TestGermanUsesOneWordForOneThing(t *testing.T) {
	for key, s := range catalogue(t, german(t)) {
		for _, text := range s.forms {
			if found := notInGerman.FindString(placeholder.ReplaceAllString(text, "")); found != "" {
				t.Errorf("%q holds %q: %s", key, found, text)
			}
		}
	}
}

// differences compares the sentences of l with the English ones. same are the keys
// whose texts may be alike.
func differences(english, other map[string]sentence, l *Language, same []string) (problems []string) {
	report := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for _, key := range slices.Sorted(maps.Keys(english)) {
		en, o := english[key], other[key]
		switch {
		case o.key == "":
			report("%q is missing in %s", key, l.Name())
		case o.plural != en.plural:
			report("%q has plural forms in English: %v, in %s: %v", key, en.plural, l.Name(), o.plural)
		case !slices.Equal(o.names, en.names):
			report("%q has the arguments %v in English, %v in %s", key, en.names, o.names, l.Name())
		case o.plural && (o.forms["zero"] == "") != (en.forms["zero"] == ""):
			report("%q says none in words of its own in English: %v, in %s: %v", key, en.forms["zero"] != "", l.Name(), o.forms["zero"] != "")
		case o.plural && !slices.Equal(formsByGrammar(o), pluralFormsOf(l)):
			report("%q has the plural forms %v in %s, which needs %v", key, formsByGrammar(o), l.Name(), pluralFormsOf(l))
		case maps.Equal(o.forms, en.forms) != slices.Contains(same, key) && saysSomething(en):
			report("%q reads the same in English and in %s: %v, and may: %v", key, l.Name(), maps.Equal(o.forms, en.forms), slices.Contains(same, key))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(other)) {
		if english[key].key == "" {
			report("%q is in %s and not in English", key, l.Name())
		}
	}
	return problems
}

// formsByGrammar lists the forms of s, sorted, without that for none: any language may
// have it, and the program uses it in each.
func formsByGrammar(s sentence) []string {
	forms := slices.Sorted(maps.Keys(s.forms))
	return slices.DeleteFunc(forms, func(form string) bool { return form == "zero" })
}

// pluralFormsOf lists the plural forms that counts have in l, sorted:
// https://www.unicode.org/cldr/charts/latest/supplemental/language_plural_rules.html .
func pluralFormsOf(l *Language) []string {
	needed := map[string]bool{}
	for n := range 200 {
		form := plural.Cardinal.MatchPlural(language.Make(l.Tag()), n, 0, 0, 0, 0)
		needed[[]string{"other", "zero", "one", "two", "few", "many"}[form]] = true
	}
	return slices.Sorted(maps.Keys(needed))
}

// saysSomething reports whether s holds words of its own, beside its arguments.
func saysSomething(s sentence) bool {
	for _, text := range s.forms {
		if strings.ContainsFunc(placeholder.ReplaceAllString(text, ""), unicode.IsLetter) {
			return true
		}
	}
	return false
}

func TestDifferencesAreFound(t *testing.T) {
	text := func(text string, names ...string) sentence {
		return sentence{key: "a.b", names: names, forms: map[string]string{"": text}}
	}
	for name, tc := range map[string]struct {
		english, german sentence
		same            []string
		want            string // part of the problem; empty: all is well
	}{
		"a sentence that is translated":                 {english: text("Open"), german: text("Öffnen")},
		"one that is missing":                           {english: text("Open"), want: "missing in Deutsch"},
		"one that is not in English":                    {german: text("Öffnen"), want: "not in English"},
		"one that was copied":                           {english: text("Open"), german: text("Open"), want: "reads the same"},
		"one that may be the same":                      {english: text("Version"), german: text("Version"), same: []string{"a.b"}},
		"one that is not the same any more":             {english: text("Open"), german: text("Öffnen"), same: []string{"a.b"}, want: "and may: true"},
		"one without words":                             {english: text("{{.A}} · {{.B}}", "A", "B"), german: text("{{.A}} · {{.B}}", "A", "B")},
		"another argument":                              {english: text("Open {{.A}}", "A"), german: text("{{.B}} öffnen", "B"), want: "arguments [A] in English, [B]"},
		"a plural that became one sentence":             {english: sentence{key: "a.b", plural: true}, german: text("x"), want: "plural forms in English: true"},
		"a plural that lacks a form":                    {english: sentence{key: "a.b", plural: true}, german: sentence{key: "a.b", plural: true, forms: map[string]string{"other": "x"}}, want: "needs [one other]"},
		"a plural that says none in one language alone": {english: sentence{key: "a.b", plural: true, forms: map[string]string{"zero": "none", "one": "w", "other": "x"}}, german: sentence{key: "a.b", plural: true, forms: map[string]string{"one": "y", "other": "z"}}, want: "says none"},
		"a plural that says none":                       {english: sentence{key: "a.b", plural: true, forms: map[string]string{"zero": "none", "one": "w", "other": "x"}}, german: sentence{key: "a.b", plural: true, forms: map[string]string{"zero": "keine", "one": "y", "other": "z"}}},
		"a plural with a form that is never needed":     {english: sentence{key: "a.b", plural: true}, german: sentence{key: "a.b", plural: true, forms: map[string]string{"one": "x", "few": "y", "other": "z"}}, want: "needs [one other]"},
	} {
		t.Run(name, func(t *testing.T) {
			english, other := map[string]sentence{}, map[string]sentence{}
			for to, s := range map[*map[string]sentence]sentence{&english: tc.english, &other: tc.german} {
				if s.key != "" {
					(*to)[s.key] = s
				}
			}
			got := strings.Join(differences(english, other, german(t), tc.same), "\n")
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want it to hold %q", got, tc.want)
			}
		})
	}
}
