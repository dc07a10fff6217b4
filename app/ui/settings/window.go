package settings

import (
	"context"
	"slices"

	"vastrelay/app/health"
	"vastrelay/app/ui/cards"
	"vastrelay/app/ui/shortcuts"
	"vastrelay/app/words"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/relay"

	"vastrelay/app/credentials"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// The sections of the settings window, for Window.Show.
const (
	SectionConnections = "connections"
	SectionEvents      = "events"
	SectionMessages    = "messages"
	SectionAddress     = "address"
	SectionHistory     = "history"
	SectionNotify      = "notifications"
	SectionGeneral     = "general"
	SectionAbout       = "about"
)

// The first size of the settings window.
const (
	Width  = 720
	Height = 560
)

// pageLeast is the least height of a section above what stays under it.
const pageLeast = 140

// Exporter writes the history into files.
type Exporter interface {
	// Export writes the events that q selects, newest first, into the file at
	// path: for spreadsheets where its name ends in .csv, else as JSON lines with
	// the payloads. progress is told now and then, on the same goroutine, how
	// many of how many are written. What ctx cuts short leaves no file.
	Export(ctx context.Context, path string, q relay.Query, progress func(done, total int)) error
}

// Store reads and changes the settings. It is safe for concurrent use.
type Store interface {
	// Settings returns the settings in force.
	Settings() config.Settings
	// ChangeSettings lets change alter the settings in force, and validates, stores and
	// applies them. Changes wait for each other, so that none undoes another; change
	// runs on the caller's goroutine and must not call the Store.
	ChangeSettings(ctx context.Context, change func(*config.Settings)) error
}

// Types lists what a person can be told about.
type Types interface {
	// Catalogue fetches the notification types, or the built-in list.
	Catalogue(ctx context.Context) (status.Catalogue, error)
}

// Deps is what the settings window needs of the program. Every field is
// required.
type Deps struct {
	cards.Deps
	Parts  Parts
	Status func() status.Status
	// HasTray reports whether there is a tray icon. It may block for seconds.
	HasTray func() bool
	Screen  func() fyne.Size // the room for windows, in pixels; zero: not known
	About   About

	// Preview returns what Chat would show of an event in that form.
	Preview func(relay.Event, relay.Rung) relay.Preview
	On      Callbacks
}

// Callbacks are what the window has done by what surrounds it. Every field is required.
type Callbacks struct {
	Quit         func() // ends the program
	ShowLicences func() // shows the licences of what the program is made of
	Closed       func() // the window has gone off the screen
	// LanguageChanged shows all windows in the language in use, this one by Again.
	LanguageChanged func()
}

// Parts are what the settings show and do, by subject.
type Parts struct {
	Store    Store
	Types    Types
	Exporter Exporter
	Gaps     Gaps
	Cleaner  Cleaner
	Login    Login
	Updates  Updates
	Reporter Reporter
	Proxy    Proxy
	Banners  Banners
}

// Complete reports whether no field is nil.
func (p Parts) Complete() bool {
	return p.Store != nil && p.Types != nil && p.Exporter != nil && p.Gaps != nil && p.Cleaner != nil && p.Login != nil && p.Updates != nil && p.Reporter != nil && p.Proxy != nil && p.Banners != nil
}

// Cleaner removes what the program has left behind.
type Cleaner interface {
	// CleanUp deletes our webhooks at Vast.ai; with secrets what the keyring holds
	// as well, and with data the events, settings and logs once the program ends.
	CleanUp(ctx context.Context, secrets, data bool, report func(health.Step)) error
}

// section is one page of the settings with its name.
type section struct {
	key   string
	title string
	page  page
}

// page is what a section shows: its content, which scrolls, and what
// stays under it. open runs when it comes up, refresh
// when the backend's state has changed while it is up.
type page interface {
	content() fyne.CanvasObject
	foot() fyne.CanvasObject // stays below the content; nil for none
	open()
	refresh()
}

// editor is a page in which something is typed; that of its edits is its foot.
type editor interface{ edits() *edits }

// canceller is a page with something that Escape takes back, such as a question.
type canceller interface {
	// cancel reports whether there was something to take back.
	cancel() bool
}

// closer is a page with something to finish before the window closes.
type closer interface{ closing() }

// Window exists only while it is on the screen: closing it throws it
// away, with everything that was typed and not saved, and ends its work.
type Window struct {
	deps     Deps
	env      kit.Env // of this window: its work ends with it
	outer    kit.Env // of the program, for what outlives the window
	win      fyne.Window
	sections []section
	nav      *kit.List
	right    *fyne.Container
	scroll   *container.Scroll // the content of the shown section
	at       int
	asking   *kit.Question // lies over the window; nil for none
	help     *shortcuts.List

	connections *connections
	general     *generalPage
}

// New builds the window; show puts it on the screen.
func New(d Deps) *Window {
	w := &Window{deps: d, outer: d.Env, win: fyne.CurrentApp().NewWindow(words.Text("settings.title"))}
	w.fill()
	w.win.Resize(fyne.NewSize(Width, Height))
	w.win.CenterOnScreen()
	return w
}

// Again shows the window in the language in use, at the section where it is. While
// something in it was edited and not saved it is left as it is.
func (w *Window) Again() {
	if slices.ContainsFunc(w.sections, section.pending) {
		return
	}
	at := w.at
	w.env.Work.Cancel()
	w.win.SetTitle(words.Text("settings.title"))
	w.fill()
	w.nav.SelectRow(at)
	w.win.Canvas().Focus(w.nav)
	w.general.language.changed()
}

// fill makes the content of the window.
func (w *Window) fill() {
	w.env, w.at, w.right = w.outer.Child(), -1, nil
	w.deps.Env, w.deps.Vendors = w.env, cards.InLanguage(w.deps.Vendors)
	w.general = newGeneralPage(w)
	w.connections = newConnections(w)
	w.sections = []section{
		{SectionConnections, words.Text("settings.section.connections"), w.connections},
		{SectionEvents, words.Text("settings.section.events"), newEventChoice(w)},
		{SectionMessages, words.Text("settings.section.messages"), newMessageForm(w)},
		{SectionAddress, words.Text("settings.section.address"), newAddressForm(w)},
		{SectionHistory, words.Text("settings.section.history"), newHistoryPage(w)},
		{SectionNotify, words.Text("notifications.title"), newNotificationsPage(w)},
		{SectionGeneral, words.Text("general.title"), w.general},
		{SectionAbout, words.Text("settings.section.about"), newAboutPage(w)},
	}
	w.nav = kit.NewList(func() int { return len(w.sections) },
		func() fyne.CanvasObject { return kit.Label("") },
		func(i widget.ListItemID, o fyne.CanvasObject) {
			if l, ok := o.(*widget.Label); ok {
				l.SetText(w.sections[i].words())
			}
		})
	w.nav.OnSelected = w.turnTo
	w.nav.Shortcuts = w.keys()
	w.right = container.NewStack()
	left := kit.Border(nil, nil, nil, widget.NewSeparator(), kit.MinSize(150, 0, w.nav))
	// Where the window is too small for a section, all of it scrolls.
	w.win.SetContent(kit.MinSize(kit.LeastWidth, kit.LeastHeight, container.NewScroll(kit.PadWindow(kit.Border(nil, nil, left, nil, w.right)))))
	w.win.SetCloseIntercept(w.close)
	for _, s := range w.keys() {
		w.win.Canvas().AddShortcut(s.Key, s.Do)
	}
	w.win.Canvas().SetOnTypedKey(w.typedKey)
}

// words is the section in the list: its title, with a mark while something in it is
// not saved.
func (s section) words() string {
	if s.pending() {
		return words.Text("settings.section.edited", words.Args{"Section": s.title})
	}
	return s.title
}

// pending reports whether something in the section was edited and not saved.
func (s section) pending() bool {
	e, ok := s.page.(editor)
	return ok && e.edits().pending()
}

// edited brings the marks of the sections up to date.
func (w *Window) edited() {
	if w.nav != nil {
		w.nav.Refresh()
	}
	w.relayout()
}

// typedKey is a key that nothing with the focus took.
func (w *Window) typedKey(key *fyne.KeyEvent) {
	switch {
	case w.help.TypedKey(key):
	case key.Name == fyne.KeyEscape:
		w.escape()
	case key.Name == shortcuts.Key && w.win.Canvas().Overlays().Top() == nil:
		w.help = shortcuts.Show(w.win.Canvas())
	}
}

// escape takes back one thing: a question, else what the shown page has to take
// back, else its edits. Where there is nothing it closes the window.
func (w *Window) escape() {
	switch {
	case w.asking != nil:
		w.asking.Answer(false)
		return
	case w.win.Canvas().Overlays().Top() != nil:
		return // A menu or a dialog takes the key.
	}
	shown := w.sections[max(w.at, 0)].page
	if c, ok := shown.(canceller); ok && c.cancel() {
		return
	}
	if e, ok := shown.(editor); ok && e.edits().takeBack() {
		return
	}
	w.close()
}

// keys are the window's shortcuts; its entries pass them on.
func (w *Window) keys() []kit.Shortcut {
	return kit.NewShortcuts(map[fyne.KeyName]func(){fyne.KeyW: w.close})
}

// entry is an entry of this window.
func (w *Window) entry() *kit.Entry {
	e := kit.NewEntry()
	e.Shortcuts = w.keys()
	return e
}

// Show brings the window up at a section, or at a credential's entry.
func (w *Window) Show(where string) {
	i := slices.IndexFunc(w.sections, func(s section) bool { return s.key == where })
	if i < 0 {
		i = max(w.at, 0)
	}
	kind := credentials.Kind(where)
	isCredential := slices.Contains(credentials.Kinds(), kind)
	if isCredential {
		i = 0
	}
	w.nav.SelectRow(i)
	kit.FitScreen(w.win, w.deps.Screen())
	w.win.Show()
	kit.FitScreen(w.win, w.deps.Screen()) // Now its scale is known.
	w.win.RequestFocus()
	if isCredential {
		w.connections.cards.Open(kind)
		return
	}
	w.win.Canvas().Focus(w.nav)
}

// turnTo shows section i.
func (w *Window) turnTo(i widget.ListItemID) {
	w.nav.At = i
	if i == w.at || i < 0 || i >= len(w.sections) {
		return
	}
	w.at = i
	s := w.sections[i]
	title := kit.BoldLabel(s.title)
	title.SizeName = kit.SizeTitle
	w.scroll = container.NewVScroll(kit.BesideScrollBar(container.NewVBox(title, s.page.content())))
	w.scroll.SetMinSize(fyne.NewSize(0, pageLeast))
	var foot fyne.CanvasObject
	if o := s.page.foot(); o != nil {
		foot = container.NewVBox(widget.NewSeparator(), container.NewPadded(o))
	}
	w.right.Objects = []fyne.CanvasObject{kit.Border(nil, foot, nil, nil, w.scroll)}
	s.page.open()
	w.right.Refresh()
}

// Refresh brings the shown section up to date.
func (w *Window) Refresh() {
	if w.at >= 0 {
		w.sections[w.at].page.refresh()
	}
}

// relayout is called when something in the shown section changed its size.
func (w *Window) relayout() {
	if w.right != nil { // Else the window is being built.
		w.right.Refresh()
	}
}

// reveal brings into view what something that was pressed has answered.
func (w *Window) reveal(o fyne.CanvasObject) {
	w.relayout()
	kit.ScrollIntoView(o)
}

// close asks what becomes of edits that are not saved, and throws the window away.
func (w *Window) close() {
	switch {
	case !slices.ContainsFunc(w.sections, section.pending):
		w.shut()
	case w.asking == nil:
		w.asking = kit.NewQuestion(w.win.Canvas(), words.Text("settings.unsaved.title"), words.Text("settings.unsaved.text"),
			words.Text("settings.discard"), words.Text("settings.unsaved.stay"), true, func(yes bool) {
				w.asking = nil
				if yes {
					w.shut()
				}
			})
	}
}

// shut ends the work of the window and throws it away.
func (w *Window) shut() {
	for _, s := range w.sections {
		if c, ok := s.page.(closer); ok {
			c.closing()
		}
	}
	w.env.Work.Cancel()
	w.connections.cards.Leave()
	w.win.Close()
	w.deps.On.Closed()
}
