package uitest

import "sync/atomic"

// Restarter plays the file of the program and the zone of the computer.
type Restarter struct {
	Other  atomic.Bool  // another file lies in its place
	Zone   atomic.Bool  // the computer has another time zone
	Wanted atomic.Int32 // how often Want was called
}

// Replaced is that of notes.Restarter.
func (r *Restarter) Replaced() bool { return r.Other.Load() }

// ZoneChanged is that of notes.Restarter.
func (r *Restarter) ZoneChanged() bool { return r.Zone.Load() }

// Want is that of notes.Restarter.
func (r *Restarter) Want() { r.Wanted.Add(1) }

// Replaced is a program in whose place another version lies.
func Replaced() *Program {
	b := Working()
	b.File.Other.Store(true)
	return b
}

// Travelling is a program on a computer that was given another time zone.
func Travelling() *Program {
	b := Working()
	b.File.Zone.Store(true)
	return b
}
