package events

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/kinds"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// searchPause is how long typing must rest before the search is run.
const searchPause = 150 * time.Millisecond

// list is the left side of the main window: search, filters and rows.
type list struct {
	v      *View
	filter *filter
	rows   *kit.List
	pages  *pages
	picks  *picks
	foot   *foot
	empty  *emptyNote
	broken *fyne.Container // the history cannot be read
	retry  *retryRow
	box    *fyne.Container

	events      []relay.Summary
	selected    string // id
	restoring   bool   // the selection is moved by us, not by the person
	everHadRows bool
}

func newList(v *View) *list {
	l := &list{v: v, filter: newFilter(), empty: newEmptyNote()}
	l.pages = &pages{l: l}
	search := l.filter.search
	search.Shortcuts = v.deps.Keys
	search.OnChanged = func(string) { l.typed() }
	search.OnSubmitted = func(string) { l.pages.restart() }
	search.Keys = map[fyne.KeyName]func(){
		fyne.KeyDown:   func() { v.deps.Win.Canvas().Focus(l.rows) },
		fyne.KeyEscape: l.escape,
	}
	l.filter.fate.OnChanged = func(string) { l.pages.restart() }
	l.filter.kind.OnChanged = func(string) { l.pages.restart() }

	l.rows = kit.NewList(func() int { return len(l.events) }, func() fyne.CanvasObject { return l.rows.NewRow() }, l.draw)
	l.rows.OnSelected = l.chosen
	l.rows.Shortcuts = v.deps.Keys
	l.rows.OnRune = func(r rune) {
		v.FocusSearch()
		search.TypedRune(r)
	}
	l.picks = newPicks(l)
	l.rows.Many = l.picks.keys()
	l.foot = newFoot(l)
	l.broken = container.NewVBox()
	l.retry = newRetryRow(v)

	l.filter.span.all.OnTapped = l.showAllTimes

	notes := container.NewVBox(l.filter.span.box, l.retry.box, l.broken)
	l.box = container.New(&listLayout{}, search, l.filter.fate, l.filter.kind, kit.Border(notes, l.foot.box, nil, nil, l.rows, l.empty.box))
	l.arrange()
	return l
}

// typed runs the search once the typing rests.
func (l *list) typed() {
	l.stopWaiting()
	l.filter.stopTyping = l.v.deps.Work.After(searchPause, l.pages.restart)
}

// stopWaiting drops the search that waits for the typing to rest.
func (l *list) stopWaiting() {
	if l.filter.stopTyping != nil {
		l.filter.stopTyping()
		l.filter.stopTyping = nil
	}
}

// arrange shows what fits the rows that there are.
func (l *list) arrange() {
	if len(l.events) > 0 && !l.everHadRows {
		l.everHadRows = true
		l.v.deps.On.FirstEvent()
	}
	l.filter.learnTypes(l.events)
	none := len(l.events) == 0
	kit.ShowIf(l.rows, !none)
	kit.ShowIf(l.empty.box, none && l.pages.read.answered && len(l.broken.Objects) == 0)
	l.picks.prune()
	l.foot.arrange()
	l.filter.span.arrange(l.v.deps.Now())
	l.retry.arrange(l.filter.query(), len(l.events))
	if none {
		l.sayNothing()
	}
	l.reselect()
	l.rows.Refresh()
	l.box.Refresh()
}

// sayNothing says why there is no row, and offers what helps.
func (l *list) sayNothing() {
	if l.filter.on() {
		l.empty.say(words.Text("events.none_matches"))
		l.empty.offer(words.Text("events.clear_filters"), l.clearFilters, true)
		return
	}
	l.empty.say(words.Text("events.none_yet"))
	l.empty.offer(l.v.deps.TestLabel, l.v.deps.On.Test, l.v.deps.Status().Receives()) // Else there is nothing to try yet.
}

// drawStatus draws anew what reads differently in another state of the program.
func (l *list) drawStatus() {
	if len(l.events) > 0 {
		l.rows.Refresh()
	} else if l.pages.read.answered {
		l.sayNothing()
		l.box.Refresh()
	}
}

// escape empties the search; once it is empty, it closes the answer above.
func (l *list) escape() {
	if l.filter.search.Text == "" {
		l.v.deps.On.Escape()
		return
	}
	l.filter.search.SetText("")
	l.pages.restart()
}

// showAllTimes lists events whenever they arrived.
func (l *list) showAllTimes() {
	l.filter.span.limit = span{}
	l.pages.restart()
	l.v.Focus()
}

func (l *list) clearFilters() {
	l.filter.clear()
	l.pages.restart()
}

// index finds the row of an id; -1 when there is none.
func (l *list) index(id string) int {
	return slices.IndexFunc(l.events, func(e relay.Summary) bool { return e.ID == id })
}

// reselect moves the selection to where the selected event now stands.
func (l *list) reselect() {
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
func (l *list) selectID(id string) {
	l.selected = id
	l.reselect()
}

// chosen is the person's choice of a single row.
func (l *list) chosen(i widget.ListItemID) {
	l.rows.At = i
	if l.restoring || i < 0 || i >= len(l.events) {
		return
	}
	l.picks.end()
	l.selected = l.events[i].ID
	l.v.open(l.selected)
}

// moveTo selects row i without opening its event.
func (l *list) moveTo(i int) {
	l.selected = l.events[i].ID
	l.restoring = true
	defer func() { l.restoring = false }()
	l.rows.SelectRow(i)
}

// draw fills the row o with event i.
func (l *list) draw(i widget.ListItemID, o fyne.CanvasObject) {
	row, ok := o.(*kit.Row)
	if !ok || i >= len(l.events) {
		return
	}
	l.pages.drawn(i)
	e := l.events[i]
	paused := l.v.deps.Status().Holds()
	when := kit.Relative(l.v.deps.Now(), e.ReceivedAt)
	if l.rows.Wide() {
		when = kit.Joined(rowNote(e, paused), when)
	}
	row.Set(i, kit.RowContent{
		Mark: rowMark(e, paused), Sign: severitySign(e.Role, e.Type),
		Title: kit.OneLine(kinds.RowTitle(e).Text(), kit.MaxLine), Bold: e.Unread,
		Picked: l.picks.has(e.ID), When: when,
	})
}
