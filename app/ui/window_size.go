package ui

import (
	"context"
	"math"

	"vastrelay/app/ui/kit"

	"fyne.io/fyne/v2"
)

// WindowState is how a person likes the main window, in the toolkit's units.
// The zero value is how it is shown first.
type WindowState struct {
	Width  float64 `json:"width"`
	Height float64 `json:"height"`
	Split  float64 `json:"split"` // the share of the list
}

// WindowStore keeps a WindowState from one run to the next. Load is called
// once, on the UI goroutine; what it returns beside an error is used, such as an
// older copy. Save is called on any other, one call at a time.
type WindowStore interface {
	Load() (WindowState, error)
	Save(s WindowState) error
}

// The greatest size that is taken from the file: more than any screen has, but
// still a number that windows can be asked for. The least is that of every
// window.
const mostWidth, mostHeight = 8192, 8192

// firstSplit is the share of the list until a person moves the divider; a share
// that was kept leaves something of both sides.
const firstSplit, leastSplit, mostSplit = 0.46, 0.2, 0.8

// within returns v between least and most; first where v is no number, or none
// that was ever saved.
func within(v, least, most, first float64) float64 {
	if math.IsNaN(v) || v <= 0 {
		return first
	}
	return min(max(v, least), most)
}

// sound returns s with every value that a window can be shown with, whatever
// the file held.
func (s WindowState) sound() WindowState {
	return WindowState{
		Width:  within(s.Width, kit.LeastWidth, mostWidth, mainWidth),
		Height: within(s.Height, kit.LeastHeight, mostHeight, mainHeight),
		Split:  within(s.Split, leastSplit, mostSplit, firstSplit),
	}
}

// recallSize gives the window the size that it had when it was last left.
func (w *mainWindow) recallSize() {
	s := WindowState{}
	if store := w.ui.o.Window; store != nil && !w.status.Demo {
		// What is wrong with the file is nothing to trouble a person with.
		s, _ = store.Load()
	}
	s = s.sound()
	w.win.Resize(fyne.NewSize(float32(s.Width), float32(s.Height)))
	w.events.SetOffset(s.Split)
	w.kept = s
}

// rememberSize keeps the size for the next time. The demo has no memory, and
// what did not change is not written again.
func (w *mainWindow) rememberSize() {
	store := w.ui.o.Window
	if store == nil || w.status.Demo || !w.shown {
		return
	}
	size := w.win.Canvas().Size()
	s := WindowState{Width: float64(size.Width), Height: float64(size.Height), Split: w.events.Offset}.sound()
	if s == w.kept {
		return
	}
	w.kept = s
	before := w.saved
	saved := make(chan struct{})
	w.saved = saved
	w.ui.env.Work.Do(func(context.Context) error {
		defer close(saved)
		if before != nil {
			<-before // so that the last size is the one that stays
		}
		return store.Save(s)
	}, func(error) {}) // A window of another size is nothing to trouble a person with.
}
