// Package settings is the settings window: the credentials, the choice of events,
// how messages look, the public address, the history, the notifications of the
// desktop, what concerns the program as a whole, and what is to be said about it.
//
// # Concurrency
//
// Everything belongs to the goroutine that runs the toolkit's event loop. Work
// that may block runs in goroutines that end with the window.
//
// # Ownership
//
// A Window exists only while it is on the screen. Closing it throws it away, with
// everything that was typed and not saved, and ends its work.
package settings
