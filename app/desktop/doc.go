// Package desktop makes the program run once per data folder: it has the lock on
// the folder, and the private socket by which a second start asks the running
// copy to show its window, or learns on which display that is.
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
