package ui

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"fyne.io/fyne/v2"

	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
)

// The screens are staged by what a person reads in English, in whatever language the
// windows are: these functions find the same in that language.

// sentences are the texts of a language by key; a sentence with plural forms has
// several.
type sentences map[string][]string

// readSentences reads the files of a language.
var readSentences = sync.OnceValue(func() map[string]sentences {
	all := map[string]sentences{}
	for _, l := range words.Languages() {
		found := sentences{}
		files, _ := filepath.Glob(filepath.Join("..", "words", l.Tag(), "*.json"))
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				continue
			}
			var group map[string]any
			if json.Unmarshal(content, &group) == nil {
				found.collect("", group)
			}
		}
		all[l.Tag()] = found
	}
	return all
})

// collect adds the sentences of a group.
func (s sentences) collect(prefix string, group map[string]any) {
	for name, value := range group {
		switch value := value.(type) {
		case string:
			if name == "one" || name == "other" {
				key := strings.TrimSuffix(prefix, ".")
				s[key] = append(s[key], value)
			} else {
				s[prefix+name] = []string{value}
			}
		case map[string]any:
			s.collect(prefix+name+".", value)
		}
	}
}

// keysOf are the keys of the English sentences for which is says yes.
func keysOf(is func(text string) bool) []string {
	var keys []string
	for key, forms := range readSentences()["en"] {
		if slices.ContainsFunc(forms, is) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// say is a text of the windows in the language in use that reads so in English. What is
// none, such as the title of an event, is the same in all.
func say(english string) string {
	if words.InUse() == words.English() {
		return english
	}
	if keys := keysOf(func(text string) bool { return text == english }); len(keys) > 0 {
		return words.Text(keys[0])
	}
	return english
}

var placeholders = regexp.MustCompile(`\{\{[^}]*\}\}`)

// sees reports whether o shows a text that holds part in English.
func sees(o fyne.CanvasObject, part string) bool {
	if kittest.Sees(o, part) {
		return true
	}
	if words.InUse() == words.English() {
		return false
	}
	here := readSentences()[words.InUse().Tag()]
	for _, key := range keysOf(func(text string) bool { return strings.Contains(text, part) }) {
		for _, form := range here[key] {
			longest := ""
			for _, piece := range placeholders.Split(form, -1) {
				if piece = strings.TrimSpace(piece); len(piece) > len(longest) {
					longest = piece
				}
			}
			if longest != "" && kittest.Sees(o, longest) {
				return true
			}
		}
	}
	return false
}

// englishLeft lists the texts that read like an English sentence of the catalogue,
// which a window in another language shows only where it was forgotten. Those that
// both languages share, single words, which may be a name, and the subjects of events,
// which Vast.ai wrote, are none.
func englishLeft(texts []string) (left []string) {
	here := map[string]bool{}
	for _, forms := range readSentences()[words.InUse().Tag()] {
		for _, form := range forms {
			here[form] = true
		}
	}
	for _, row := range uitest.Rows() {
		texts = slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return text == row.Title })
	}
	for _, text := range texts {
		for _, key := range keysOf(func(english string) bool { return !here[english] && fits(english, text) }) {
			left = append(left, key+": "+text)
		}
	}
	return left
}

// fits reports whether text is the sentence english with something in its
// placeholders, of which at least two words are its own.
func fits(english, text string) bool {
	pieces := placeholders.Split(english, -1)
	if len(strings.Fields(strings.Join(pieces, " "))) < 2 || !strings.HasPrefix(text, pieces[0]) || !strings.HasSuffix(text, pieces[len(pieces)-1]) {
		return false
	}
	for _, piece := range pieces {
		_, rest, found := strings.Cut(text, piece)
		if !found {
			return false
		}
		text = rest
	}
	return true
}

// Tap taps the button that reads so in English.
func (d *desk) Tap(o fyne.CanvasObject, text string) {
	d.T.Helper()
	d.Desk.Tap(o, say(text))
}
