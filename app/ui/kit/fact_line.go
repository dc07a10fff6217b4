package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Fact is one short part of a line of facts. With OnTapped it can be tapped and has the
// colour of text, as a sign that it leads on; without, it is quiet.
type Fact struct {
	widget.BaseWidget
	OnTapped func() // nil: it leads nowhere

	label   *widget.Label
	focused bool
	hovered bool
}

func newFact() *Fact {
	f := &Fact{label: SmallLine("")}
	f.ExtendBaseWidget(f)
	return f
}

// Text is what the fact says.
func (f *Fact) Text() string { return f.label.Text }

// show makes the fact say text, in one line or, if it is to wrap, in several.
func (f *Fact) show(text string, tapped func()) {
	f.OnTapped = tapped
	f.label.Text = text
	f.style()
}

// style gives the label the look of the present state.
func (f *Fact) style() {
	f.label.Importance = widget.LowImportance
	if f.OnTapped != nil {
		f.label.Importance = widget.MediumImportance
	}
	f.label.TextStyle.Underline = f.OnTapped != nil && (f.focused || f.hovered)
	f.label.Refresh()
}

// width is what the text takes in one line.
func (f *Fact) width() float32 {
	return fyne.MeasureText(f.label.Text, theme.Size(SizeSmall), f.label.TextStyle).Width + 2*theme.InnerPadding()
}

// Tapped leads to what the fact is about.
func (f *Fact) Tapped(*fyne.PointEvent) {
	if f.OnTapped != nil {
		f.OnTapped()
	}
}

// Cursor is a hand over a fact that leads on.
func (f *Fact) Cursor() desktop.Cursor {
	if f.OnTapped == nil {
		return desktop.DefaultCursor
	}
	return desktop.PointerCursor
}

// MouseIn underlines a fact that leads on.
func (f *Fact) MouseIn(*desktop.MouseEvent) { f.hovered = true; f.style() }

// MouseMoved does nothing.
func (f *Fact) MouseMoved(*desktop.MouseEvent) {}

// MouseOut takes the line away.
func (f *Fact) MouseOut() { f.hovered = false; f.style() }

// Disabled reports whether the fact leads nowhere: Tab passes it by then.
func (f *Fact) Disabled() bool { return f.OnTapped == nil }

// Disable is there for the toolkit, which passes by what is disabled.
func (f *Fact) Disable() {}

// Enable is there for the toolkit as well.
func (f *Fact) Enable() {}

// FocusGained underlines the fact and brings it into view.
func (f *Fact) FocusGained() { f.focused = true; f.style(); ScrollIntoView(f) }

// FocusLost takes the line away.
func (f *Fact) FocusLost() { f.focused = false; f.style() }

// TypedRune does nothing.
func (f *Fact) TypedRune(rune) {}

// TypedKey leads on by Return and Space, and leaves all else to the window.
func (f *Fact) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		f.Tapped(nil)
	default:
		PassOn(f, key)
	}
}

// CreateRenderer draws the text.
func (f *Fact) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(f.label) }

// FactLine is a line of facts with dots between them. It goes on in a second line where
// the first is full, and keeps the height of both whether or not it needs them.
type FactLine struct {
	Box   *fyne.Container
	Kept  int // how many lines have room without any movement
	facts []*Fact
}

// NewFactLine returns a line without facts.
func NewFactLine() *FactLine {
	l := &FactLine{Kept: 2}
	l.Box = &fyne.Container{Layout: &factLayout{line: l}}
	return l
}

// Set makes the line show that many facts; each says what text returns, and leads on by
// tapped, unless that is nil. A fact that has the focus keeps it.
func (l *FactLine) Set(n int, fact func(i int) (text string, tapped func())) {
	for len(l.facts) < n {
		l.facts = append(l.facts, newFact())
		l.Box.Objects = append(l.Box.Objects, l.facts[len(l.facts)-1], canvas.NewCircle(color.Transparent))
	}
	for i, f := range l.facts {
		if i >= n {
			f.show("", nil)
			f.Hide()
			continue
		}
		text, tapped := fact(i)
		f.show(text, tapped)
		f.Show()
	}
	l.Box.Refresh()
}

// Fits reports whether the lines that are kept hold the facts at that width, each in one
// piece.
func (l *FactLine) Fits(width float32) bool {
	lines, x := 1, float32(0)
	for _, f := range l.facts {
		if !f.Visible() {
			continue
		}
		need := f.width()
		if need > width {
			return false
		}
		if x > 0 && x+need > width {
			lines, x = lines+1, 0
		}
		x += need
	}
	return lines <= l.Kept
}

// factLayout flows the facts of a line. Its objects are the facts, each with the dot that
// follows it.
type factLayout struct {
	line *FactLine
	high float32 // the height that the facts took when they were laid out last
}

// dotSide is the width and height of the dot between two facts.
const dotSide = 2.5

// Layout places the facts from left to right, line by line. A fact that is wider than a
// line wraps.
func (l *factLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	step, x, y := lineStep(), float32(0), float32(0)
	var before *canvas.Circle
	for i, f := range l.line.facts {
		dot, isDot := objects[2*i+1].(*canvas.Circle)
		if !isDot {
			continue
		}
		dot.Hide()
		if !f.Visible() {
			continue
		}
		need := f.width()
		if x > 0 && x+need > size.Width {
			x, y = 0, y+step
			before = nil
		}
		if before != nil {
			before.FillColor = theme.Color(theme.ColorNamePlaceHolder)
			before.Resize(fyne.NewSquareSize(dotSide))
			before.Move(fyne.NewPos(x-dotSide/2, y+theme.InnerPadding()+step/2-dotSide/2))
			before.Show()
		}
		lines := l.place(f, x, y, need, size.Width)
		y += float32(lines-1) * step
		x, before = x+need, dot
	}
	l.high = y + step + 2*theme.InnerPadding()
}

// place puts f at a place and returns how many lines it takes.
func (l *factLayout) place(f *Fact, x, y, need, wide float32) (lines int) {
	f.Move(fyne.NewPos(x, y))
	f.label.Wrapping = fyne.TextWrapOff
	if need > wide {
		f.label.Wrapping = fyne.TextWrapWord
	}
	f.Resize(fyne.NewSize(min(need, wide), lineStep()+2*theme.InnerPadding()))
	if need <= wide {
		return 1
	}
	high := f.MinSize().Height
	f.Resize(fyne.NewSize(wide, high))
	return int((high-2*theme.InnerPadding())/lineStep() + 0.5)
}

// lineStep is the height of a line of small text.
func lineStep() float32 { return fyne.MeasureText("M", theme.Size(SizeSmall), fyne.TextStyle{}).Height }

// MinSize keeps room for some lines, and takes more where the facts need it.
func (l *factLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, max(l.high, float32(l.line.Kept)*lineStep()+2*theme.InnerPadding()))
}
