package uitest

import "sync/atomic"

// Restarter plays the file of the program.
type Restarter struct {
	Other  atomic.Bool  // another file lies in its place
	Wanted atomic.Int32 // how often Want was called
}

// Replaced is that of notes.Restarter.
func (r *Restarter) Replaced() bool { return r.Other.Load() }

// Want is that of notes.Restarter.
func (r *Restarter) Want() { r.Wanted.Add(1) }

// Replaced is a program in whose place another version lies.
func Replaced() *Program {
	b := Working()
	b.File.Other.Store(true)
	return b
}
