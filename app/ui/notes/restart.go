package notes

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// Restarter knows why the program should be started anew. Replaced and ZoneChanged may
// block on the disk.
type Restarter interface {
	// Replaced reports whether another version lies in the program's place.
	Replaced() bool
	// ZoneChanged reports whether the computer has another time zone than the program
	// shows times in.
	ZoneChanged() bool
	// Want has the program started anew once it has quit.
	Want()
}

// restartKey is the key of the note that offers to start the program anew.
const restartKey = "restart"

// lookEvery is how often the shown window looks at most whether the program should be
// started anew.
const lookEvery = time.Minute

// restartReason is why the program should be started anew; empty: it need not be.
type restartReason string

// The reasons.
const (
	newerVersion restartReason = "version"
	anotherZone  restartReason = "zone"
)

// text says in a sentence or two what a restart is for.
func (r restartReason) text() string {
	if r == anotherZone {
		return words.Text("updates.zone")
	}
	return words.Text("updates.replaced")
}

// reasonOf is the most important reason that p has.
func reasonOf(p Restarter) restartReason {
	switch {
	case p.Replaced():
		return newerVersion
	case p.ZoneChanged():
		return anotherZone
	default:
		return ""
	}
}

// restartNote offers to start the program anew once there is a reason.
type restartNote struct {
	b       *Bar
	looked  time.Time
	putAway map[restartReason]bool
}

// update looks for a reason, unless it did a moment ago.
func (n *restartNote) update() {
	now := n.b.d.Now()
	if now.Sub(n.looked) < lookEvery {
		return
	}
	n.looked = now
	kit.Start(n.b.d.Work, func(context.Context) (restartReason, error) {
		return reasonOf(n.b.d.Program), nil
	}, func(reason restartReason, _ error) {
		switch {
		case reason == "":
			n.b.remove(restartKey) // such as back in the zone where the program was started
		case !n.putAway[reason]:
			n.offer(reason)
		}
	})
}

// offer offers to start the program anew.
func (n *restartNote) offer(reason restartReason) {
	n.b.put(&note{
		key: restartKey, text: reason.text(),
		buttons: []fyne.CanvasObject{kit.TextButton(words.Text("updates.restart"), func() {
			n.b.d.Program.Want()
			n.b.d.Quit()
		})},
		put: func() { n.putAway[reason] = true },
	})
}
