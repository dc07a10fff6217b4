package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/relay"
)

// paneLeast is the least width of what stands beside the list.
const paneLeast = 220

// eventsDeps is what the view of the events needs of the window around it. Every
// field is required. The functions that begin with On are called on the UI
// goroutine, and never before New has returned.
type eventsDeps struct {
	kit.Env
	Win      fyne.Window
	Keys     []kit.Shortcut // what the search passes on to the window
	History  History
	Resender Resender
	Status   func() status.Status // the snapshot that the window shows
	Form     func() config.Form   // in which form Chat gets events

	TestLabel string // on the button that sends a test, where there is no event yet
	OnTest    func() // that button was tapped

	OnFirstAnswer func()                        // the history was read for the first time
	OnFirstEvent  func()                        // the list has rows for the first time
	OnOpen        func()                        // an event was opened in the detail pane
	OnPosted      func()                        // an attempt to post events again has ended
	OnFail        func(doing string, err error) // it failed, and what the person looks at does not say so
	OnEscape      func()                        // Escape was pressed in the empty search
	OnRelayout    func()                        // the line of activity came or went
}

// eventsView is the list of the events with the opened one beside it, and the
// line that shows when events came, which stands elsewhere in the window.
type eventsView struct {
	deps     eventsDeps
	list     *eventList
	detail   *detailPane
	activity *activityRow
	opened   openedEvent

	pane *fyne.Container    // beside the list
	tabs *container.AppTabs // in pane, where something shares it with the detail; nil for none

	Box *container.Split
}

// openedEvent is the event in the detail pane.
type openedEvent struct {
	id       string // empty for none
	stopLoad func() // cancels the loading of its detail; nil for none
}

// newEventsView builds the view. It reads nothing until Refresh.
func newEventsView(d eventsDeps) *eventsView {
	v := &eventsView{deps: d}
	v.list = newEventList(v)
	v.detail = newDetailPane(v)
	v.activity = newActivityRow(v)
	v.pane = container.NewStack(v.detail.box)
	v.Box = container.NewHSplit(v.list.box, kit.MinSize(paneLeast, 0, v.pane))
	return v
}

// Activity is the line that shows when events came, to be laid out by the window.
func (v *eventsView) Activity() fyne.CanvasObject { return v.activity.box }

// Refresh draws the snapshot of the window, and reads what is shown anew where
// news says that the events are others.
func (v *eventsView) Refresh(news status.Change) {
	v.activity.arrange()
	if !news.Has(status.EventsChanged) {
		return
	}
	v.list.reload()
	v.activity.reload()
	if v.opened.id != "" {
		v.loadDetail()
	}
}

// Tick brings up to date what changes as time passes.
func (v *eventsView) Tick() {
	v.list.rows.Refresh()
	v.detail.tick()
	v.activity.reload()
}

// Hide gives up what is under way only for a person who looks.
func (v *eventsView) Hide() {
	v.list.stopWaiting()
	v.activity.stop()
}

// HadEvents reports whether the list has had rows since New.
func (v *eventsView) HadEvents() bool { return v.list.everHadRows }

// Open selects the event of that id, now or when its row is read, and shows all
// that is known of it.
func (v *eventsView) Open(id string) {
	v.list.selectID(id)
	v.open(id)
}

// open shows the event of that id in the detail pane.
func (v *eventsView) open(id string) {
	v.opened.id = id
	v.deps.OnOpen()
	if v.tabs != nil {
		v.tabs.SelectIndex(1)
	}
	v.detail.loading(id)
	v.loadDetail()
}

// loadDetail reads the opened event.
func (v *eventsView) loadDetail() {
	if v.opened.stopLoad != nil {
		v.opened.stopLoad()
	}
	id := v.opened.id
	v.opened.stopLoad = kit.Start(v.deps.Work, func(ctx context.Context) (relay.Detail, error) {
		return v.deps.History.Event(ctx, id)
	}, func(d relay.Detail, err error) {
		if id == v.opened.id {
			v.detail.show(d, err)
		}
	})
}

// ShareDetail puts o, under that title, beside the list: it and the detail pane
// become tabs, of which o is shown first.
func (v *eventsView) ShareDetail(title string, o fyne.CanvasObject) {
	v.tabs = container.NewAppTabs(container.NewTabItem(title, o), container.NewTabItem("Event", v.detail.box))
	v.pane.Objects = []fyne.CanvasObject{v.tabs}
	v.pane.Refresh()
}

// Focus puts the focus where a person most likely goes on. Until the events are
// read for the first time it does nothing.
func (v *eventsView) Focus() {
	focus := v.deps.Win.Canvas().Focus
	switch l := v.list; {
	case !l.read.answered:
	case len(l.events) > 0:
		focus(l.rows)
	case l.empty.helps.Visible():
		focus(l.empty.helps)
	default:
		focus(l.filter.search)
	}
}

// FocusSearch puts the focus into the search.
func (v *eventsView) FocusSearch() { v.deps.Win.Canvas().Focus(v.list.filter.search) }
