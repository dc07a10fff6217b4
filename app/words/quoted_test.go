package words

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// quoted finds what stands between quotation marks of its own language, where no
// argument is put in.
var quoted = regexp.MustCompile(`“([^“”{]+)”|„([^“{]+)“`)

// namesOfOthers are quoted in sentences and stand in other programs: in Google Chat and
// in the Finder.
var namesOfOthers = []string{"Apps und Integrationen", "Webhooks", "Programme"}

// ofCommands begin the keys of sentences that quote what a person types, which is the
// same in each language.
const ofCommands = "commands."

// ofProblems begin the keys of sentences that stand beside the one button of a problem.
var ofProblems = []string{"chat.", "conditions.", "part."}

// TestASentenceCallsAButtonWhatItIsCalled finds sentences that send a person to a button
// or a section that is called otherwise, or is not there.
func TestASentenceCallsAButtonWhatItIsCalled(t *testing.T) {
	english := catalogue(t, English())
	for _, l := range Languages() {
		for _, problem := range misnamed(english, catalogue(t, l)) {
			t.Errorf("%s: %s", l.Tag(), problem)
		}
	}
}

// misnamed lists what sentences of a language quote that is no text of that language, or
// that the English sentence does not name.
func misnamed(english, own map[string]sentence) (problems []string) {
	labels := map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(own)) {
		label := own[key].forms[""]
		labels[label] = append(labels[label], key)
	}
	for _, key := range slices.Sorted(maps.Keys(own)) {
		if strings.HasPrefix(key, ofCommands) {
			continue
		}
		for form, text := range own[key].forms {
			for _, match := range quoted.FindAllStringSubmatch(text, -1) {
				label := match[1] + match[2]
				if problem := misnames(english, key, form, label, labels[label]); problem != "" {
					problems = append(problems, fmt.Sprintf("%s names “%s”, %s", key, label, problem))
				}
			}
		}
	}
	return problems
}

// misnames says what is wrong with a label that the sentence of key quotes; keys are
// those of the texts that read like the label.
func misnames(english map[string]sentence, key, form, label string, keys []string) string {
	if slices.Contains(namesOfOthers, label) {
		return ""
	}
	if len(keys) == 0 {
		return "which nothing is called"
	}
	beside := slices.ContainsFunc(ofProblems, func(group string) bool { return strings.HasPrefix(key, group) })
	if beside && !slices.ContainsFunc(keys, func(key string) bool { return strings.HasPrefix(key, "action.") }) {
		return "which is the button of no problem"
	}
	text := english[key].forms[form]
	if text == "" {
		text = english[key].forms["other"]
	}
	if !slices.ContainsFunc(keys, func(key string) bool {
		return strings.Contains(strings.ToLower(text), strings.ToLower(english[key].forms[""]))
	}) {
		return "which is not what the English sentence names"
	}
	return ""
}

func TestMisnamedButtonsAreFound(t *testing.T) {
	texts := func(pairs ...string) map[string]sentence {
		found := map[string]sentence{}
		for i := 0; i < len(pairs); i += 2 {
			found[pairs[i]] = sentence{key: pairs[i], forms: map[string]string{"": pairs[i+1]}}
		}
		return found
	}
	english := texts(
		"action.retry", "Try now", "events.retry", "Try again", "gap.catch_up", "Catch up",
		"part.next", "Press “Try now”.", "gap.next", "Now “Catch up” helps.",
	)
	tests := []struct {
		name, key, text string
		want            string
	}{
		{"the button of the problem", "part.next", "„Jetzt versuchen“ hilft.", ""},
		{"a button of another place", "part.next", "„Erneut versuchen“ hilft.", "part.next names “Erneut versuchen”, which is the button of no problem"},
		{"no button at all", "gap.next", "„Aufholen“ hilft.", "gap.next names “Aufholen”, which nothing is called"},
		{"another than the English one", "gap.next", "„Jetzt versuchen“ hilft.", "gap.next names “Jetzt versuchen”, which is not what the English sentence names"},
		{"a name of another program", "part.next", "Unter „Webhooks“.", ""},
		{"an argument", "part.next", "Unter „{{.Place}}“.", ""},
		{"a command", "commands.next", "„vastrelay gaps“ hilft.", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			own := texts("action.retry", "Jetzt versuchen", "events.retry", "Erneut versuchen", "gap.catch_up", "Nachholen", tt.key, tt.text)
			if got := strings.Join(misnamed(english, own), "\n"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
