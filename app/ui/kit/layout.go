package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
)

// Tight pulls labels that belong together over each other's own padding.
const Tight = -12

// Stack puts labels that belong together closely under each other.
func Stack(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(Tight), objects...)
}

// WithIcon puts an icon before the first line of content, whose labels have the
// common size.
func WithIcon(icon fyne.CanvasObject, content fyne.CanvasObject) *fyne.Container {
	return Border(nil, nil, CenterOnLine(icon, theme.IconInlineSize(), theme.TextSize()), nil, content)
}

// BelowIcon moves content in line with the words that stand after a mark above.
// Labels, which have a padding of their own, take LabelBelowIcon.
func BelowIcon(content fyne.CanvasObject) *fyne.Container {
	left := theme.IconInlineSize() + 3*theme.Padding() + theme.InnerPadding()
	return container.New(layout.NewCustomPaddedLayout(0, 0, left, 0), content)
}

// LabelBelowIcon moves a label in line with the words that stand after a mark above.
func LabelBelowIcon(words fyne.CanvasObject) *fyne.Container {
	left := theme.IconInlineSize() + 3*theme.Padding()
	return container.New(layout.NewCustomPaddedLayout(0, 0, left, 0), words)
}

// CenterOnLine centres an icon of that side on the first line of a label whose text
// has that size.
func CenterOnLine(icon fyne.CanvasObject, side, text float32) *fyne.Container {
	line := fyne.MeasureText("M", text, fyne.TextStyle{}).Height
	top := theme.InnerPadding() + (line-side)/2
	framed := container.New(layout.NewCustomPaddedLayout(top, 0, theme.Padding(), theme.Padding()), MinSize(side, side, icon))
	return container.NewVBox(framed)
}

// CenterVertically centres a label of another text size on the line it stands in.
func CenterVertically(o fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewVBoxLayout(), Spacer(), o, Spacer())
}

// SpacedColumn is a column with more air between its parts than a common one.
func SpacedColumn(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(theme.InnerPadding()), objects...)
}

// Rows is a column of rows that belong together but are read one by one.
func Rows(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(-theme.InnerPadding()), objects...)
}

// Border places objects like the toolkit's border container, but keeps them in
// reading order, which is also the order in which Tab reaches them.
func Border(top, bottom, left, right fyne.CanvasObject, centre ...fyne.CanvasObject) *fyne.Container {
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

// twoPassLayout lays out a second time when labels have wrapped anew for the
// width that they were given, and so need another height than before.
type twoPassLayout struct{ once fyne.Layout }

// NewTwoPassLayout returns a layout that places objects as once does.
func NewTwoPassLayout(once fyne.Layout) fyne.Layout { return twoPassLayout{once} }

// Layout places objects as once does.
func (l twoPassLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	said := l.MinSize(objects)
	l.once.Layout(objects, size)
	if l.MinSize(objects) != said {
		l.once.Layout(objects, size)
	}
}

// MinSize is that of once.
func (l twoPassLayout) MinSize(objects []fyne.CanvasObject) fyne.Size { return l.once.MinSize(objects) }

// Spacer takes what room is left.
func Spacer() fyne.CanvasObject { return layout.NewSpacer() }

// MinSize gives content a smallest size.
func MinSize(width, height float32, content fyne.CanvasObject) *fyne.Container {
	room := canvas.NewRectangle(color.Transparent)
	room.SetMinSize(fyne.NewSize(width, height))
	return container.NewStack(room, content)
}

// PadWindow keeps content off the edges of its window.
func PadWindow(content fyne.CanvasObject) *fyne.Container {
	side := theme.InnerPadding()
	return container.New(layout.NewCustomPaddedLayout(side, side, side, side), content)
}

// BesideScrollBar leaves room for the scroll bar at the right of what scrolls.
func BesideScrollBar(content fyne.CanvasObject) *fyne.Container {
	side := theme.Padding()
	return container.New(layout.NewCustomPaddedLayout(side, side, side, side+theme.InnerPadding()), content)
}

// Indent moves content in line with text that stands after a mark.
func Indent(content fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(0, 0, theme.InnerPadding(), theme.InnerPadding()), content)
}

// AlignWithText moves a ground, such as that of a card, an entry or a button, to
// where the text of the labels above and below it begins.
func AlignWithText(ground fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(0, 0, theme.InnerPadding(), 0), ground)
}

// columnWidth is the width of what is read beside a list of steps.
const columnWidth = 960

// WideColumn keeps content in a column that is easy to read although a list stands
// beside it, with that much room above and below. It begins where the window does.
func WideColumn(content fyne.CanvasObject, above, below float32) *fyne.Container {
	side := theme.Padding()
	return container.New(&columnLayout{width: columnWidth}, container.New(layout.NewCustomPaddedLayout(above, below, side, side), content))
}

// columnLayout puts its objects into a column that is at most width wide.
type columnLayout struct{ width float32 }

// Layout places the column.
func (c *columnLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	wide := fyne.Min(c.width, size.Width)
	for _, o := range objects {
		o.Resize(fyne.NewSize(wide, fyne.Max(o.MinSize().Height, size.Height)))
		o.Move(fyne.NewPos(0, 0))
	}
}

// MinSize is what the widest and highest of the objects needs.
func (c *columnLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := fyne.Size{}
	for _, o := range objects {
		least = least.Max(o.MinSize())
	}
	return least
}

// pairLayout places objects in two columns of equal width, line by line, as
// closely as Rows does.
type pairLayout struct{}

// Layout places the objects.
func (pairLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	wide := (size.Width - theme.Padding()) / 2
	y, high := float32(0), float32(0)
	for i, o := range objects {
		least := o.MinSize().Height
		if i%2 == 0 {
			y, high = y+high, 0
		}
		high = fyne.Max(high, least-theme.InnerPadding())
		o.Resize(fyne.NewSize(wide, least))
		o.Move(fyne.NewPos(float32(i%2)*(wide+theme.Padding()), y))
	}
}

// MinSize is that of the lines under each other.
func (pairLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	wide, high, line := float32(0), float32(0), float32(0)
	for i, o := range objects {
		least := o.MinSize()
		if i%2 == 0 {
			high, line = high+line, 0
		}
		line = fyne.Max(line, least.Height-theme.InnerPadding())
		wide = fyne.Max(wide, least.Width)
	}
	if len(objects) > 0 {
		line += theme.InnerPadding()
	}
	return fyne.NewSize(2*wide+theme.Padding(), high+line)
}

// ShowIf shows or hides o.
func ShowIf(o fyne.CanvasObject, yes bool) {
	if yes {
		o.Show()
	} else {
		o.Hide()
	}
}

// EnableIf enables or disables d.
func EnableIf(d fyne.Disableable, yes bool) {
	if yes {
		d.Enable()
	} else {
		d.Disable()
	}
}
