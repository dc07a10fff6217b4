package launch

import (
	"sync/atomic"

	"fyne.io/fyne/v2"
)

// loop is the way to the goroutine that owns the widgets. This file is the only
// one that knows the toolkit's dispatcher.
type loop struct{ ended atomic.Bool }

// post queues f and returns at once. After the end of the loop f is dropped:
// the toolkit would run it on the caller's goroutine, beside the teardown.
func (l *loop) post(f func()) {
	if l.ended.Load() {
		return
	}
	fyne.Do(func() {
		if !l.ended.Load() {
			f()
		}
	})
}

// end makes post drop everything from now on.
func (l *loop) end() { l.ended.Store(true) }
