package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Row is one line of a List: a mark, a sign beside it, a title, and a time at the
// end.
type Row struct {
	widget.BaseWidget
	list   *List
	at     int               // in list
	held   fyne.KeyModifier  // at the last press of a mouse button
	ground *canvas.Rectangle // visible where the row is one of several that are selected
	mark   *widget.Icon
	sign   *widget.Icon
	title  *widget.Label
	when   *widget.Label
}

// RowContent is what a Row shows.
type RowContent struct {
	Mark   fyne.Resource
	Sign   fyne.Resource // small, beside the mark; nil leaves its place empty
	Title  string
	Bold   bool // the title stands out
	Picked bool // the row is one of several that are selected
	When   string
}

var (
	_ fyne.Tappable     = (*Row)(nil)
	_ desktop.Mouseable = (*Row)(nil)
)

// signSize is the width and height of a row's sign.
const signSize = 10

// NewRow returns an empty row of l.
func (l *List) NewRow() *Row {
	r := &Row{
		list:   l,
		ground: canvas.NewRectangle(color.Transparent),
		mark:   widget.NewIcon(nil),
		sign:   widget.NewIcon(nil),
		title:  Ellipsis(Label("")),
		when:   SmallLine(""),
	}
	r.ground.CornerRadius = theme.SelectionRadiusSize()
	r.when.Alignment = fyne.TextAlignTrailing
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer lays the parts out in a line.
func (r *Row) CreateRenderer() fyne.WidgetRenderer {
	sign := container.NewGridWrap(fyne.NewSquareSize(signSize), r.sign)
	marks := container.New(layout.NewCustomPaddedHBoxLayout(0), container.NewPadded(r.mark), CenterVertically(sign))
	return widget.NewSimpleRenderer(container.NewStack(r.ground, Border(nil, nil, marks, CenterVertically(r.when), r.title)))
}

// Set shows c as row i of the list.
func (r *Row) Set(i int, c RowContent) {
	r.at = i
	r.colour(c.Picked)
	wider := r.when.MinSize().Width
	r.mark.SetResource(c.Mark)
	r.sign.SetResource(c.Sign)
	if bold := r.title.TextStyle.Bold; bold != c.Bold {
		r.title.TextStyle.Bold = c.Bold
		r.title.Text = c.Title
		r.title.Refresh()
	} else {
		r.title.SetText(c.Title)
	}
	r.when.SetText(c.When)
	if r.when.MinSize().Width != wider {
		r.Refresh() // The title gets what the time leaves.
	}
}

// colour shows whether the row is one of several that are selected.
func (r *Row) colour(picked bool) {
	fill := color.Color(color.Transparent)
	if picked {
		fill = r.Theme().Color(theme.ColorNameSelection, fyne.CurrentApp().Settings().ThemeVariant())
	}
	if r.ground.FillColor != fill {
		r.ground.FillColor = fill
		r.ground.Refresh()
	}
}

// MouseDown notes which modifier keys are held: a tap does not say.
func (r *Row) MouseDown(e *desktop.MouseEvent) { r.held = e.Modifier }

// MouseUp is of no interest: Tapped follows.
func (r *Row) MouseUp(*desktop.MouseEvent) {}

// Tapped selects the row.
func (r *Row) Tapped(*fyne.PointEvent) {
	held := r.held
	r.held = 0
	r.list.Tapped(r.at, held)
}
