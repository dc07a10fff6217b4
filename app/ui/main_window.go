package ui

import (
	"time"

	"vastrelay/app/ui/events"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/notes"
	"vastrelay/app/ui/setup"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/status"
)

// The first size of the main window.
const mainWidth, mainHeight = 980, 640

// appTitle is the title of the main window, but for how many events are unread.
const appTitle = "Vast Relay"

// eventsLeast is the least height of the events, or of the set-up in their
// place: where the window has less, all of its content scrolls.
const eventsLeast = 220

// tickEvery is how often the relative times of a shown window are redrawn.
const tickEvery = 30 * time.Second

// mainWindow is the window with the state and the events.
type mainWindow struct {
	ui    *UI
	win   fyne.Window
	shown bool

	status status.Status
	header *header
	events *events.View
	space  *spacePane // nil outside the demo
	setup  *setup.View
	frame  *frame

	answers  *answers
	closing  *closing
	keys     *windowKeys
	setUp    bool // the set-up stands in place of the events
	stopTick func()
}

// newMainWindow fills win, and takes it over from what filled it before.
func newMainWindow(u *UI, win fyne.Window) *mainWindow {
	w := &mainWindow{ui: u, win: win, status: u.parts.Status.Status()}
	w.answers = &answers{w: w, slot: kit.NewCardSlot(w.relayout)}
	w.closing, w.keys = &closing{w: w}, &windowKeys{w: w}
	w.events = events.New(w.eventsDeps())
	w.header = newHeader(w)
	w.answers.notes = notes.New(w.notesDeps())
	w.setup = setup.New(w.setupDeps())
	top := container.NewVBox(w.header.box, w.answers.notes.Box, w.answers.slot.Box, widget.NewSeparator())
	w.setup.Box.Hide()
	w.showUnread(0)
	size := &sizeKeeper{store: u.o.Window, work: u.env.Work, win: w.win, split: w.events.Box}
	if w.status.Demo {
		size.store = nil
	}
	w.frame = newFrame(top, kit.MinSize(0, eventsLeast, container.NewStack(w.events.Box, w.setup.Box)), size)
	w.win.SetContent(w.frame.content(func() { w.answers.over.Close() }))
	w.frame.size.recall()
	w.win.SetCloseIntercept(w.close)
	w.keys.bind()
	return w
}

// again returns w made anew in the same window, shown if w is.
func (w *mainWindow) again() *mainWindow {
	shown := w.shown
	if shown {
		w.frame.size.remember()
	}
	w.closing.stay()
	w.answers.over.Close()
	w.shown = false
	w.stopTicking()
	fresh := newMainWindow(w.ui, w.win)
	if shown {
		fresh.shown = true
		fresh.frame.size.fit(w.ui.o.Screen())
		fresh.refresh(status.Everything)
		fresh.begin()
	}
	return fresh
}

// begin sets going what goes on while the window is shown.
func (w *mainWindow) begin() {
	w.tick()
	w.rest(false)
	w.answers.notes.Update()
}

// show brings the window up to date and to the front.
func (w *mainWindow) show() {
	first := !w.shown
	w.shown = true
	w.ui.noteShown()
	w.refresh(status.Everything)
	w.frame.size.fit(w.ui.o.Screen())
	w.win.Show()
	w.frame.size.fit(w.ui.o.Screen()) // Now its scale is known.
	w.win.RequestFocus()
	if first {
		w.focusFirst()
		w.begin()
	}
}

// focusFirst puts the focus where a person most likely goes on. Where the events
// are not read yet, it waits for them.
func (w *mainWindow) focusFirst() {
	switch {
	case w.setUp:
		w.setup.GoOn()
	case w.status.Phase == status.Attention && w.header.mend.shown():
		w.win.Canvas().Focus(w.header.mend.button)
	default:
		w.events.Focus()
	}
}

// hide takes the window off the screen and stops all that moves in it.
func (w *mainWindow) hide() {
	if w.shown {
		w.frame.size.remember()
	}
	w.shown = false
	w.ui.noteShown()
	w.stopTicking()
	w.answers.over.Close()
	w.events.Hide()
	w.rest(true)
	w.setup.CloseEntries()
	if w.answers.slot.Key == "test" && !w.answers.testing {
		w.answers.slot.Clear() // An answer of another day says nothing any more.
	}
	if w.status.Phase != status.Setup {
		w.setUp = false
	}
	w.win.Hide()
}

// rest stops what moves in the window, or lets it go on.
func (w *mainWindow) rest(yes bool) {
	w.answers.slot.Rest(yes)
	w.setup.Rest(yes || !w.setUp)
}

// tick redraws now and then, while the window is shown, what becomes old by itself.
func (w *mainWindow) tick() {
	w.stopTick = w.ui.env.Work.After(tickEvery, func() {
		if w.shown {
			w.events.Tick()
			if !w.status.Backlog.IsZero() {
				w.header.drawFacts(w.status) // How long it still takes.
			}
			w.answers.notes.Update() // The program may have been replaced meanwhile.
			if w.ui.settings != nil {
				w.ui.settings.Refresh()
			}
			w.tick()
		}
	})
}

func (w *mainWindow) stopTicking() {
	if w.stopTick != nil {
		w.stopTick()
		w.stopTick = nil
	}
}

// refresh draws the current snapshot, and asks for the events where news says
// that they are others.
func (w *mainWindow) refresh(news status.Change) {
	before := w.status
	w.status = w.ui.parts.Status.Status()
	w.answers.settle(before, w.status)
	w.answers.followPause(w.status)
	w.draw()
	w.events.Refresh(news)
}

// refreshShown is refresh after anything while the window is shown; a hidden one
// asks for nothing.
func (w *mainWindow) refreshShown() {
	if w.shown {
		w.refresh(status.Everything)
	}
}

// draw renders the snapshot that is held.
func (w *mainWindow) draw() {
	before := w.setUp
	if w.status.Phase == status.Setup {
		w.setUp = !w.events.HadEvents() // only until there is something to look at
	}
	w.setup.Rest(!w.shown || !w.setUp)
	if w.setUp {
		w.setup.Update(w.status)
	}
	kit.ShowIf(w.setup.Box, w.setUp)
	kit.ShowIf(w.events.Box, !w.setUp)
	w.answers.retry.follow(w.status)
	w.header.update(w.status)
	w.showDemoSpace()
	w.answers.drawLink()
	w.ui.noteWatching()
	w.relayout()
	if w.setUp && !before && w.shown {
		w.win.Canvas().Unfocus() // The events have it, which the set-up takes the place of.
		w.setup.GoOn()
	}
}

// relayout places everything anew: something changed its size.
func (w *mainWindow) relayout() { w.frame.relayout() }

// endSetUp leaves the set-up for the events. While something is missing it
// stays.
func (w *mainWindow) endSetUp() {
	if w.setUp && w.status.Phase != status.Setup {
		w.setUp = false
		w.draw()
		w.focusFirst()
	}
}

// showUnread says in the title, which task bars show, how many events are unread.
func (w *mainWindow) showUnread(n int) {
	title := appTitle
	if w.status.Demo {
		title = words.Text("window.title_demo")
	}
	if unread := status.Unread(n); unread != "" {
		title = words.Text("window.title_unread", words.Args{"Title": title, "Unread": unread})
	}
	if title != w.win.Title() {
		w.win.SetTitle(title)
	}
}

// showDemoSpace shows the demo its Chat space beside the events.
func (w *mainWindow) showDemoSpace() {
	if !w.status.Demo {
		return
	}
	if w.space == nil {
		w.space = newSpacePane(w.ui)
		w.events.ShareDetail(words.Text("window.demo.space"), w.space.box)
	}
	w.space.update(w.ui.parts.Demo.DemoSpace())
}

// close is what the close button and Ctrl+W do: hide into the tray at once, or, where
// there is none, ask, because the relaying would end.
func (w *mainWindow) close() {
	if !w.ui.o.HasTray() {
		w.closing.askQuitWithoutTray()
		return
	}
	w.hide()
	w.closing.sayFirstTime()
}
