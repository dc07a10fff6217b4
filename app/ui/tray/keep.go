package tray

// KeepOptions is what Keep is made of. Every field is required.
type KeepOptions struct {
	// Post queues f for the UI goroutine and returns at once.
	Post func(f func())
	// Restart opens the toolkit's icon anew on the session bus of now, on the UI
	// goroutine.
	Restart func()
	// Reachable is told whether there is a session bus; it returns at once.
	Reachable func(yes bool)
}
