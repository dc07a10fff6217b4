package ui

import (
	"vastrelay/app/status"
)

// outcome is what has become of what the slot shows: an answer that speaks of trouble is
// taken away when the trouble is over.
type outcome int

const (
	outcomeFine    outcome = iota
	outcomeFailed          // it goes when relaying goes on
	outcomeWaiting         // it goes when nothing waits any more, or waits for something else
	outcomeHeld            // it goes when posting goes on
)

// outcomeOf is the outcome of a test that ended with err, or is held by a pause.
func outcomeOf(err error, held bool) outcome {
	switch {
	case err == nil && held:
		return outcomeHeld
	case err == nil:
		return outcomeFine
	case waits(err):
		return outcomeWaiting
	default:
		return outcomeFailed
	}
}

// settle takes an answer away that s has made untrue, where before was the status so far.
func (a *answers) settle(before, s status.Status) {
	if a.testing {
		return
	}
	over := false
	switch a.outcome {
	case outcomeFine:
	case outcomeFailed:
		over = s.Phase == status.Relaying && before.Phase != status.Relaying
	case outcomeWaiting:
		over = s.Phase == status.Relaying && s.Waiting == 0 || s.Holds() && !before.Holds()
	case outcomeHeld:
		over = !s.Holds()
	}
	if over {
		a.outcome = outcomeFine
		if key := a.slot.Key; key == "test" || key == problemKey {
			a.slot.Clear()
		}
	}
}
