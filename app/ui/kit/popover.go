package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Popover shows facts about something beside it, over all else in the window, until a
// tap elsewhere, Escape or Close takes it away. It never stands in the way of a wait: it
// asks nothing.
type Popover struct {
	Key string // what is shown; read it by Shows
	pop *widget.PopUp
}

// popoverWidth is the width of what a popover shows; a narrow window gets less.
const popoverWidth = 400

// Show shows content below at, in place of what was shown. key names it.
func (p *Popover) Show(on fyne.Canvas, at fyne.CanvasObject, key string, content fyne.CanvasObject) {
	p.Close()
	p.Key = key
	p.pop = widget.NewPopUp(popoverContent(on, content), on)
	below := fyne.CurrentApp().Driver().AbsolutePositionForObject(at).AddXY(0, at.Size().Height+theme.Padding())
	p.pop.ShowAtPosition(within(on, below, p.pop.MinSize()))
}

// Update replaces what is shown where that is still on the screen.
func (p *Popover) Update(content fyne.CanvasObject) {
	if p.pop == nil || !p.pop.Visible() {
		return
	}
	at := p.pop.Position()
	p.pop.Content = popoverContent(p.pop.Canvas, content)
	shown := widget.NewPopUp(p.pop.Content, p.pop.Canvas)
	p.pop.Hide()
	p.pop = shown
	shown.ShowAtPosition(within(shown.Canvas, at, shown.MinSize()))
}

// popoverContent gives content its width, so that its words have wrapped before the
// place is chosen.
func popoverContent(on fyne.Canvas, content fyne.CanvasObject) fyne.CanvasObject {
	side := theme.Padding()
	wide := min(popoverWidth, on.Size().Width-4*side)
	inner := theme.Padding()
	padded := container.New(layout.NewCustomPaddedLayout(inner, inner, inner, inner), content)
	box := container.New(twoPassLayout{once: boundedWidth{wide}}, padded)
	for range 2 { // The second time its words have the height that they take.
		box.Resize(box.MinSize())
	}
	return box
}

// boundedWidth gives its object a width and the height that it needs.
type boundedWidth struct{ wide float32 }

// Layout places the object.
func (l boundedWidth) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(fyne.NewSize(l.wide, size.Height))
	}
}

// MinSize is the width and the height that the object needs.
func (l boundedWidth) MinSize(objects []fyne.CanvasObject) fyne.Size {
	high := float32(0)
	for _, o := range objects {
		high = max(high, o.MinSize().Height)
	}
	return fyne.NewSize(l.wide, high)
}

// within moves a place so that something of that size lies within the canvas.
func within(on fyne.Canvas, at fyne.Position, size fyne.Size) fyne.Position {
	side := theme.Padding()
	most := fyne.NewPos(on.Size().Width-size.Width-side, on.Size().Height-size.Height-side)
	return fyne.NewPos(max(side, min(at.X, most.X)), max(side, min(at.Y, most.Y)))
}

// Shows reports whether what key names is on the screen.
func (p *Popover) Shows(key string) bool { return p.Open() && p.Key == key }

// Open reports whether anything is on the screen.
func (p *Popover) Open() bool { return p.pop != nil && p.pop.Visible() }

// Content is what is on the screen; nil for nothing.
func (p *Popover) Content() fyne.CanvasObject {
	if !p.Open() {
		return nil
	}
	return p.pop.Content
}

// Close takes it away and reports whether there was anything.
func (p *Popover) Close() (closed bool) {
	closed = p.Open()
	if closed {
		p.pop.Hide()
	}
	p.pop, p.Key = nil, ""
	return closed
}
