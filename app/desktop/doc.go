// Package desktop locks the data folder, so that one copy of the program at a time
// uses it.
//
// # Concurrency
//
// FolderLock is safe for concurrent use.
//
// # Ownership
//
// The holder of a FolderLock owns everything in the folder.
package desktop
