// Package notes shows quiet notes above the events of the main window: something that
// a person should know or decide once, and that stops nothing. One note stands there at
// a time, so that at most one line is taken from the events; the others follow once it
// has gone.
//
// # Concurrency
//
// Everything belongs to the goroutine that runs the toolkit's event loop. Work that may
// block runs in goroutines that end with the window.
//
// # Ownership
//
// A Bar lives as long as its window. The program behind it keeps what a person has
// answered.
package notes

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/ui/kit"
)

// Deps is what the notes need of the program and of their window. Every field is
// required.
type Deps struct {
	kit.Env
	LastRun LastRun
	Updates Updates
	Program Restarter
	// LookForUpdates keeps whether a person wants the program to look for newer versions.
	LookForUpdates func(ctx context.Context, yes bool) error
	ShowUpdates    func()      // shows what is new
	SetUp          func() bool // whether a person has no set-up before them that comes first
	Quit           func()      // ends the program
	Relayout       func()      // lays out what stands around the notes
}

// Bar shows the first of its notes.
type Bar struct {
	Box *fyne.Container // takes no room while there is no note

	d       Deps
	waiting []*note // the first is shown
	lastRun *lastRunNote
	updates *updatesNote
	restart *restartNote
}

// note is one note.
type note struct {
	key     string
	text    string
	buttons []fyne.CanvasObject
	below   fyne.CanvasObject // unfolded under the text; nil for nothing
	put     func()            // what the button that puts it away does; nil: there is no such button
}

// New returns a bar without a note.
func New(d Deps) *Bar {
	b := &Bar{Box: container.NewVBox(), d: d}
	b.Box.Hide()
	b.lastRun, b.updates = &lastRunNote{b: b}, &updatesNote{b}
	b.restart = &restartNote{b: b, putAway: map[restartReason]bool{}}
	return b
}

// Update brings the notes up to date. The window is on the screen.
func (b *Bar) Update() {
	b.lastRun.update()
	b.updates.update()
	b.restart.update()
}

// put adds n, or puts it in the place of the note of the same key.
func (b *Bar) put(n *note) {
	if at := b.at(n.key); at >= 0 {
		b.waiting[at] = n
	} else {
		b.waiting = append(b.waiting, n)
	}
	b.draw()
}

// remove takes the note of that key away, if there is one.
func (b *Bar) remove(key string) {
	if at := b.at(key); at >= 0 {
		b.waiting = slices.Delete(b.waiting, at, at+1)
		b.draw()
	}
}

func (b *Bar) at(key string) int {
	return slices.IndexFunc(b.waiting, func(n *note) bool { return n.key == key })
}

// draw shows the first note.
func (b *Bar) draw() {
	b.Box.RemoveAll()
	kit.ShowIf(b.Box, len(b.waiting) > 0)
	if len(b.waiting) > 0 {
		b.Box.Add(b.band(b.waiting[0]))
	}
	b.d.Relayout()
}

// band is n as it is drawn.
func (b *Bar) band(n *note) fyne.CanvasObject {
	buttons := container.NewHBox(n.buttons...)
	if n.put != nil {
		buttons.Add(kit.PlainButton("", theme.CancelIcon(), func() {
			b.remove(n.key)
			n.put()
		}))
	}
	return kit.NewBand(kit.Border(nil, n.below, nil, container.NewVBox(buttons), kit.WrappedLabel(n.text)))
}
