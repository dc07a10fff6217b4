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
	outcomeWaiting         // it goes when nothing waits any more
)

func outcomeOf(err error) outcome {
	switch {
	case err == nil:
		return outcomeFine
	case waits(err):
		return outcomeWaiting
	default:
		return outcomeFailed
	}
}

// settle takes an answer away that s has made untrue, where before was the phase so far.
func (a *answers) settle(before status.Phase, s status.Status) {
	if a.testing || a.outcome == outcomeFine {
		return
	}
	relaysAgain := s.Phase == status.Relaying && before != status.Relaying
	done := s.Phase == status.Relaying && s.Waiting == 0
	if a.outcome == outcomeFailed && relaysAgain || a.outcome == outcomeWaiting && done {
		a.outcome = outcomeFine
		if key := a.slot.Key; key == "test" || key == problemKey {
			a.slot.Clear()
		}
	}
}
