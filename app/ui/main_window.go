package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/bridge"
	"vastrelay/relay"
)

// The sizes of the main window.
const (
	mainWidth, mainHeight     = 980, 640
	mainLeastWide, mainLeastH = 720, 480
)

// tickEvery is how often the relative times of a shown window are redrawn.
const tickEvery = 30 * time.Second

// mainWindow is the window with the state and the events.
type mainWindow struct {
	ui    *UI
	win   fyne.Window
	shown bool

	status bridge.Status
	header *header
	slot   *slot
	list   *eventList
	detail *detailPane

	activity *activityRow
	space    *spacePane // nil outside the demo
	tabs     *container.AppTabs
	side     *fyne.Container
	setup    *setupView
	events   *container.Split
	box      *fyne.Container

	steps    *stepList    // what last ran in the slot; nil before
	stepsKey string       // where in the slot that is
	asking   bool         // a question lies over the window
	hops     []bridge.Hop // what the slot explains, when it explains hops
	opened   string       // the event in the detail pane; empty for none
	stopLoad func()       // cancels the loading of its detail
	stopTick func()
	testing  bool
}

func newMainWindow(u *UI) *mainWindow {
	w := &mainWindow{ui: u, win: u.app.NewWindow("Vast Relay"), status: u.o.Backend.Status()}
	w.activity = newActivityRow(w)
	w.header = newHeader(w)
	w.slot = newSlot(func() { w.box.Refresh() })
	w.list = newEventList(w)
	w.detail = newDetailPane(u)
	w.setup = newSetupView(u)
	w.side = container.NewStack(w.detail.box)
	w.events = container.NewHSplit(w.list.box, w.side)
	w.events.SetOffset(0.46)
	top := container.NewVBox(w.header.box, w.slot.box, widget.NewSeparator())
	w.box = border(top, nil, nil, nil, w.events, w.setup.box)
	w.setup.box.Hide()

	w.win.SetContent(atLeast(mainLeastWide, mainLeastH, container.NewPadded(w.box)))
	w.win.Resize(fyne.NewSize(mainWidth, mainHeight))
	w.win.SetCloseIntercept(w.close)
	w.shortcuts()
	return w
}

// show brings the window up to date and to the front.
func (w *mainWindow) show() {
	first := !w.shown
	w.shown = true
	w.ui.noteShown()
	w.refresh()
	w.win.Show()
	w.win.RequestFocus()
	if first {
		w.focusFirst()
		w.tick()
		w.rest(false)
	}
}

// focusFirst puts the focus where a person most likely goes on.
func (w *mainWindow) focusFirst() {
	if w.inSetUp() {
		w.win.Canvas().Focus(w.setup.next)
		return
	}
	w.win.Canvas().Focus(w.list.search)
}

// hide takes the window off the screen and stops all that moves in it.
func (w *mainWindow) hide() {
	w.shown = false
	w.ui.noteShown()
	w.stopTicking()
	w.activity.rest()
	w.rest(true)
	w.win.Hide()
}

// rest stops what moves in the window, or lets it go on.
func (w *mainWindow) rest(yes bool) {
	if w.steps != nil && w.slot.key == w.stepsKey {
		w.steps.rest(yes)
	}
}

// tick redraws the relative times now and then while the window is shown.
func (w *mainWindow) tick() {
	w.stopTick = w.ui.o.After(tickEvery, func() {
		w.ui.o.Post(func() {
			if w.shown && !w.ui.closed {
				w.list.rows.Refresh()
				w.tick()
			}
		})
	})
}

func (w *mainWindow) stopTicking() {
	if w.stopTick != nil {
		w.stopTick()
		w.stopTick = nil
	}
}

// refresh draws the current snapshot and asks for the events.
func (w *mainWindow) refresh() {
	w.status = w.ui.o.Backend.Status()
	w.draw()
	w.list.reload()
	w.activity.reload()
	if w.opened != "" {
		w.loadDetail(w.opened)
	}
}

// draw renders the snapshot that is held.
func (w *mainWindow) draw() {
	setUp := w.inSetUp()
	if setUp {
		w.setup.update(w.status)
	}
	showIf(w.setup.box, setUp)
	showIf(w.events, !setUp)
	w.header.update(w.status)
	w.arrangeSide()
	if name, ok := openHop(w.slot.key); ok {
		w.showHop(name)
	}
	w.box.Refresh()
}

// inSetUp reports whether the steps of the set-up take the place of the
// events: only until there is something to look at.
func (w *mainWindow) inSetUp() bool {
	return w.status.Phase == bridge.PhaseSetup && !w.list.everHadRows
}

// arrangeSide gives the demo its Chat space beside the detail pane.
func (w *mainWindow) arrangeSide() {
	if !w.status.Demo {
		return
	}
	if w.space == nil {
		w.space = newSpacePane(w.ui)
		w.tabs = container.NewAppTabs(
			container.NewTabItem("Chat space", w.space.box),
			container.NewTabItem("Event", w.detail.box),
		)
		w.side.Objects = []fyne.CanvasObject{w.tabs}
		w.side.Refresh()
	}
	w.space.update(w.ui.o.Backend.DemoSpace())
}

// openEvent shows the event of that id in the detail pane.
func (w *mainWindow) openEvent(id string) {
	w.opened = id
	if w.tabs != nil {
		w.tabs.SelectIndex(1)
	}
	w.detail.loading(id)
	w.loadDetail(id)
}

func (w *mainWindow) loadDetail(id string) {
	if w.stopLoad != nil {
		w.stopLoad()
	}
	w.stopLoad = start(w.ui.work, func(ctx context.Context) (relay.Detail, error) {
		return w.ui.o.Backend.Event(ctx, id)
	}, func(d relay.Detail, err error) {
		if id == w.opened {
			w.detail.show(d, err)
		}
	})
}

// close is what the close button and Ctrl+W do: hide into the tray, or, where
// there is none, ask, because the relaying would end.
func (w *mainWindow) close() {
	if !w.ui.o.HasTray() {
		w.confirm("Quit and stop relaying?",
			"This desktop shows no tray icon to come back from. Without the program running, Vast.ai events do not reach Chat.",
			"Quit and stop relaying", "Stay open", w.ui.o.Quit)
		return
	}
	if w.ui.o.Backend.Settings().TrayHintShown {
		w.hide()
		return
	}
	if w.ui.o.OnCloseHint != nil {
		w.ui.o.OnCloseHint()
		w.rememberHint()
		w.hide()
		return
	}
	w.confirm("Vast Relay goes on relaying",
		"Its bell icon in the tray brings this window back, and quits the program when you want that.",
		"Close window", "Stay open", func() { w.rememberHint(); w.hide() })
}

// rememberHint stores that the words at the first close were said.
func (w *mainWindow) rememberHint() {
	b := w.ui.o.Backend
	w.ui.work.do(func(ctx context.Context) error {
		s := b.Settings()
		s.TrayHintShown = true
		return b.SaveSettings(ctx, s)
	}, func(error) {})
}

// questionWidth is the width of the text of a question.
const questionWidth = 420

// confirm asks a question that must be answered before going on.
func (w *mainWindow) confirm(title, text, yes, no string, agreed func()) {
	if w.asking {
		return
	}
	w.asking = true
	content := atLeast(questionWidth, 0, wrapped(text))
	d := dialog.NewCustomConfirm(title, yes, no, content, func(ok bool) {
		w.asking = false
		if ok {
			agreed()
		}
	}, w.win)
	d.Show()
}
