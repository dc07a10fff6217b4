package ui

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// eventRow is one line of a list: a mark, a title, and a time at the end.
type eventRow struct {
	widget.BaseWidget
	icon  *widget.Icon
	title *widget.Label
	when  *widget.Label
}

func newEventRow(icon fyne.Resource) *eventRow {
	r := &eventRow{
		icon:  widget.NewIcon(icon),
		title: ellipsis(body("")),
		when:  quiet(""),
	}
	r.when.Alignment = fyne.TextAlignTrailing
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer lays the three parts out in a line.
func (r *eventRow) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(border(nil, nil, container.NewPadded(r.icon), middle(r.when), r.title))
}

func (r *eventRow) set(icon fyne.Resource, title, when string) {
	r.icon.SetResource(icon)
	r.title.SetText(title)
	wider := r.when.MinSize().Width
	r.when.SetText(when)
	if r.when.MinSize().Width != wider {
		r.Refresh() // The title gets what the time leaves.
	}
}

// rowList is a list whose arrow keys move the selection itself, so that what
// stands beside it follows the keyboard. Whoever sets OnSelected keeps at.
type rowList struct {
	widget.List
	at    int        // the selected row; -1 for none
	typed func(rune) // takes what is typed into the list; nil: nobody does
}

func newRowList(length func() int, create func() fyne.CanvasObject, draw func(widget.ListItemID, fyne.CanvasObject)) *rowList {
	l := &rowList{at: -1}
	l.Length = length
	l.CreateItem = create
	l.UpdateItem = draw
	l.HideSeparators = true
	l.ExtendBaseWidget(l)
	return l
}

// Resize places the rows and draws them anew when the new width shows more or
// less of each.
func (l *rowList) Resize(size fyne.Size) {
	before := l.Size().Width
	l.List.Resize(size)
	if wideRow(before) != wideRow(size.Width) {
		l.Refresh()
	}
}

// wide reports whether a row has room for its outcome in words.
func (l *rowList) wide() bool { return wideRow(l.Size().Width) }

// wideRow reports whether a row of that width has room for its outcome in words.
func wideRow(width float32) bool { return width >= 400 }

// FocusGained shows where the arrow keys begin, and brings that into view.
func (l *rowList) FocusGained() {
	bringIntoView(l)
	if l.Length() > 0 {
		row, _ := l.begin()
		l.Highlight(row)
	}
	l.List.FocusGained()
}

// begin returns the row where the arrow keys begin: the selected one, or, when
// that is out of sight, the first that is whole in view.
func (l *rowList) begin() (row int, selected bool) {
	first := int(math.Ceil(float64(l.GetScrollOffset() / l.rowHeight())))
	last := first + max(int(l.Size().Height/l.rowHeight()), 1) - 1
	if l.at >= first && l.at <= last {
		return l.at, true
	}
	return min(first, l.Length()-1), false
}

// selectRow selects row i, also when another event stood there before.
func (l *rowList) selectRow(i int) {
	l.at = i
	l.Highlight(i)
	l.Select(i)
}

// TypedKey moves the selection by keys.
func (l *rowList) TypedKey(key *fyne.KeyEvent) {
	last := l.Length() - 1
	page := max(int(l.Size().Height/l.rowHeight())-1, 1)
	to, selected := l.begin()
	switch key.Name {
	case fyne.KeyDown:
		if selected {
			to++
		}
	case fyne.KeyUp:
		if selected {
			to--
		}
	case fyne.KeyPageDown:
		to += page
	case fyne.KeyPageUp:
		to -= page
	case fyne.KeyHome:
		to = 0
	case fyne.KeyEnd:
		to = last
	case fyne.KeySpace:
		l.List.TypedKey(key)
		return
	default:
		passOn(l, key)
		return
	}
	if last >= 0 {
		to = min(max(to, 0), last)
		l.Highlight(to)
		l.Select(to)
	}
}

// TypedRune hands on what is typed, such as the beginning of a search. Space
// belongs to the list.
func (l *rowList) TypedRune(r rune) {
	if l.typed != nil && r != ' ' {
		l.typed(r)
	}
}

// shift scrolls by n rows, to keep the view still while rows come or go above.
func (l *rowList) shift(n int) {
	l.ScrollToOffset(max(l.GetScrollOffset()+float32(n)*l.rowHeight(), 0))
}

// rowHeight is the height of one row with its padding.
func (l *rowList) rowHeight() float32 {
	return l.CreateItem().MinSize().Height + l.Theme().Size(theme.SizeNamePadding)
}
