package activity

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/ui/kit"
)

// The measures of the strip. A bar without events stays a low one, so that a quiet day
// still reads as a day; one with a single event stands out from it.
const (
	stripWidth, stripHeight = 190, 24
	barGap                  = 2
	emptyBar, lowestBar     = 2, 5
	tallestBar              = stripHeight - 4

	// So many events make a full bar when no bar has more: on a quiet day a single
	// event must not look like a flood.
	fullBar = 4
)

// strip draws numbers of events as bars, oldest first. A bar is pointed at with the mouse
// or, once the strip has the focus, with the arrow keys.
type strip struct {
	widget.BaseWidget
	said    func() string // what the strip shows, in words
	pointed func()        // another bar, or none, is pointed at
	chosen  func(bar int) // a bar was tapped, or Return was pressed over it

	counts  []int // none negative
	at      int   // the bar that is pointed at; -1 for none
	hovered bool
	focused bool
}

var (
	_ fyne.Accessible    = (*strip)(nil)
	_ fyne.Focusable     = (*strip)(nil)
	_ desktop.Hoverable  = (*strip)(nil)
	_ desktop.Cursorable = (*strip)(nil)
)

func newStrip(said func() string, pointed func(), chosen func(bar int)) *strip {
	s := &strip{said: said, pointed: pointed, chosen: chosen, at: -1}
	s.ExtendBaseWidget(s)
	return s
}

// set takes what the bars count. Where there are others than before, none is pointed at
// by the mouse any more.
func (s *strip) set(counts []int) {
	if slices.Equal(counts, s.counts) {
		return
	}
	if len(counts) != len(s.counts) {
		s.at = -1
		if s.focused {
			s.at = len(counts) - 1
		}
	}
	s.counts = counts
	s.Refresh()
}

// total is how many events all bars count.
func (s *strip) total() int {
	sum := 0
	for _, n := range s.counts {
		sum += n
	}
	return sum
}

// point points at a bar, or with -1 at none.
func (s *strip) point(bar int) {
	if bar = min(bar, len(s.counts)-1); bar != s.at {
		s.at = bar
		s.Refresh()
		s.pointed()
	}
}

// pitch is the width of a bar with its gap. All bars are equally wide, and the newest
// ends at the right edge.
func (s *strip) pitch() float32 {
	return float32((stripWidth + barGap) / max(len(s.counts), 1))
}

// barAt is the bar over the place x, gap included.
func (s *strip) barAt(x float32) int {
	left := stripWidth - float32(len(s.counts))*s.pitch() + barGap
	return max(0, min(int((x-left)/s.pitch()), len(s.counts)-1))
}

// Cursor is a hand: a tap leads on.
func (s *strip) Cursor() desktop.Cursor { return desktop.PointerCursor }

// MouseIn points at the bar below the pointer.
func (s *strip) MouseIn(e *desktop.MouseEvent) { s.MouseMoved(e) }

// MouseMoved follows the pointer.
func (s *strip) MouseMoved(e *desktop.MouseEvent) {
	s.hovered = true
	s.point(s.barAt(e.Position.X))
}

// MouseOut points at no bar. While the strip has the focus, it stays at the one that
// was pointed at, from which the arrow keys go on.
func (s *strip) MouseOut() {
	s.hovered = false
	if !s.focused {
		s.point(-1)
	}
}

// Tapped leads to the events of the bar.
func (s *strip) Tapped(e *fyne.PointEvent) {
	if len(s.counts) > 0 {
		s.chosen(s.barAt(e.Position.X))
	}
}

// FocusGained points at the newest bar and brings the strip into view.
func (s *strip) FocusGained() {
	s.focused = true
	s.point(len(s.counts) - 1)
	s.Refresh()
	kit.ScrollIntoView(s)
}

// FocusLost points at no bar, unless the pointer does.
func (s *strip) FocusLost() {
	s.focused = false
	if !s.hovered {
		s.point(-1)
	}
	s.Refresh()
}

// TypedRune does nothing.
func (s *strip) TypedRune(rune) {}

// TypedKey moves along the bars, and leads on by Return and Space.
func (s *strip) TypedKey(key *fyne.KeyEvent) {
	last := len(s.counts) - 1
	switch key.Name {
	case fyne.KeyLeft:
		s.point(max(s.at-1, min(0, last)))
	case fyne.KeyRight:
		s.point(min(s.at+1, last))
	case fyne.KeyHome:
		s.point(min(0, last))
	case fyne.KeyEnd:
		s.point(last)
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		if s.at >= 0 {
			s.chosen(s.at)
		}
	default:
		kit.PassOn(s, key)
	}
}

// AccessibilityLabel says in words what the strip shows.
func (s *strip) AccessibilityLabel() string { return s.said() }

// AccessibilityRole is that of a button: pressing it leads to events.
func (s *strip) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer draws one rectangle for each bar, and one around them.
func (s *strip) CreateRenderer() fyne.WidgetRenderer {
	r := &stripRenderer{s: s, ring: canvas.NewRectangle(color.Transparent)}
	r.ring.StrokeWidth = 1
	r.ring.CornerRadius = 3
	r.colour()
	return r
}

type stripRenderer struct {
	s    *strip
	bars []*canvas.Rectangle
	ring *canvas.Rectangle // around the strip that has the focus
}

// colour makes a rectangle for each bar and sets the quiet colours of the theme: nobody
// has to act on a bar.
func (r *stripRenderer) colour() {
	for len(r.bars) < len(r.s.counts) {
		bar := canvas.NewRectangle(color.Transparent)
		bar.CornerRadius = 1
		r.bars = append(r.bars, bar)
	}
	r.bars = r.bars[:len(r.s.counts)]
	th, v := r.s.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	for i, n := range r.s.counts {
		name := theme.ColorNamePlaceHolder
		switch {
		case i == r.s.at:
			name = theme.ColorNamePrimary
		case n == 0:
			name = theme.ColorNameSeparator
		}
		r.bars[i].FillColor = th.Color(name, v)
	}
	r.ring.StrokeColor = color.Transparent
	if r.s.focused {
		r.ring.StrokeColor = th.Color(theme.ColorNamePrimary, v)
	}
}

// Layout stands the bars on a line.
func (r *stripRenderer) Layout(fyne.Size) {
	most := fullBar
	for _, n := range r.s.counts {
		most = max(most, n)
	}
	pitch := r.s.pitch()
	for i, n := range r.s.counts {
		height := emptyBar
		if n > 0 {
			height = max(tallestBar*n/most, lowestBar)
		}
		right := stripWidth - float32(len(r.s.counts)-1-i)*pitch
		r.bars[i].Resize(fyne.NewSize(pitch-barGap, float32(height)))
		r.bars[i].Move(fyne.NewPos(right-pitch+barGap, float32(tallestBar+2-height)))
	}
	r.ring.Resize(fyne.NewSize(stripWidth+6, stripHeight+2))
	r.ring.Move(fyne.NewPos(-3, -1))
}

// MinSize is the same however many bars there are.
func (r *stripRenderer) MinSize() fyne.Size { return fyne.NewSize(stripWidth, stripHeight) }

// Refresh draws what the strip now holds.
func (r *stripRenderer) Refresh() {
	r.colour()
	r.Layout(r.s.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

// Destroy has nothing to give back.
func (r *stripRenderer) Destroy() {}

// Objects are the bars and the ring.
func (r *stripRenderer) Objects() []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, len(r.bars), len(r.bars)+1)
	for i, bar := range r.bars {
		out[i] = bar
	}
	return append(out, r.ring)
}
