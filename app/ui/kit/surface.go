package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Surface is a rounded ground under content: a card, a panel, a bubble.
type Surface struct {
	widget.BaseWidget
	Content fyne.CanvasObject
	fill    fyne.ThemeColorName
	edge    fyne.ThemeColorName
	slim    bool // the content's own padding is all there is
}

// NewSurface puts content on the quiet ground of cards.
func NewSurface(content fyne.CanvasObject) *Surface {
	s := &Surface{Content: content, fill: theme.ColorNameHeaderBackground, edge: theme.ColorNameSeparator}
	s.ExtendBaseWidget(s)
	return s
}

// NewBand puts one line on a ground that is hardly higher than the line.
func NewBand(content fyne.CanvasObject) *Surface {
	s := NewSurface(content)
	s.slim = true
	return s
}

// CreateRenderer draws the ground in the theme's colours.
func (s *Surface) CreateRenderer() fyne.WidgetRenderer {
	r := &surfaceRenderer{s: s, ground: canvas.NewRectangle(color.Transparent)}
	r.ground.StrokeWidth = 1
	r.colour()
	return r
}

type surfaceRenderer struct {
	s      *Surface
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
	r.s.Content.Move(fyne.NewSquareOffsetPos(r.inset()))
	r.s.Content.Resize(size.SubtractWidthHeight(2*r.inset(), 2*r.inset()))
}

func (r *surfaceRenderer) MinSize() fyne.Size {
	return r.s.Content.MinSize().AddWidthHeight(2*r.inset(), 2*r.inset())
}

func (r *surfaceRenderer) Refresh() {
	r.colour()
	r.ground.Refresh()
	r.s.Content.Refresh()
	r.Layout(r.s.Size())
}

func (r *surfaceRenderer) Destroy() {}

func (r *surfaceRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.s.Content}
}
