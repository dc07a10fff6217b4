package ui

import (
	"context"
	"slices"
	"time"

	"vastrelay/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/status"
	"vastrelay/relay"
)

// A list of more rows than maxRows scrolls unevenly, because its offsets are
// short floating point numbers; older pages push the newest out instead.
const (
	pageRows = 100
	maxRows  = 500
)

// searchPause is how long typing must rest before the search is run.
const searchPause = 150 * time.Millisecond

// The first entries of the filters.
const (
	allFates = "All outcomes"
	allTypes = "All types"
)

// eventList is the left side of the main window: search, filters and rows.
type eventList struct {
	w      *mainWindow
	search *kit.Entry
	fate   *kit.SelectBox
	kind   *kit.SelectBox
	rows   *kit.List
	older  *kit.Button
	newest *kit.Button
	empty  *fyne.Container
	said   *widget.Label // in empty: why there is nothing
	helps  *kit.Button
	broken *fyne.Container // the history cannot be read
	retry  *retryRow
	box    *fyne.Container

	events      []relay.Summary
	slugs       map[string]string // the type filter: words to slug
	more        bool              // there are older events
	detached    bool              // the newest rows were dropped for older ones
	selected    string            // id
	restoring   bool              // the selection is moved by us, not by the person
	everHadRows bool
	answered    bool // there was a first answer, so that "nothing" means nothing

	stopLoad   func() // cancels the query under way; nil while there is none
	again      bool   // changed while a query was under way
	stopTyping func()
}

func newEventList(w *mainWindow) *eventList {
	l := &eventList{w: w, slugs: make(map[string]string)}
	l.search = kit.NewEntry()
	l.search.SetPlaceHolder("Search events")
	l.search.Icon = theme.SearchIcon()
	l.search.OnChanged = func(string) { l.typed() }
	l.search.OnSubmitted = func(string) { l.restart() }
	l.search.Keys = map[fyne.KeyName]func(){
		fyne.KeyDown:   func() { w.win.Canvas().Focus(l.rows) },
		fyne.KeyEscape: l.escape,
	}
	options := []string{allFates}
	for _, f := range fates() {
		options = append(options, fateWord(f))
	}
	l.fate = kit.NewSelectBox(options)
	l.fate.SetSelected(allFates)
	l.kind = kit.NewSelectBox([]string{allTypes})
	l.kind.SetSelected(allTypes)
	l.fate.OnChanged = func(string) { l.restart() }
	l.kind.OnChanged = func(string) { l.restart() }

	l.rows = kit.NewList(func() int { return len(l.events) }, func() fyne.CanvasObject { return kit.NewRow(fateMark("")) }, l.draw)
	l.rows.OnSelected = l.chosen
	l.rows.OnRune = func(r rune) {
		w.win.Canvas().Focus(l.search)
		l.search.TypedRune(r)
	}
	l.older = kit.PlainButton("Older", nil, l.loadOlder)
	l.newest = kit.PlainButton("Back to the newest", nil, l.restart)
	l.said = kit.WrappedLabel("")
	l.said.Alignment = fyne.TextAlignCenter
	l.helps = kit.TextButton("", nil)
	l.helps.Hide()
	l.empty = container.NewVBox(kit.Spacer(), l.said, container.NewCenter(l.helps), kit.Spacer())
	l.broken = container.NewVBox()
	l.retry = newRetryRow(w)

	notes := container.NewVBox(l.retry.box, l.broken)
	foot := container.NewHBox(l.older, l.newest)
	l.box = container.New(&listLayout{}, l.search, l.fate, l.kind, kit.Border(notes, foot, nil, nil, l.rows, l.empty))
	l.arrange()
	return l
}

// query is what the filters ask for.
func (l *eventList) query() relay.Query {
	q := relay.Query{Search: l.search.Text, Type: l.slugs[l.kind.Selected]}
	for _, f := range fates() {
		if fateWord(f) == l.fate.Selected {
			q.Fate = f
		}
	}
	return q
}

func (l *eventList) filtered() bool {
	q := l.query()
	return q.Search != "" || q.Type != "" || q.Fate != ""
}

// typed waits for the typing to rest.
func (l *eventList) typed() {
	if l.stopTyping != nil {
		l.stopTyping()
	}
	l.stopTyping = l.w.ui.env.Work.After(searchPause, func() {
		if l.w.shown {
			l.restart()
		}
	})
}

// restart asks for the newest page again, whatever was shown or under way.
func (l *eventList) restart() {
	if l.stopLoad != nil {
		l.stopLoad()
		l.stopLoad = nil
	}
	l.again, l.detached = false, false
	l.retry.forget()
	l.load(pageRows, func(page []relay.Summary) {
		l.events = page
		l.rows.ScrollToTop()
	})
}

// reload brings the rows up to date without moving what the person looks at.
// Rows far down in the past are left alone.
func (l *eventList) reload() {
	if l.detached {
		l.rows.Refresh()
		return
	}
	if l.stopLoad != nil {
		l.again = true
		return
	}
	l.load(min(max(len(l.events), pageRows), maxRows), l.replace)
}

// load runs the query for the newest n rows.
func (l *eventList) load(n int, show func([]relay.Summary)) {
	q := l.query()
	q.Limit = n
	l.run(q, func(page []relay.Summary) {
		l.more = len(page) == n
		show(page)
	})
}

// loadOlder appends the page after the last row.
func (l *eventList) loadOlder() {
	if l.stopLoad != nil || len(l.events) == 0 {
		return
	}
	last := l.events[len(l.events)-1]
	q := l.query()
	q.Limit, q.BeforeTime, q.BeforeID = pageRows, last.ReceivedAt, last.ID
	l.older.SetText("Loading older events" + kit.Dots)
	l.run(q, func(page []relay.Summary) {
		l.more = len(page) == pageRows
		l.events = append(l.events, page...)
		if drop := len(l.events) - maxRows; drop > 0 {
			l.events = slices.Clone(l.events[drop:])
			l.detached = true
			l.rows.ScrollRows(-drop)
		}
	})
}

// run asks the backend and hands the answer over on the UI goroutine.
func (l *eventList) run(q relay.Query, show func([]relay.Summary)) {
	l.awaitFirst()
	l.stopLoad = kit.Start(l.w.ui.env.Work, func(ctx context.Context) ([]relay.Summary, error) {
		return l.w.ui.parts.History.Events(ctx, q)
	}, func(page []relay.Summary, err error) {
		first := !l.answered
		l.stopLoad, l.answered = nil, true
		l.broken.Objects = nil
		if err != nil {
			l.broken.Objects = []fyne.CanvasObject{l.w.ui.env.ProblemPanel(kit.ProblemOf(err, "read the events"))}
		} else {
			show(page)
		}
		l.arrange()
		if first && l.w.shown && l.w.win.Canvas().Focused() == nil {
			l.w.focusFirst()
		}
		if l.again {
			l.again = false
			l.reload()
		}
	})
}

// awaitFirst says that the events are being read, once that takes long enough
// to be noticed.
func (l *eventList) awaitFirst() {
	if l.answered {
		return
	}
	l.w.ui.env.Work.After(kit.Noticeable, func() {
		if !l.answered {
			l.said.SetText("Reading the events" + kit.Dots)
			l.empty.Show()
		}
	})
}

// replace puts page in place of the rows and keeps the view where it was.
func (l *eventList) replace(page []relay.Summary) {
	top := ""
	if len(l.events) > 0 {
		top = l.events[0].ID
	}
	l.events = page
	if above := l.index(top); above > 0 && l.rows.GetScrollOffset() > 0 {
		l.rows.ScrollRows(above)
	}
}

// arrange shows what fits the rows that there are.
func (l *eventList) arrange() {
	if len(l.events) > 0 && !l.everHadRows {
		l.everHadRows = true
		if l.w.header != nil && l.w.box != nil {
			l.w.draw()
		}
	}
	l.learnTypes()
	none := len(l.events) == 0
	kit.ShowIf(l.rows, !none)
	kit.ShowIf(l.empty, none && l.answered)
	kit.ShowIf(l.older, l.more)
	l.older.SetText("Older")
	kit.ShowIf(l.newest, l.detached)
	l.retry.arrange(l.query(), len(l.events))
	if none {
		l.sayNothing()
	}
	l.reselect()
	l.rows.Refresh()
	l.box.Refresh()
}

// sayNothing says why there is no row, and offers what helps.
func (l *eventList) sayNothing() {
	if l.filtered() {
		l.said.SetText("No event matches.")
		l.helps.SetText("Clear the filters")
		l.helps.OnTapped = l.clearFilters
		l.helps.Show()
		return
	}
	l.said.SetText("Vast.ai events appear here, newest first, as they arrive.")
	l.helps.SetText(testFromVast.title())
	l.helps.OnTapped = func() { l.w.runTest(testFromVast) }
	kit.ShowIf(l.helps, counted(l.w.status)) // Else there is nothing to try yet.
}

// escape empties the search; once it is empty, it closes the answer above.
func (l *eventList) escape() {
	if l.search.Text == "" {
		l.w.slot.Clear()
		return
	}
	l.search.SetText("")
	l.restart()
}

func (l *eventList) clearFilters() {
	l.search.SetText("")
	l.fate.SetSelected(allFates)
	l.kind.SetSelected(allTypes)
	l.restart()
}

// learnTypes offers every type that was seen so far in the filter.
func (l *eventList) learnTypes() {
	known := len(l.slugs)
	for _, e := range l.events {
		if e.Type != "" {
			l.slugs[kit.OneLine(relay.TypeWords(e.Type), 60)] = e.Type
		}
	}
	if len(l.slugs) == known && len(l.kind.Options) > 1 {
		return
	}
	words := make([]string, 0, len(l.slugs)+1)
	for w := range l.slugs {
		words = append(words, w)
	}
	slices.Sort(words)
	l.kind.SetOptions(append([]string{allTypes}, words...))
}

// index finds the row of an id; -1 when there is none.
func (l *eventList) index(id string) int {
	return slices.IndexFunc(l.events, func(e relay.Summary) bool { return e.ID == id })
}

// reselect moves the selection to where the selected event now stands.
func (l *eventList) reselect() {
	l.restoring = true
	defer func() { l.restoring = false }()
	offset := l.rows.GetScrollOffset()
	if i := l.index(l.selected); i >= 0 {
		l.rows.SelectRow(i)
	} else {
		l.rows.UnselectAll()
		l.rows.At = -1
	}
	l.rows.ScrollToOffset(offset)
}

// selectID selects the event of that id, now or when its row is loaded.
func (l *eventList) selectID(id string) {
	l.selected = id
	l.reselect()
}

// chosen is the person's choice of a row.
func (l *eventList) chosen(i widget.ListItemID) {
	l.rows.At = i
	if l.restoring || i < 0 || i >= len(l.events) {
		return
	}
	l.selected = l.events[i].ID
	l.w.openEvent(l.selected)
}

// draw fills the row o with event i.
func (l *eventList) draw(i widget.ListItemID, o fyne.CanvasObject) {
	row, ok := o.(*kit.Row)
	if !ok || i >= len(l.events) {
		return
	}
	e := l.events[i]
	when := kit.Relative(l.w.ui.env.Now(), e.ReceivedAt)
	if l.rows.Wide() {
		note := fateNote(e.Fate)
		if e.Fate == relay.FateWaiting && l.w.status.Phase == status.Paused {
			note = "held"
		}
		when = kit.Joined(note, when)
	}
	row.Set(fateMark(e.Fate), kit.OneLine(relay.ShortTitle(e.Title), kit.MaxLine), when)
}
