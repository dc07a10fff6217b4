// Package banners decides which notifications the desktop shows, and has them
// shown: that something fails, works again or needs a person, that events could not
// arrive, and the events that a person chose.
//
// It follows the status and the events that are stored, never what Google Chat
// answers: a notification is shown also while Chat is down or posting is paused. At
// most one is shown for a burst of events, and none tells again what was told.
//
// Text that came with an event or in an answer may be dangerous in a notification, as
// on Windows, where it can be run as code. So a Banner keeps it apart from its own
// words, cleaned by one function, and only a system on which it is harmless shows it.
//
// # Concurrency
//
// Rules is plain state without a clock and belongs to one goroutine. A Center is safe
// for concurrent use; its Run is called once.
//
// # Ownership
//
// A Center owns the goroutine that calls Run, and nothing else. The notifier belongs
// to the caller, who closes it after Run has returned.
package banners
