// Package desktop makes the program run once per data folder: it has the lock on
// the folder.
//
// # Concurrency
//
// FolderLock is safe for concurrent use.
//
// # Ownership
//
// The holder of a FolderLock owns everything in the folder.
package desktop
