package ui

import "fyne.io/fyne/v2"

// The names under which the toolkit's preferences keep how a person likes the
// main window. Nothing else is kept there.
const (
	prefWidth  = "main.width"
	prefHeight = "main.height"
	prefSplit  = "main.split"
)

// firstSplit is the share of the list until a person moves the divider.
const firstSplit = 0.46

// recallSize gives the window the size that it had when it was last left.
func (w *mainWindow) recallSize() {
	p := w.ui.app.Preferences()
	w.win.Resize(fyne.NewSize(
		max(float32(p.FloatWithFallback(prefWidth, mainWidth)), mainLeastWide),
		max(float32(p.FloatWithFallback(prefHeight, mainHeight)), mainLeastH)))
	w.events.SetOffset(min(max(p.FloatWithFallback(prefSplit, firstSplit), 0), 1))
}

// rememberSize keeps the size for the next time. The demo has no memory.
func (w *mainWindow) rememberSize() {
	if w.status.Demo || !w.shown {
		return
	}
	p, size := w.ui.app.Preferences(), w.win.Canvas().Size()
	p.SetFloat(prefWidth, float64(size.Width))
	p.SetFloat(prefHeight, float64(size.Height))
	p.SetFloat(prefSplit, w.events.Offset)
}
