package kit

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Row is one line of a list: a mark, a sign beside it, a title, and a time at the
// end.
type Row struct {
	widget.BaseWidget
	mark  *widget.Icon
	sign  *widget.Icon
	title *widget.Label
	when  *widget.Label
}

// RowContent is what a Row shows.
type RowContent struct {
	Mark  fyne.Resource
	Sign  fyne.Resource // small, beside the mark; nil leaves its place empty
	Title string
	When  string
}

// signSize is the width and height of a row's sign.
const signSize = 10

// NewRow returns an empty row.
func NewRow() *Row {
	r := &Row{
		mark:  widget.NewIcon(nil),
		sign:  widget.NewIcon(nil),
		title: Ellipsis(Label("")),
		when:  SmallLine(""),
	}
	r.when.Alignment = fyne.TextAlignTrailing
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer lays the parts out in a line.
func (r *Row) CreateRenderer() fyne.WidgetRenderer {
	sign := container.NewGridWrap(fyne.NewSquareSize(signSize), r.sign)
	marks := container.New(layout.NewCustomPaddedHBoxLayout(0), container.NewPadded(r.mark), CenterVertically(sign))
	return widget.NewSimpleRenderer(Border(nil, nil, marks, CenterVertically(r.when), r.title))
}

// Set shows c.
func (r *Row) Set(c RowContent) {
	r.mark.SetResource(c.Mark)
	r.sign.SetResource(c.Sign)
	r.title.SetText(c.Title)
	wider := r.when.MinSize().Width
	r.when.SetText(c.When)
	if r.when.MinSize().Width != wider {
		r.Refresh() // The title gets what the time leaves.
	}
}

// List is a list whose arrow keys move the selection itself, so that what
// stands beside it follows the keyboard. Whoever sets OnSelected keeps at.
type List struct {
	widget.List
	At     int        // the selected row; -1 for none
	OnRune func(rune) // takes what is typed into the list; nil: nobody does
}

// NewList returns a list of as many rows as length says. create makes a row, and
// draw fills one.
func NewList(length func() int, create func() fyne.CanvasObject, draw func(widget.ListItemID, fyne.CanvasObject)) *List {
	l := &List{At: -1}
	l.Length = length
	l.CreateItem = create
	l.UpdateItem = draw
	l.HideSeparators = true
	l.ExtendBaseWidget(l)
	return l
}

// Resize places the rows and draws them anew when the new width shows more or
// less of each.
func (l *List) Resize(size fyne.Size) {
	before := l.Size().Width
	l.List.Resize(size)
	if wideRow(before) != wideRow(size.Width) {
		l.Refresh()
	}
}

// Wide reports whether a row has room for its outcome in words.
func (l *List) Wide() bool { return wideRow(l.Size().Width) }

// wideRow reports whether a row of that width has room for its outcome in words.
func wideRow(width float32) bool { return width >= 400 }

// FocusGained shows where the arrow keys begin, and brings that into view.
func (l *List) FocusGained() {
	ScrollIntoView(l)
	if l.Length() > 0 {
		row, _ := l.begin()
		l.Highlight(row)
	}
	l.List.FocusGained()
}

// begin returns the row where the arrow keys begin: the selected one, or, when
// that is out of sight, the first that is whole in view.
func (l *List) begin() (row int, selected bool) {
	first := int(math.Ceil(float64(l.GetScrollOffset() / l.RowHeight())))
	last := first + max(int(l.Size().Height/l.RowHeight()), 1) - 1
	if l.At >= first && l.At <= last {
		return l.At, true
	}
	return min(first, l.Length()-1), false
}

// SelectRow selects row i, also when another event stood there before.
func (l *List) SelectRow(i int) {
	l.At = i
	l.Highlight(i)
	l.Select(i)
}

// TypedKey moves the selection by keys.
func (l *List) TypedKey(key *fyne.KeyEvent) {
	last := l.Length() - 1
	page := max(int(l.Size().Height/l.RowHeight())-1, 1)
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
func (l *List) TypedRune(r rune) {
	if l.OnRune != nil && r != ' ' {
		l.OnRune(r)
	}
}

// ScrollRows scrolls by n rows, to keep the view still while rows come or go above.
func (l *List) ScrollRows(n int) {
	l.ScrollToOffset(max(l.GetScrollOffset()+float32(n)*l.RowHeight(), 0))
}

// RowHeight is the height of one row with its padding.
func (l *List) RowHeight() float32 {
	return l.CreateItem().MinSize().Height + l.Theme().Size(theme.SizeNamePadding)
}
