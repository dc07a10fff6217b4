// Package app is the composition root of Vast Relay: flags, environment,
// logging, the data folder and its lock, the wiring of the parts, and their
// orderly start and stop; and where a command looks for the running copy. It knows
// no toolkit; the window is handed to Main.
//
// # Concurrency
//
// Main runs on the main goroutine and hands it to the window, because toolkits
// demand that. Everything in a Desktop is safe for concurrent use. Every goroutine
// that the program starts has ended before Main returns, except for one that waits
// for a demo started from here, which may go on for longer, and one of a command
// whose output nobody reads.
//
// # Ownership
//
// A foundation opens the folder, the log, the store and the settings; a Program
// owns them and the parts that wire made, and closes them in the reverse order.
// Credentials pass through on their way from the environment or the keyring to
// the part that needs them; none is kept here.
package app
