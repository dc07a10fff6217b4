package ui

import (
	"slices"

	"vastrelay/app/status"
	"vastrelay/relay"
)

// shows returns what shows a person more of the subject of a fact in the header; nil
// where there is no more.
func (w *mainWindow) shows(about status.Subject) func() {
	if w.setUp {
		return nil
	}
	switch about {
	case status.AboutProblem:
		return func() { w.answers.showLink(linkOf(w.status)) }
	case status.AboutLastEvent:
		return w.events.OpenNewest
	case status.AboutToday:
		return w.events.ShowToday
	case status.AboutWaiting:
		return func() { w.events.ShowFate(relay.FateWaiting) }
	case status.AboutLate:
		return func() { w.events.ShowFate(relay.FateLate) }
	case status.AboutUnreadable:
		return func() { w.events.ShowFate(relay.FateUnreadable) }
	case status.AboutGivenUp:
		return func() { w.events.ShowFate(relay.FateFailed) }
	default:
		return nil
	}
}

// linkOf is the word of the chain that what is wrong in s belongs to: trouble of this
// computer is that of the program itself.
func linkOf(s status.Status) link {
	all := links()
	i := slices.IndexFunc(all, func(l link) bool { return slices.Contains(l.hops, s.Failing) })
	if i < 0 {
		i = slices.IndexFunc(all, func(l link) bool { return l.key == relayLink })
	}
	return all[i]
}
