package settings

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/config"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// messageLanguage chooses the language of messages in Google Chat. It does not follow
// that of the windows: others read the space, too.
type messageLanguage struct {
	*picker
	w     *Window
	shown func() // draws the preview anew
	box   *fyne.Container
}

// newMessageLanguage calls shown once another language is in force.
func newMessageLanguage(w *Window, shown func()) *messageLanguage {
	f := &messageLanguage{picker: newPicker(w), w: w, shown: shown}
	f.box = container.NewVBox(
		kit.WrappedLabel(words.Text("settings.messages.language")),
		kit.AlignWithText(f.list()),
		kit.SmallLabel(words.Text("settings.messages.language_note")),
		f.saver.said,
	)
	return f
}

// messageLanguages are the tags of the choices, as settings keep them, and what the
// choices are called: each language in its own words. The first is the default.
func messageLanguages() (tags, names []string) {
	for _, l := range words.Languages() {
		tags, names = append(tags, l.Tag()), append(names, l.Name())
	}
	tags[0] = ""
	return tags, names
}

// open shows what is in force; from then on a click saves.
func (f *messageLanguage) open() {
	tags, names := messageLanguages()
	at := max(0, slices.Index(tags, f.w.deps.Parts.Store.Settings().General.ChatLanguage))
	offer(f.choice, names, at, func(at int) { f.save(tags[at]) })
}

// save keeps the choice and shows what it changes.
func (f *messageLanguage) save(tag string) {
	change := func(s *config.Settings) { s.General.ChatLanguage = tag }
	f.saver.run(words.Text("failed.save_settings"), change, func(err error) {
		if err == nil {
			f.shown()
			f.saver.say(kit.WrappedLabel(words.Text("settings.messages.language_saved")))
		}
	})
}
