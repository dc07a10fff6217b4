package ui

import (
	"context"
	"time"

	"vastrelay/app/config"
	"vastrelay/app/ui/activity"
	"vastrelay/app/ui/cards"
	"vastrelay/app/ui/events"
	"vastrelay/app/ui/notes"
	"vastrelay/app/ui/settings"
	"vastrelay/app/ui/webhooks"
	"vastrelay/relay"

	"vastrelay/app/health"
	"vastrelay/app/status"
)

// Parts is the program as the windows see it, by subject. Every field is
// required.
//
// Methods that take a context may block on a network, a disk or a keyring, and
// so may Credentials.Keyring: they are never called on the UI goroutine. The
// others return at once. Errors are or wrap a health.Problem where a person can
// do something.
type Parts struct {
	Status      Watcher
	Controls    Controls
	Tests       Tests
	Webhooks    webhooks.Manager
	History     events.History
	Resender    events.Resender
	Credentials cards.Keeper
	Settings    SettingsParts
	Messages    Messages
	Demo        Demo
	Doctor      Doctor
	LastRun     notes.LastRun
	Updates     Updates
	Program     notes.Restarter
}

// SettingsParts are the parts of the settings window.
type SettingsParts = settings.Parts

// complete reports whether no field is nil.
func (p Parts) complete() bool {
	for _, part := range []any{
		p.Status, p.Controls, p.Tests, p.Webhooks, p.History, p.Resender, p.Credentials, p.Messages, p.Demo, p.Doctor, p.LastRun, p.Updates, p.Program,
	} {
		if part == nil {
			return false
		}
	}
	return p.Settings.Complete()
}

// Watcher tells the state of the program.
type Watcher interface {
	// Status returns the current snapshot.
	Status() status.Status
	// Watch calls changed, from any goroutine, after each change of the status,
	// of the events or of what is known of the credentials, and says which.
	// changed must return fast. stop ends it.
	Watch(changed func(status.Change)) (stop func())
}

// Controls does what the buttons of the main window say.
type Controls interface {
	// Perform does what the button of a says, for those actions that do not
	// open a part of the window: start, retry, unlock_keyring.
	Perform(ctx context.Context, a health.Action) error
	// Pause holds posting until the given time; the zero time: until Resume.
	Pause(ctx context.Context, until time.Time) error
	// Resume posts again. With keep, what is held is kept without posting.
	Resume(ctx context.Context, keep bool) error
}

// Tests sends test messages; report is called on the same goroutine.
type Tests interface {
	// TestFromVast asks Vast.ai for a test delivery and follows it to Chat.
	TestFromVast(ctx context.Context, report func(health.Step)) error
	// TestToChat posts one clearly labelled test message.
	TestToChat(ctx context.Context, report func(health.Step)) error
}

// Updates knows whether there is a newer version of the program.
type Updates interface {
	notes.Updates
	// Watch calls changed, from any goroutine, after each change of what is known.
	// changed must return fast. stop ends it.
	Watch(changed func()) (stop func())
}

// Doctor checks everything.
type Doctor interface {
	// Examine makes the checks of all hops and reports each as a step, on the
	// same goroutine. Its error is that ctx ended.
	Examine(ctx context.Context, report func(health.Step)) (health.Report, error)
	// Text is the report to be copied; it holds no secret.
	Text(r health.Report) string
}

// Messages shows how messages read in Google Chat.
type Messages interface {
	// Preview returns what a message of ev shows in that form. It does not block.
	Preview(ev relay.Event, form relay.Rung) relay.Preview
}

// Demo is the program against stand-ins for Vast.ai and Google Chat.
type Demo interface {
	// StartDemo starts the program once more as a demo.
	StartDemo() error
	// DemoSpace returns the messages in the demo's Chat space, oldest first;
	// nil outside the demo.
	DemoSpace() []status.DemoMessage
	// SendDemoEvent makes the demo's Vast.ai send one event; an error outside
	// the demo.
	SendDemoEvent(ctx context.Context) error
}

// routes keep in the settings of which types events are posted.
type routes struct{ store settings.Store }

var _ events.Routes = (*routes)(nil)

// Posts reports whether events of that type are posted.
func (r *routes) Posts(k relay.Kind) bool { return r.store.Settings().Posts(k.Key()) }

// SetPosts chooses that for the events that are yet to come.
func (r *routes) SetPosts(ctx context.Context, k relay.Kind, yes bool) error {
	return r.store.ChangeSettings(ctx, func(s *config.Settings) { s.SetPosts(k.Key(), yes) })
}

// periods keep in the settings which period the picture of activity shows.
type periods struct{ store settings.Store }

var _ activity.Periods = (*periods)(nil)

// Period is the period that was chosen, or the default.
func (p *periods) Period() config.Period { return p.store.Settings().General.PeriodOrDefault() }

// SetPeriod chooses another.
func (p *periods) SetPeriod(ctx context.Context, chosen config.Period) error {
	return p.store.ChangeSettings(ctx, func(s *config.Settings) { s.General.Activity = chosen })
}
