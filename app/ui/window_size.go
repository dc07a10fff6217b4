package ui

import (
	"context"
	"math"

	"vastrelay/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
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

// frame lays out the main window, scrolls all of it where the window is too
// small, and keeps the size of the window.
type frame struct {
	box    *fyne.Container
	scroll *container.Scroll // around box
	size   *sizeKeeper
}

// newFrame puts top over rest, which gets the room that is left.
func newFrame(top, rest fyne.CanvasObject, size *sizeKeeper) *frame {
	f := &frame{box: kit.Border(top, nil, nil, nil, rest), size: size}
	f.box.Layout = kit.NewTwoPassLayout(f.box.Layout)
	f.scroll = container.NewScroll(kit.PadWindow(f.box))
	return f
}

// content is the content of the window; resized is called when that gets another size.
func (f *frame) content(resized func()) fyne.CanvasObject {
	return container.New(&sizeWatch{resized: resized}, kit.MinSize(kit.LeastWidth, kit.LeastHeight, f.scroll))
}

// sizeWatch gives its objects all the room there is, and tells when there is more or less.
type sizeWatch struct {
	now     fyne.Size
	resized func()
}

// Layout places the objects.
func (w *sizeWatch) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
	if size != w.now {
		w.now = size
		w.resized()
	}
}

// MinSize is that of the largest object.
func (w *sizeWatch) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := fyne.Size{}
	for _, o := range objects {
		least = least.Max(o.MinSize())
	}
	return least
}

// relayout places everything anew.
func (f *frame) relayout() {
	// To place the parts lets labels wrap for their widths. The scroll then sees how
	// high they are, and draws all of them.
	f.box.Layout.Layout(f.box.Objects, f.box.Size())
	f.scroll.Refresh()
}

// sizeKeeper keeps the size of the main window from one run to the next.
type sizeKeeper struct {
	store WindowStore // nil: sizes are not kept, as in the demo
	work  *kit.Tasks
	win   fyne.Window
	split *container.Split

	kept   WindowState   // as last read or saved
	fitted fyne.Size     // what the screen made of the size that was kept; zero: it had room
	saved  chan struct{} // closed when the last save has ended; nil before the first
}

// recall gives the window the size that it had when it was last left.
func (k *sizeKeeper) recall() {
	s := WindowState{}
	if k.store != nil {
		// What is wrong with the file is nothing to trouble a person with.
		s, _ = k.store.Load()
	}
	s = s.sound()
	k.win.Resize(fyne.NewSize(float32(s.Width), float32(s.Height)))
	k.split.SetOffset(s.Split)
	k.kept = s
}

// fit makes the window no larger than the screen. That is no size that a person chose:
// the one that was kept comes back where there is room for it again.
func (k *sizeKeeper) fit(screen fyne.Size) {
	before := k.win.Canvas().Size()
	kit.FitScreen(k.win, screen)
	if size := k.win.Canvas().Size(); size != before {
		k.fitted = size
	}
}

// isFitted reports whether size is the one that the screen asked for, less what the
// desktop takes of it for the frame.
func (k *sizeKeeper) isFitted(size fyne.Size) bool {
	taken := k.fitted.Subtract(size)
	return !k.fitted.IsZero() && taken.Width > -1 && taken.Height > -1 && taken.Width < kit.FrameHeight && taken.Height < kit.FrameHeight
}

// remember keeps the size of the window, which is shown, for the next time. What
// did not change is not written again.
func (k *sizeKeeper) remember() {
	if k.store == nil {
		return
	}
	size := k.win.Canvas().Size()
	s := WindowState{Width: float64(size.Width), Height: float64(size.Height), Split: k.split.Offset}.sound()
	if k.isFitted(size) {
		s.Width, s.Height = k.kept.Width, k.kept.Height
	}
	if s == k.kept {
		return
	}
	k.kept = s
	before := k.saved
	saved := make(chan struct{})
	k.saved = saved
	k.work.Do(func(context.Context) error {
		defer close(saved)
		if before != nil {
			<-before // so that the last size is the one that stays
		}
		return k.store.Save(s)
	}, func(error) {}) // A window of another size is nothing to trouble a person with.
}
