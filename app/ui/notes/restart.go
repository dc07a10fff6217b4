package notes

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// Restarter knows whether the program's file was replaced while it runs.
type Restarter interface {
	// Replaced reports whether another version lies in its place. It may block on the
	// disk.
	Replaced() bool
	// Want has the program started anew once it has quit.
	Want()
}

// restartKey is the key of the note about a replaced program.
const restartKey = "restart"

// lookEvery is how often the shown window looks at most whether the program was
// replaced.
const lookEvery = time.Minute

// restartNote offers to start the program anew once a newer one lies in its place.
type restartNote struct {
	b       *Bar
	looked  time.Time
	putAway bool
}

// update looks for another program, unless it did a moment ago.
func (n *restartNote) update() {
	now := n.b.d.Now()
	if n.putAway || now.Sub(n.looked) < lookEvery {
		return
	}
	n.looked = now
	kit.Start(n.b.d.Work, func(context.Context) (bool, error) {
		return n.b.d.Program.Replaced(), nil
	}, func(replaced bool, _ error) {
		if replaced && !n.putAway {
			n.offer()
		}
	})
}

// offer offers to start the program anew.
func (n *restartNote) offer() {
	n.b.put(&note{
		key: restartKey, text: words.Text("updates.replaced"),
		buttons: []fyne.CanvasObject{kit.TextButton(words.Text("updates.restart"), func() {
			n.b.d.Program.Want()
			n.b.d.Quit()
		})},
		put: func() { n.putAway = true },
	})
}
