// Package cards holds the cards of the credentials and the line about the
// keyring, which stand in the set-up and in the settings.
//
// # Concurrency
//
// Everything belongs to the goroutine that runs the toolkit's event loop. Calls
// of Keeper that may block run in goroutines of Deps.Work.
//
// # Ownership
//
// A pasted credential lives in one entry, which is emptied and thrown away the
// moment it is handed to the Keeper.
package cards
