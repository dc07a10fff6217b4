// Package desktop is where the program meets the person's session: the lock
// that lets only one copy use a data folder, and the private socket by which a
// second start asks the first to show its window, or learns where that is.
//
// # Concurrency
//
// FolderLock is safe for concurrent use. Serve owns the goroutines that it
// starts and returns after all have ended.
//
// # Ownership
//
// The holder of a FolderLock owns everything in the folder, the socket
// included; Serve is called only while the lock is held.
package desktop
