package kit

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// How long BusyDots move, and how often in that time. Every step paints the
// whole window anew, which costs a software renderer several milliseconds. The
// toolkit's own indicator takes sixty steps a second for as long as it is shown:
// more than half a processor while the program waits for an answer.
const (
	busyMoves = 4 * time.Second
	busySteps = 16
)

// BusyDots shows that something is under way: three dots of which one stands out
// in turn. After a few seconds they rest, because the words beside them say it
// as well.
type BusyDots struct {
	widget.BaseWidget
	anim    *fyne.Animation
	started bool
	step    int // of busySteps; the last shows all dots alike
}

// NewBusyDots returns dots that stand still.
func NewBusyDots() *BusyDots {
	d := &BusyDots{step: busySteps}
	d.anim = fyne.NewAnimation(busyMoves, d.move)
	d.anim.Curve = fyne.AnimationLinear
	d.ExtendBaseWidget(d)
	return d
}

// Start lets the dots move, unless they were started before.
func (d *BusyDots) Start() {
	if d.started {
		return
	}
	d.started = true
	d.anim.Start()
}

// Moving reports whether the dots were started and not stopped since.
func (d *BusyDots) Moving() bool { return d.started }

// Stop lets them rest.
func (d *BusyDots) Stop() {
	if !d.started {
		return
	}
	d.started = false
	d.anim.Stop()
	d.move(1)
}

// move draws the step that belongs to done, from 0 to 1, if it is another one.
func (d *BusyDots) move(done float32) {
	if step := int(done * busySteps); step != d.step {
		d.step = step
		d.Refresh()
	}
}

// CreateRenderer draws the dots in the theme's colour.
func (d *BusyDots) CreateRenderer() fyne.WidgetRenderer {
	r := &busyRenderer{of: d}
	for i := range r.dots {
		r.dots[i] = canvas.NewCircle(nil)
	}
	r.colour()
	return r
}

// busyRenderer draws BusyDots.
type busyRenderer struct {
	of   *BusyDots
	dots [3]*canvas.Circle
}

// colour makes the dots quiet but for the one whose turn it is.
func (r *busyRenderer) colour() {
	th, v := r.of.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	for i, dot := range r.dots {
		dot.FillColor = th.Color(theme.ColorNamePlaceHolder, v)
		if r.of.step < busySteps && r.of.step%len(r.dots) == i {
			dot.FillColor = th.Color(theme.ColorNamePrimary, v)
		}
	}
}

// Layout stands the dots in a line, in the middle.
func (r *busyRenderer) Layout(size fyne.Size) {
	across := size.Width / 5 // three dots with half of one between them, and a margin
	for i, dot := range r.dots {
		dot.Resize(fyne.NewSquareSize(across))
		dot.Move(fyne.NewPos(across/2+float32(i)*across*1.5, (size.Height-across)/2))
	}
}

// MinSize is that of the marks that stand in its place.
func (r *busyRenderer) MinSize() fyne.Size {
	return fyne.NewSquareSize(r.of.Theme().Size(theme.SizeNameInlineIcon))
}

// Refresh draws the step that is now.
func (r *busyRenderer) Refresh() {
	r.colour()
	for _, dot := range r.dots {
		dot.Refresh()
	}
}

// Destroy ends the movement: the dots are no longer on the screen.
func (r *busyRenderer) Destroy() { r.of.Stop() }

// Objects are the dots.
func (r *busyRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.dots[0], r.dots[1], r.dots[2]}
}
