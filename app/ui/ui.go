// Package ui draws the windows of Vast Relay: the main window with the state,
// the way of an event and the recent events, or the set-up until there are any,
// the settings window with the credentials and the choices, and that of the
// licences. It renders snapshots of the program and calls its methods; it keeps
// no truth of its own, reads no keyring, opens no connection and asks only the
// injected clock for the time.
//
// # Concurrency
//
// Every exported method of UI, and every widget, belongs to the goroutine that
// runs the toolkit's event loop. Work that may block runs in goroutines owned
// by the window that started it, under a context that ends with that window;
// results come back through Options.Post. Watcher.Watch may call from any
// goroutine; its calls are folded into at most one queued refresh, and into
// none while no window is shown.
//
// # Ownership
//
// New starts watching the program; Close stops that, cancels what is under way
// and waits for its goroutines. A pasted credential lives in one entry, which
// is emptied and thrown away the moment it is handed to the backend.
package ui

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/app/ui/cards"
	"vastrelay/app/ui/licences"
	"vastrelay/app/ui/settings"
	"vastrelay/app/ui/webhooks"

	"vastrelay/app/ui/kit"

	"fyne.io/fyne/v2"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/relay/tunnel"
)

// Options are the things beside the program that the windows need from outside.
// Post and Now are required.
type Options struct {
	Post kit.Post         // the one way back to the widgets; never waits
	Now  func() time.Time // for "4 min ago"

	// After calls f once after d, from any goroutine, unless stop is called
	// before; nil means time.AfterFunc.
	After kit.After

	// HasTray reports whether there is a tray icon to come back from; nil
	// means there is none.
	HasTray func() bool
	// Notify has the desktop show a notification with that title and text, which are the
	// program's own words, and reports whether it does. It may block. nil: the desktop is
	// not asked.
	Notify func(ctx context.Context, title, text string) (shown bool)
	// Watching is told on the UI goroutine when a person begins or ceases to have the
	// list of events before them; nil does nothing.
	Watching func(yes bool)
	// Quit ends the program, and with it the relaying; nil does nothing.
	Quit func()
	// Vendors are the tunnels that can be chosen; the first is the default.
	Vendors []tunnel.Vendor

	About About

	// Window keeps the size of the main window; nil keeps nothing.
	Window WindowStore
	// Screen is the room that the screen has for windows, in pixels; nil or a
	// zero size where that is not known. UI goroutine only.
	Screen func() fyne.Size

	// LanguageChanged is called on the UI goroutine after another language has come
	// into use and the windows show it; nil does nothing.
	LanguageChanged func()
}

// UI is all windows of the program. Create it with New.
type UI struct {
	app   fyne.App
	parts Parts
	o     Options
	root  kit.Env // lives until Close
	env   kit.Env // of the main window as it stands: a child of root

	main     *mainWindow
	settings *settings.Window // nil while closed
	licences *licences.Window // nil while closed

	foreground bool // a window of the program has the focus of the desktop
	watching   bool // what Options.Watching was told last

	stopWatch func()
	shown     atomic.Bool   // any window is on the screen
	news      atomic.Uint32 // the status.Change of the refresh that is on its way to the widgets; 0: there is none
	closed    bool
}

// New builds the main window, hidden, and starts watching the program. It panics
// where something is missing that is required, because that is a wiring mistake.
// It does not change the theme of a; pass kit.Theme to its settings for the
// product's look.
func New(a fyne.App, p Parts, o Options) *UI {
	if a == nil || !p.complete() || o.Post == nil || o.Now == nil {
		panic("ui: an app, all parts, Post and Now are required")
	}
	if o.After == nil {
		o.After = afterFunc
	}
	if o.HasTray == nil {
		o.HasTray = func() bool { return false }
	}
	if o.Screen == nil {
		o.Screen = func() fyne.Size { return fyne.Size{} }
	}
	if o.Watching == nil {
		o.Watching = func(bool) {}
	}
	if o.Quit == nil {
		o.Quit = func() {}
	}
	if o.LanguageChanged == nil {
		o.LanguageChanged = func() {}
	}
	u := &UI{app: a, parts: p, o: o}
	u.root = kit.Env{Work: kit.NewTasks(o.Post, o.After), Now: o.Now, Act: u.act, Shown: u.offers}
	u.env = u.root.Child()
	u.main = newMainWindow(u, u.app.NewWindow(appTitle))
	stopStatus, stopUpdates := p.Status.Watch(u.changed), p.Updates.Watch(u.updatesChanged)
	u.stopWatch = func() { stopStatus(); stopUpdates() }
	return u
}

// updatesChanged takes the word that something is known of newer versions; it comes
// from any goroutine.
func (u *UI) updatesChanged() {
	if !u.shown.Load() {
		return
	}
	u.o.Post(func() {
		if u.main.shown && !u.closed {
			u.main.answers.notes.Update()
		}
		if u.settings != nil && !u.closed {
			u.settings.Refresh()
		}
	})
}

// afterFunc is the production clock for Options.After.
func afterFunc(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

// ShowMain shows the main window, up to date, and asks for the focus.
func (u *UI) ShowMain() {
	if !u.closed {
		u.main.show()
	}
}

// ShowSettings shows the settings window at a section: one of the constants
// settings.Section…, or a credentials.Kind to open the entry of that credential.
// Anything else stays at the section that is open, or opens the first.
func (u *UI) ShowSettings(section string) {
	if u.closed {
		return
	}
	if u.settings == nil {
		u.settings = settings.New(u.settingsDeps())
	}
	u.settings.Show(section)
	u.noteShown()
}

// showLicences shows the window with the licences of what the program is made of.
func (u *UI) showLicences() {
	if u.closed {
		return
	}
	if u.licences == nil {
		u.licences = licences.New(licences.Deps{Env: u.root, Screen: u.o.Screen, Closed: func() { u.licences = nil; u.noteWatching() }})
	}
	u.licences.Show()
	u.noteWatching()
}

// AskResume shows the main window and asks there what becomes of the events
// that are held; with none held it resumes at once. UI goroutine only.
func (u *UI) AskResume() { u.act(health.ActionResume) }

// ShowEvent shows the main window with the event of that id in the detail pane.
func (u *UI) ShowEvent(id string) {
	if u.closed {
		return
	}
	u.main.show()
	u.main.events.Open(id)
	kit.ScrollIntoView(u.main.events.Box)
}

// ShowHop shows the main window with what is to be said of the hop of that name.
func (u *UI) ShowHop(name health.HopName) {
	if u.closed {
		return
	}
	u.main.show()
	if i := slices.IndexFunc(links(), func(l link) bool { return slices.Contains(l.hops, name) }); i >= 0 && !u.main.setUp {
		u.main.answers.showLink(links()[i])
	}
}

// Main returns the main window, for what a toolkit wants a window for. Show it
// with ShowMain: a window that is shown behind the back of UI is not kept up to
// date. It hides itself when it is closed.
func (u *UI) Main() fyne.Window { return u.main.win }

// CopyAddress puts the public address on the clipboard; nothing happens while
// there is none.
func (u *UI) CopyAddress() {
	if address := u.parts.Status.Status().Address; address != "" {
		u.app.Clipboard().SetContent(address)
	}
}

// SendTest shows the main window and starts the test from Vast.ai in it.
func (u *UI) SendTest() {
	if u.closed {
		return
	}
	u.main.show()
	u.main.answers.runTest(testFromVast)
}

// ShowStopping says in the main window, where that is shown, that the program is about to
// end and what it still does; nothing is drawn anew any more. It is for the time until
// Close. UI goroutine only.
func (u *UI) ShowStopping() {
	if u.closed {
		return
	}
	u.stopWatch()
	u.shown.Store(false)
	u.main.stopTicking()
	if u.main.shown {
		u.env.Work.After(stoppingDelay, u.main.closing.showStopping)
	}
}

// Close stops watching, cancels everything under way and waits until the last
// goroutine of the windows has ended. It is idempotent. The windows themselves
// are left to the toolkit.
func (u *UI) Close() {
	if u.closed {
		return
	}
	if u.main.shown {
		u.main.frame.size.remember()
	}
	u.closed = true
	u.shown.Store(false)
	u.stopWatch() // A second time does nothing.
	u.main.stopTicking()
	u.root.Work.Close()
}

// changed takes the program's word of what is new; it comes from any goroutine.
func (u *UI) changed(news status.Change) {
	news &= status.Everything // What else is new the windows have done themselves.
	if news == 0 || !u.shown.Load() || u.news.Or(uint32(news)) != 0 {
		return
	}
	u.o.Post(func() { u.refresh(status.Change(u.news.Swap(0))) })
}

// refresh brings every shown window up to date after news.
func (u *UI) refresh(news status.Change) {
	if u.closed {
		return
	}
	if u.main.shown {
		u.main.refresh(news)
	}
	if u.settings != nil {
		u.settings.Refresh()
	}
}

// speak shows all windows in the language in use, which has changed. What is under
// way in the main window ends.
func (u *UI) speak() {
	if u.closed {
		return
	}
	u.env.Work.Cancel()
	u.env = u.root.Child()
	u.main = u.main.again()
	u.noteWatching()
	if u.settings != nil {
		u.settings.Again()
	}
	u.o.LanguageChanged()
}

// noteShown recomputes whether changes are worth a refresh.
func (u *UI) noteShown() {
	u.shown.Store(!u.closed && (u.main.shown || u.settings != nil))
	u.noteWatching()
}

// SetForeground says whether one of the windows has the focus of the desktop. UI
// goroutine only.
func (u *UI) SetForeground(yes bool) {
	u.foreground = yes
	u.noteWatching()
}

// noteWatching recomputes whether a person has the list of events before them. Which
// window has the focus is not known while there is more than the main one.
func (u *UI) noteWatching() {
	watching := !u.closed && u.foreground && u.main.shown && !u.main.setUp && u.settings == nil && u.licences == nil
	if watching != u.watching {
		u.watching = watching
		u.o.Watching(watching)
	}
}

// offers reports whether the main window shows the button of a at its top.
func (u *UI) offers(a health.Action) bool { return u.main.shown && u.main.header.offers(a) }

// act does what the button of a says, wherever that button stands.
func (u *UI) act(a health.Action) {
	u.main.answers.over.Close()
	switch a {
	case health.ActionNone:
	case health.ActionSetUp:
		u.goOnWithSetUp()
	case health.ActionReplaceKey:
		u.ShowSettings(string(credentials.VastKey))
	case health.ActionReplaceChatURL:
		u.ShowSettings(string(credentials.ChatURL))
	case health.ActionReplaceToken:
		u.ShowSettings(string(credentials.NgrokToken))
	case health.ActionReplaceTunnelmoleKey:
		u.ShowSettings(string(credentials.TunnelmoleKey))
	case health.ActionReplaceCloudflaredToken:
		u.ShowSettings(string(credentials.CloudflaredToken))
	case health.ActionReplaceHeartbeat:
		u.ShowSettings(string(credentials.HeartbeatURL))
	case health.ActionTunnelSettings:
		u.ShowSettings(settings.SectionAddress)
	case health.ActionChooseWebhook:
		u.main.show()
		webhooks.Choose(u.main.webhookDeps())
	case health.ActionReviewEdit:
		u.main.show()
		webhooks.ReviewEdits(u.main.webhookDeps(), u.main.status.Webhooks)
	case health.ActionResume:
		u.main.show()
		u.main.answers.askResume()
	default:
		u.main.show()
		u.main.answers.perform(a)
	}
}

// goOnWithSetUp leads to what is missing: in the main window while the set-up
// stands there, else in the settings.
func (u *UI) goOnWithSetUp() {
	if u.main.setUp {
		u.main.show()
		u.main.setup.GoOn()
		return
	}
	section := settings.SectionConnections
	if kind, missing := u.cardDeps().Missing(); missing {
		section = string(kind)
	}
	u.ShowSettings(section)
}

// settingsDeps is what the settings window needs.
func (u *UI) settingsDeps() settings.Deps {
	deps := u.cardDeps()
	deps.Env = u.root // It outlives the main window as it stands.
	return settings.Deps{
		Deps: deps, Parts: u.parts.Settings,
		Status: u.parts.Status.Status, HasTray: u.o.HasTray, Screen: u.o.Screen, About: u.o.About,
		Preview: u.parts.Messages.Preview,
		On: settings.Callbacks{
			Quit: u.o.Quit, ShowLicences: u.showLicences,
			Closed:          func() { u.settings = nil; u.noteShown() },
			LanguageChanged: u.speak,
		},
	}
}

// cardDeps is what the cards of the credentials need.
func (u *UI) cardDeps() cards.Deps {
	return cards.Deps{
		Env: u.env, Keeper: u.parts.Credentials, Settings: u.parts.Settings.Store.Settings, Vendors: cards.InLanguage(u.o.Vendors),
		Demo: func() bool { return u.parts.Status.Status().Demo },
		Rename: func(ctx context.Context, label string) error {
			return u.parts.Settings.Store.ChangeSettings(ctx, func(s *config.Settings) { s.Label = label })
		},
	}
}

// About is what the settings say of the program.
type About = settings.About
