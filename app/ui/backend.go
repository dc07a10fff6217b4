package ui

import (
	"context"
	"time"

	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
)

// Backend is the program as the windows see it: snapshots to render and
// methods to call. Methods that take a context may block on a network or a
// keyring and are never called on the UI goroutine; nor is Keyring. The others
// return at once. Errors are or wrap bridge.Problem where a person can do
// something.
type Backend interface {
	// Status returns the current snapshot.
	Status() status.Status
	// Watch calls changed, from any goroutine, after each change of the status
	// or of the events. changed must return fast. stop ends it.
	Watch(changed func()) (stop func())

	// Events and Event read the history.
	Events(ctx context.Context, q relay.Query) ([]relay.Summary, error)
	Event(ctx context.Context, id string) (relay.Detail, error)
	// Activity counts the events that arrived in each of the last 24 hours,
	// oldest first: 24 numbers.
	Activity(ctx context.Context) ([]int, error)

	// Export writes the events that q selects, newest first, into the file at
	// path: for spreadsheets where its name ends in .csv, else as JSON lines with
	// the payloads. progress is told now and then, on the same goroutine, how
	// many of how many are written. What ctx cuts short leaves no file.
	Export(ctx context.Context, path string, q relay.Query, progress func(done, total int)) error

	// Resend posts events again: dead letters under their ids, delivered ones
	// marked as resent. It says how many posts that makes.
	Resend(ctx context.Context, ids ...string) (posts int, err error)
	// ResendDead posts everything again that was given up.
	ResendDead(ctx context.Context) (posts int, err error)
	// PostAnyway posts a late event although it was late.
	PostAnyway(ctx context.Context, id string) error

	// Perform does what the button of a says, for those actions that do not
	// open a part of the window: start, retry, unlock_keyring.
	Perform(ctx context.Context, a health.Action) error
	// Pause holds posting until the given time; the zero time: until Resume.
	Pause(ctx context.Context, until time.Time) error
	// Resume posts again. With keep, what is held is kept without posting.
	Resume(ctx context.Context, keep bool) error

	// TestFromVast asks Vast.ai for a test delivery and follows it to Chat.
	TestFromVast(ctx context.Context, report func(health.Step)) error
	// TestToChat posts one clearly labelled test message.
	TestToChat(ctx context.Context, report func(health.Step)) error

	// Keyring describes the system keyring, which it asks: it may block for
	// some seconds and is never called on the UI goroutine.
	Keyring() credentials.KeyringState
	// Credentials describes the three credentials, in order.
	Credentials() []credentials.Credential
	// SaveCredential cleans the pasted value, proves it live, and keeps it
	// only if it works or cannot be proven now.
	SaveCredential(ctx context.Context, kind credentials.Kind, pasted string, report func(health.Step)) error
	// RemoveCredential forgets it and stops what needed it.
	RemoveCredential(ctx context.Context, kind credentials.Kind) error

	// Catalogue fetches the notification types, or the built-in list.
	Catalogue(ctx context.Context) (status.Catalogue, error)
	// Settings returns the settings in force.
	Settings() config.Settings
	// SaveSettings validates, stores and applies s.
	SaveSettings(ctx context.Context, s config.Settings) error

	// ForeignWebhooks lists the webhooks of others when the limit is reached.
	ForeignWebhooks(ctx context.Context) ([]status.Webhook, error)
	// ReplaceWebhook takes over the webhook with that id, by the person's word.
	ReplaceWebhook(ctx context.Context, id int64) error

	// StartDemo starts the program once more as a demo.
	StartDemo() error
	// DemoSpace returns the messages in the demo's Chat space, oldest first;
	// nil outside the demo.
	DemoSpace() []status.DemoMessage
	// SendDemoEvent makes the demo's Vast.ai send one event; an error outside
	// the demo.
	SendDemoEvent(ctx context.Context) error
}
