package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// tight pulls labels that belong together over each other's own padding.
const tight = -12

// surface is a rounded ground under content: a card, a panel, a bubble.
type surface struct {
	widget.BaseWidget
	content fyne.CanvasObject
	fill    fyne.ThemeColorName
	edge    fyne.ThemeColorName
	slim    bool // the content's own padding is all there is
}

// newSurface puts content on the quiet ground of cards.
func newSurface(content fyne.CanvasObject) *surface {
	s := &surface{content: content, fill: theme.ColorNameHeaderBackground, edge: theme.ColorNameSeparator}
	s.ExtendBaseWidget(s)
	return s
}

// newBand puts one line on a ground that is hardly higher than the line.
func newBand(content fyne.CanvasObject) *surface {
	s := newSurface(content)
	s.slim = true
	return s
}

// CreateRenderer draws the ground in the theme's colours.
func (s *surface) CreateRenderer() fyne.WidgetRenderer {
	r := &surfaceRenderer{s: s, ground: canvas.NewRectangle(color.Transparent)}
	r.ground.StrokeWidth = 1
	r.colour()
	return r
}

type surfaceRenderer struct {
	s      *surface
	ground *canvas.Rectangle
}

func (r *surfaceRenderer) colour() {
	th, v := r.s.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	r.ground.FillColor = th.Color(r.s.fill, v)
	r.ground.StrokeColor = th.Color(r.s.edge, v)
	r.ground.CornerRadius = th.Size(theme.SizeNameCardRadius)
}

func (r *surfaceRenderer) inset() float32 {
	if r.s.slim {
		return 0
	}
	return r.s.Theme().Size(theme.SizeNameInnerPadding)
}

func (r *surfaceRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	r.s.content.Move(fyne.NewSquareOffsetPos(r.inset()))
	r.s.content.Resize(size.SubtractWidthHeight(2*r.inset(), 2*r.inset()))
}

func (r *surfaceRenderer) MinSize() fyne.Size {
	return r.s.content.MinSize().AddWidthHeight(2*r.inset(), 2*r.inset())
}

func (r *surfaceRenderer) Refresh() {
	r.colour()
	r.ground.Refresh()
	r.s.content.Refresh()
	r.Layout(r.s.Size())
}

func (r *surfaceRenderer) Destroy() {}

func (r *surfaceRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.s.content}
}

// body returns a label of the common size; wrapped lets it take more lines.
func body(text string) *widget.Label { return widget.NewLabel(text) }

func wrapped(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// bold returns a label that heads something.
func bold(text string) *widget.Label {
	return widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
}

// secondary returns a small, quiet label of one or more lines.
func secondary(text string) *widget.Label {
	l := wrapped(text)
	l.SizeName = sizeSecondary
	l.Importance = widget.LowImportance
	return l
}

// quiet is secondary for a single line that never wraps.
func quiet(text string) *widget.Label {
	l := secondary(text)
	l.Wrapping = fyne.TextWrapOff
	return l
}

// ellipsis makes l one line that ends in dots where it does not fit.
func ellipsis(l *widget.Label) *widget.Label {
	l.Wrapping = fyne.TextWrapOff
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}

// stack puts labels that belong together closely under each other.
func stack(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(tight), objects...)
}

// lead puts an icon before the first line of content, whose labels have the
// common size.
func lead(icon fyne.CanvasObject, content fyne.CanvasObject) *fyne.Container {
	return border(nil, nil, beside(icon, theme.IconInlineSize(), theme.TextSize()), nil, content)
}

// underLead moves content in line with the words that stand after a mark above;
// underWords does so for words, which have a padding of their own.
func underLead(content fyne.CanvasObject) *fyne.Container {
	left := theme.IconInlineSize() + 3*theme.Padding() + theme.InnerPadding()
	return container.New(layout.NewCustomPaddedLayout(0, 0, left, 0), content)
}

func underWords(words fyne.CanvasObject) *fyne.Container {
	left := theme.IconInlineSize() + 3*theme.Padding()
	return container.New(layout.NewCustomPaddedLayout(0, 0, left, 0), words)
}

// beside centres an icon of that side on the first line of a label whose text
// has that size.
func beside(icon fyne.CanvasObject, side, text float32) *fyne.Container {
	line := fyne.MeasureText("M", text, fyne.TextStyle{}).Height
	top := theme.InnerPadding() + (line-side)/2
	framed := container.New(layout.NewCustomPaddedLayout(top, 0, theme.Padding(), theme.Padding()), atLeast(side, side, icon))
	return container.NewVBox(framed)
}

// middle centres a label of another text size on the line it stands in.
func middle(o fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewVBoxLayout(), spacer(), o, spacer())
}

// spaced is a column with more air between its parts than a common one.
func spaced(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(theme.InnerPadding()), objects...)
}

// rows is a column of rows that belong together but are read one by one.
func rows(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(-theme.InnerPadding()), objects...)
}

// border places objects like the toolkit's border container, but keeps them in
// reading order, which is also the order in which Tab reaches them.
func border(top, bottom, left, right fyne.CanvasObject, centre ...fyne.CanvasObject) *fyne.Container {
	var ordered []fyne.CanvasObject
	add := func(o fyne.CanvasObject) {
		if o != nil {
			ordered = append(ordered, o)
		}
	}
	add(top)
	add(left)
	ordered = append(ordered, centre...)
	add(right)
	add(bottom)
	return container.New(layout.NewBorderLayout(top, bottom, left, right), ordered...)
}

// settled lays out once more when words wrapped anew for the width that they were
// given, and so need more height or less than they said before.
type settled struct{ once fyne.Layout }

// Layout places objects as once does.
func (l settled) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	said := l.MinSize(objects)
	l.once.Layout(objects, size)
	if l.MinSize(objects) != said {
		l.once.Layout(objects, size)
	}
}

// MinSize is that of once.
func (l settled) MinSize(objects []fyne.CanvasObject) fyne.Size { return l.once.MinSize(objects) }

// spacer takes what room is left.
func spacer() fyne.CanvasObject { return layout.NewSpacer() }

// atLeast gives content a smallest size.
func atLeast(width, height float32, content fyne.CanvasObject) *fyne.Container {
	room := canvas.NewRectangle(color.Transparent)
	room.SetMinSize(fyne.NewSize(width, height))
	return container.NewStack(room, content)
}

// framed keeps content off the edges of its window.
func framed(content fyne.CanvasObject) *fyne.Container {
	side := theme.InnerPadding()
	return container.New(layout.NewCustomPaddedLayout(side, side, side, side), content)
}

// besideBar leaves room for the scroll bar at the right of what scrolls.
func besideBar(content fyne.CanvasObject) *fyne.Container {
	side := theme.Padding()
	return container.New(layout.NewCustomPaddedLayout(side, side, side, side+theme.InnerPadding()), content)
}

// indent moves content in line with text that stands after a mark.
func indent(content fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(0, 0, theme.InnerPadding(), theme.InnerPadding()), content)
}
