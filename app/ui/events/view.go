// Package events is the part of the main window that shows events: the list with
// its search and filters, all that is known of one of them with what can be done
// about it, and the line that shows when events came.
//
// # Concurrency
//
// Everything belongs to the goroutine that runs the toolkit's event loop. The
// history is read, and events are posted again, in goroutines of Deps.Work.
//
// # Ownership
//
// New builds a View that reads nothing until Refresh. The window lays it out, tells
// it what happens to the window, and ends its work with Deps.Work.
package events

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/status"
	"vastrelay/app/timeline"
	"vastrelay/app/ui/activity"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// History reads the events that are kept.
type History interface {
	// Events lists the events that q selects, newest first.
	Events(ctx context.Context, q relay.Query) ([]relay.Summary, error)
	// Event returns all that is known of one event, or relay.ErrNotFound.
	Event(ctx context.Context, id string) (relay.Detail, error)
	activity.Source

	// Unread counts the events that nobody has read, up to a bound.
	Unread(ctx context.Context) (int, error)
	// MarkRead notes that a person has read the events of those ids.
	MarkRead(ctx context.Context, ids ...string) error
	// MarkAllRead notes that a person has read all events.
	MarkAllRead(ctx context.Context) error
}

// Exporter writes events into files.
type Exporter interface {
	// Export writes the events that q selects into the file at path, in the form
	// that its name asks for. progress is told how many of how many are written, on
	// the goroutine of the call.
	Export(ctx context.Context, path string, q relay.Query, progress func(done, total int)) error
}

// Resender posts events once more.
type Resender interface {
	// Resend posts events again: dead letters under their ids, delivered ones
	// marked as resent. It returns how many posts that makes.
	Resend(ctx context.Context, ids ...string) (posts int, err error)
	// ResendDead posts everything again that was given up.
	ResendDead(ctx context.Context) (posts int, err error)
	// PostAnyway posts a late event although it was late.
	PostAnyway(ctx context.Context, id string) error
}

// paneLeast is the least width of what stands beside the list.
const paneLeast = 220

// Deps is what the view of the events needs of the window around it. Every
// field is required.
type Deps struct {
	kit.Env
	Win      fyne.Window
	Keys     []kit.Shortcut // what the search passes on to the window
	History  History
	Resender Resender
	Exporter Exporter
	Routes   Routes
	Periods  activity.Periods
	Status   func() status.Status // the snapshot that the window shows
	Form     func() relay.Rung    // in which form Chat gets events

	// Preview returns what Chat shows of an event in that form.
	Preview func(relay.Event, relay.Rung) relay.Preview

	OS        string // as runtime.GOOS has it: which shell a copied command is for
	TestLabel string // on the button that sends a test, where there is no event yet
	On        Callbacks
}

// Callbacks tell the window what happens in the view. They are called on the UI
// goroutine, and never before New has returned.
type Callbacks struct {
	Test        func()                           // the button that sends a test was tapped
	FirstAnswer func()                           // the history was read for the first time
	FirstEvent  func()                           // the list has rows for the first time
	Unread      func(n int)                      // so many events are unread
	Open        func()                           // an event is opened in the detail pane
	Posted      func()                           // an attempt to post events again has ended
	Failed      func(headline string, err error) // it failed, and nothing in view says so
	Escape      func()                           // Escape was pressed in the empty search
	Relayout    func()                           // the line of activity came or went
}

// View is the list of the events with the opened one beside it, and the
// line that shows when events came, which stands elsewhere in the window.
type View struct {
	deps     Deps
	list     *list
	detail   *detailPane
	activity *activity.Picture
	unread   *unread
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

// New builds the view. It reads nothing until Refresh.
func New(d Deps) *View {
	v := &View{deps: d}
	v.unread = &unread{v: v}
	v.list = newList(v)
	v.detail = newDetailPane(v)
	v.activity = activity.New(activity.Deps{
		Env: d.Env, Source: d.History, Periods: d.Periods, Status: d.Status,
		Open:   func(from, to time.Time) { v.showSpan(span{from, to}) },
		Failed: d.On.Failed, Relayout: d.On.Relayout,
	})
	v.pane = container.NewStack(v.detail.box)
	v.Box = container.NewHSplit(v.list.box, kit.MinSize(paneLeast, 0, v.pane))
	return v
}

// CloseCalendar takes the calendar of Go to date away, and reports whether there was one.
func (v *View) CloseCalendar() bool { return v.list.foot.date.closeCalendar() }

// EndSelecting goes back from several selected events to one, in the list.
func (v *View) EndSelecting() {
	if v.list.picks.on() {
		v.list.picks.end()
		v.Focus()
	}
}

// Activity is the line that shows when events came, to be laid out by the window.
func (v *View) Activity() fyne.CanvasObject { return v.activity.Box }

// Refresh draws the snapshot of the window, and reads what is shown anew where
// news says that the events are others.
func (v *View) Refresh(news status.Change) {
	v.list.filter.follow(v.deps.Status().Holds())
	v.activity.Refresh(news)
	if !news.Has(status.EventsChanged) {
		v.list.drawStatus()
		v.detail.drawStatus()
		return
	}
	v.list.pages.reload()
	v.unread.show()
	if v.opened.id != "" {
		v.loadDetail()
	}
}

// Tick brings up to date what changes as time passes.
func (v *View) Tick() {
	v.list.rows.Refresh()
	v.list.filter.span.arrange(v.deps.Now())
	v.detail.tick()
	v.activity.Tick()
}

// Hide gives up what is under way only for a person who looks.
func (v *View) Hide() {
	v.list.stopWaiting()
	v.activity.Hide()
	v.unread.hide()
}

// HadEvents reports whether the list has had rows since New.
func (v *View) HadEvents() bool { return v.list.everHadRows }

// Open selects the event of that id, now or when its row is read, and shows all
// that is known of it.
func (v *View) Open(id string) {
	v.list.selectID(id)
	v.open(id)
}

// open shows the event of that id in the detail pane.
func (v *View) open(id string) {
	v.opened.id = id
	v.unread.read(id)
	v.deps.On.Open()
	if v.tabs != nil {
		v.tabs.SelectIndex(1)
	}
	v.detail.loading(id)
	v.loadDetail()
}

// loadDetail reads the opened event.
func (v *View) loadDetail() {
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
func (v *View) ShareDetail(title string, o fyne.CanvasObject) {
	v.tabs = container.NewAppTabs(container.NewTabItem(title, o), container.NewTabItem(words.Text("events.detail.tab"), v.detail.box))
	v.pane.Objects = []fyne.CanvasObject{v.tabs}
	v.pane.Refresh()
}

// OpenNewest opens the newest of all events.
func (v *View) OpenNewest() {
	v.ShowFate("")
	kit.Start(v.deps.Work, func(ctx context.Context) ([]relay.Summary, error) {
		return v.deps.History.Events(ctx, relay.Query{Limit: 1})
	}, func(newest []relay.Summary, err error) {
		if err == nil && len(newest) > 0 { // else the list says what is wrong
			v.Open(newest[0].ID)
		}
	})
}

// ShowFate lists the events with that fate alone, from the newest on, and puts the focus
// there; an empty one lists all.
func (v *View) ShowFate(fate relay.Fate) {
	v.list.filter.clear()
	v.list.filter.fate.SetSelectedIndex(1 + slices.Index(timeline.Fates(), fate))
	v.showFiltered()
}

// ShowToday lists the events that arrived since midnight, all of them, from the newest
// on, and puts the focus there.
func (v *View) ShowToday() { v.showSpan(dayOf(v.deps.Now())) }

// showSpan lists the events that arrived in s alone.
func (v *View) showSpan(s span) {
	v.list.filter.clear()
	v.list.filter.span.limit = s
	v.showFiltered()
}

// showFiltered lists what the filters ask for, which were just set.
func (v *View) showFiltered() {
	v.list.stopWaiting()
	v.list.pages.restart()
	v.Focus()
}

// Focus puts the focus where a person most likely goes on. Until the events are
// read for the first time it does nothing.
func (v *View) Focus() {
	focus := v.deps.Win.Canvas().Focus
	switch l := v.list; {
	case !l.pages.read.answered:
	case len(l.events) > 0:
		focus(l.rows)
	case l.empty.helps.Visible():
		focus(l.empty.helps)
	default:
		focus(l.filter.search)
	}
}

// FocusSearch puts the focus into the search.
func (v *View) FocusSearch() { v.deps.Win.Canvas().Focus(v.list.filter.search) }
