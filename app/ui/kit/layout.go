package kit

import (
	"image/color"
	"math"

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

// BesideOrBelow puts words that wrap beside buttons or, where they would become a narrow
// column there, below them.
func BesideOrBelow(buttons, words fyne.CanvasObject) *fyne.Container {
	return container.New(&besideLayout{}, buttons, words)
}

// besideLeast is the least width of words beside buttons.
const besideLeast = 200

// besideLayout lays out BesideOrBelow.
type besideLayout struct{ below bool }

// Layout places the buttons and the words.
func (l *besideLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	buttons, words := objects[0], objects[1]
	need := fyne.Size{}
	if buttons.Visible() {
		need = buttons.MinSize()
	}
	left := size.Width - need.Width - theme.Padding()
	l.below = need.Width > 0 && words.Visible() && left < besideLeast
	if l.below {
		buttons.Resize(fyne.NewSize(size.Width, need.Height))
		buttons.Move(fyne.Position{})
		SetWidth(words, size.Width)
		words.Move(fyne.NewPos(0, need.Height))
		return
	}
	buttons.Resize(need)
	buttons.Move(fyne.NewPos(0, max(0, (size.Height-need.Height)/2)))
	high := SetWidth(words, left)
	words.Move(fyne.NewPos(need.Width+theme.Padding(), max(0, (size.Height-high)/2)))
}

// MinSize is what they take where they were placed last.
func (l *besideLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var buttons, words fyne.Size
	if objects[0].Visible() {
		buttons = objects[0].MinSize()
	}
	if objects[1].Visible() {
		words = objects[1].MinSize()
	}
	if l.below {
		return fyne.NewSize(max(buttons.Width, words.Width), buttons.Height+words.Height)
	}
	return fyne.NewSize(max(buttons.Width, words.Width), max(buttons.Height, words.Height))
}

// ButtonRow puts buttons beside each other, and into further lines where they have no
// room in one.
func ButtonRow(buttons ...fyne.CanvasObject) *fyne.Container {
	return container.New(&buttonRowLayout{}, buttons...)
}

// buttonRowLayout lays out ButtonRow.
type buttonRowLayout struct{ width float32 } // at which the buttons were placed last

// Layout places the buttons from left to right, line by line.
func (l *buttonRowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	l.place(objects, size.Width, func(o fyne.CanvasObject, at fyne.Position, need fyne.Size) {
		o.Resize(need)
		o.Move(at)
	})
}

// MinSize has the width of the widest button, and the height that all take in the width
// that they had last.
func (l *buttonRowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	width := l.width
	if width == 0 {
		width = math.MaxFloat32
	}
	least := fyne.Size{}
	l.place(objects, width, func(_ fyne.CanvasObject, at fyne.Position, need fyne.Size) {
		least = fyne.NewSize(max(least.Width, need.Width), max(least.Height, at.Y+need.Height))
	})
	return least
}

// place calls put with the place and size of each button that is shown.
func (*buttonRowLayout) place(objects []fyne.CanvasObject, width float32, put func(o fyne.CanvasObject, at fyne.Position, need fyne.Size)) {
	at, high := fyne.Position{}, float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		need := o.MinSize()
		if at.X > 0 && at.X+need.Width > width {
			at, high = fyne.NewPos(0, at.Y+high+theme.Padding()), 0
		}
		put(o, at, fyne.NewSize(min(need.Width, width), need.Height))
		at.X += need.Width + theme.Padding()
		high = max(high, need.Height)
	}
}

// SetWidth gives o that width and the height that it needs then, which it returns: words
// wrap anew for another width.
func SetWidth(o fyne.CanvasObject, width float32) (high float32) {
	o.Resize(fyne.NewSize(width, o.MinSize().Height))
	high = o.MinSize().Height
	o.Resize(fyne.NewSize(width, high))
	return high
}

// HideNarrow shows o only where it has at least that width.
func HideNarrow(width float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(narrowLayout(width), o)
}

// narrowLayout lays out HideNarrow.
type narrowLayout float32

// Layout shows the object, or hides it.
func (l narrowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		if fits := size.Width >= float32(l); fits != o.Visible() {
			ShowIf(o, fits)
		}
		o.Resize(size)
	}
}

// MinSize has the height of the object also while it is hidden.
func (l narrowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	high := float32(0)
	for _, o := range objects {
		high = max(high, o.MinSize().Height)
	}
	return fyne.NewSize(0, high)
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
