package settings

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/config"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// languageForm chooses the language of the windows.
type languageForm struct {
	*picker
	w   *Window
	box *fyne.Container
}

func newLanguageForm(w *Window) *languageForm {
	f := &languageForm{picker: newPicker(w), w: w}
	f.box = container.NewVBox(
		kit.SectionHeading(words.Text("general.language.heading")),
		aboutFact(words.Text("general.language.name"), f.list()),
		kit.SmallLabel(words.Text("general.language.chat")),
		f.saver.said,
	)
	return f
}

// languageTags are the choices as settings name them; the first is the default: the
// language of the system.
func languageTags() []string {
	tags := []string{""}
	for _, l := range words.Languages() {
		tags = append(tags, l.Tag())
	}
	return tags
}

// languageNames are the choices as a person reads them: each language in its own
// words.
func languageNames() []string {
	names := []string{words.Text("general.language.system", words.Args{"Language": words.Choose("").Name()})}
	for _, l := range words.Languages() {
		names = append(names, l.Name())
	}
	return names
}

// open shows what is in force; from then on a click saves.
func (f *languageForm) open() {
	tags := languageTags()
	at := max(0, slices.Index(tags, f.w.deps.Parts.Store.Settings().General.Language))
	offer(f.choice, languageNames(), at, func(at int) { f.save(tags[at]) })
}

// refresh does nothing: nobody else changes the language.
func (f *languageForm) refresh() {}

// save keeps the choice and shows everything in that language.
func (f *languageForm) save(tag string) {
	change := func(s *config.Settings) { s.General.Language = tag }
	f.saver.run(words.Text("failed.save_settings"), change, func(err error) {
		if err != nil {
			return
		}
		words.Use(words.Choose(tag))
		f.changed()
		f.w.deps.On.LanguageChanged()
	})
}

// changed says that the choice is in force.
func (f *languageForm) changed() {
	f.saver.say(kit.WrappedLabel(words.Text("general.language.saved")))
}
