// Package control is the private socket of the running copy, in its data folder:
// by it a second start asks that copy to show its window, or learns on which
// display that is.
//
// # Concurrency
//
// Serve owns the goroutines that it starts and returns after all have ended.
//
// # Ownership
//
// The socket belongs to the holder of the lock on the data folder; Serve is called
// only while the lock is held.
package control
