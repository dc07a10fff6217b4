package settings

import (
	"slices"

	"vastrelay/app/config"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// generalPage is the section about the program as a whole: when it is opened, how its
// windows look, how it connects, and whether there is a newer version.
type generalPage struct {
	parts    []generalPart
	language *languageForm
	proxy    *proxyForm
	box      *fyne.Container
}

// generalPart is a part of the page under a heading of its own.
type generalPart interface {
	open()    // shows what is in force
	refresh() // shows what may have changed meanwhile
}

func newGeneralPage(w *Window) *generalPage {
	p := &generalPage{box: container.NewVBox(), proxy: newProxyForm(w)}
	demo := w.deps.Demo()
	add := func(part generalPart, box fyne.CanvasObject) {
		p.parts = append(p.parts, part)
		p.box.Add(box)
	}
	if !demo { // which nobody wants at each login
		login := newLoginForm(w)
		add(login, login.box)
	}
	p.language = newLanguageForm(w)
	add(p.language, p.language.box)
	theme := newThemeForm(w)
	add(theme, theme.box)
	if !demo { // which is not what a person keeps, and connects to nobody
		add(p.proxy, p.proxy.box)
		updates := newUpdatesForm(w)
		add(updates, updates.box)
	}
	return p
}

func (p *generalPage) content() fyne.CanvasObject { return p.box }

func (p *generalPage) edits() *edits { return p.proxy.typed }

func (p *generalPage) foot() fyne.CanvasObject { return nil }

func (p *generalPage) open() {
	for _, part := range p.parts {
		part.open()
	}
}

func (p *generalPage) refresh() {
	for _, part := range p.parts {
		part.refresh()
	}
}

// themeForm chooses the colours of the windows.
type themeForm struct {
	*picker
	w   *Window
	box *fyne.Container
}

func newThemeForm(w *Window) *themeForm {
	f := &themeForm{picker: newPicker(w), w: w}
	f.box = container.NewVBox(
		kit.SectionHeading(words.Text("general.theme.heading")),
		aboutFact(words.Text("general.theme.name"), f.list()),
		f.saver.said,
	)
	return f
}

// open shows what is in force; from then on a click saves.
func (f *themeForm) open() {
	themes := config.Themes()
	at := slices.Index(themes, f.w.deps.Parts.Store.Settings().General.ThemeOrDefault())
	offer(f.choice, wordsOf(themes, themeWords), at, func(at int) { f.save(themes[at]) })
}

// refresh does nothing: nobody else changes the theme.
func (f *themeForm) refresh() {}

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
