// Package setup is the part of the main window that stands in place of the events
// until there is something to relay: steps for a keyring that needs the person and
// for the credentials, and a test that takes the way of every event.
//
// # Concurrency
//
// Everything belongs to the goroutine that runs the toolkit's event loop. Calls
// that may block run in goroutines of Deps.Work.
//
// # Ownership
//
// A View belongs to the window that it stands in, which says when it is seen. What
// was typed lives in the cards, and is forgotten by CloseEntries.
package setup
