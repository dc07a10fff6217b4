// Package kit holds the widgets and layouts of which the windows are built. It
// knows how problems and steps read (app/health), and nothing of events,
// credentials or settings.
//
// # Concurrency
//
// Everything belongs to the goroutine that runs the toolkit's event loop, except
// Tasks.Post and Tasks.After, which may be called from any.
//
// # Ownership
//
// Tasks owns the goroutines and timers of a window: work ends with the window
// that started it, and its result is dropped then. Widgets own what they show.
package kit
