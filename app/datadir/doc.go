// Package datadir finds and protects the folder of the program's data, opens the
// files in it, and keeps values there as JSON.
//
// A file is only ever replaced whole, and opened only where it is a regular file
// of this program. A File keeps a copy of its last good content beside it, and the
// members that a newer version of the program added.
//
// # Concurrency
//
// A File is safe for concurrent use. All other functions keep no state, and the
// package starts no goroutine.
//
// # Ownership
//
// The files belong to the process that holds the lock on the folder.
package datadir
