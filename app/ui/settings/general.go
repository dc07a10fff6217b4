package settings

import (
	"vastrelay/app/config"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// generalPage is the section about the program as a whole: how its windows look.
type generalPage struct {
	theme *themeForm
	box   *fyne.Container
}

func newGeneralPage(w *Window) *generalPage {
	p := &generalPage{theme: newThemeForm(w)}
	p.box = container.NewVBox(p.theme.box)
	return p
}

func (p *generalPage) content() fyne.CanvasObject { return p.box }

func (p *generalPage) foot() fyne.CanvasObject { return nil }

func (p *generalPage) open() { p.theme.open() }

func (p *generalPage) refresh() {}

// themeForm chooses the colours of the windows.
type themeForm struct {
	w      *Window
	choice *kit.SelectBox
	saver  *saver
	box    *fyne.Container
}

func newThemeForm(w *Window) *themeForm {
	f := &themeForm{w: w, choice: kit.NewSelectBox(nil)}
	f.saver = &saver{w: w, said: container.NewVBox(), busy: func(yes bool) { kit.EnableIf(f.choice, !yes) }}
	f.box = container.NewVBox(
		kit.SectionHeading(words.Text("general.theme.heading")),
		aboutFact(words.Text("general.theme.name"), container.NewHBox(f.choice)),
		f.saver.said,
	)
	return f
}

// open shows what is in force; from then on a click saves.
func (f *themeForm) open() {
	f.choice.Options = nil
	for _, t := range config.Themes() {
		f.choice.Options = append(f.choice.Options, themeWords(t))
	}
	f.choice.OnChanged = nil
	f.choice.SetSelected(themeWords(f.w.deps.Store.Settings().General.ThemeOrDefault()))
	f.choice.OnChanged = func(picked string) {
		for _, t := range config.Themes() {
			if themeWords(t) == picked {
				f.save(t)
			}
		}
	}
}

// save keeps the choice and shows all windows in it.
func (f *themeForm) save(chosen config.Theme) {
	f.saver.save(func(s *config.Settings) { s.General.Theme = chosen }, words.Text("general.theme.saved"))
	fyne.CurrentApp().Settings().SetTheme(Theme(config.General{Theme: chosen}))
}

// themeWords is a theme in words.
func themeWords(t config.Theme) string {
	switch t {
	case config.ThemeLight:
		return words.Text("general.theme.light")
	case config.ThemeDark:
		return words.Text("general.theme.dark")
	default:
		return words.Text("general.theme.system")
	}
}

// Theme is the look of the windows that g chooses.
func Theme(g config.General) fyne.Theme {
	switch g.ThemeOrDefault() {
	case config.ThemeLight:
		return kit.ThemeIn(theme.VariantLight)
	case config.ThemeDark:
		return kit.ThemeIn(theme.VariantDark)
	default:
		return kit.Theme()
	}
}
