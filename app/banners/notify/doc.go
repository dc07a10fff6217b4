// Package notify shows notifications on the desktop: over D-Bus where that is the
// way (https://specifications.freedesktop.org/notification-spec/latest/), else by a
// program of the system. It knows nothing of what they are about.
//
// # Concurrency
//
// A Notifier is safe for concurrent use. What a person does with a notification is
// told on a goroutine of the Notifier.
//
// # Ownership
//
// A Notifier connects when it first has something to show, with a connection of its
// own. Close ends that and waits for the goroutine that hears of clicks.
package notify
