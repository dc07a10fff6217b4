// Package webhooks asks a person in the main window about webhooks at Vast.ai: which
// one to replace where the account has no room for one of ours, and whose word
// holds where somebody changed one of ours.
//
// # Concurrency
//
// Everything belongs to the goroutine that runs the toolkit's event loop. Calls of
// Manager run in goroutines of Deps.Work.
//
// # Ownership
//
// A panel lives in the slot that shows it, and nowhere else.
package webhooks

import (
	"context"

	"fyne.io/fyne/v2"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
)

// Manager lists and changes webhooks at Vast.ai by a person's word. Its methods may
// block: they are never called on the UI goroutine.
type Manager interface {
	// ForeignWebhooks lists the webhooks of others when the limit is reached.
	ForeignWebhooks(ctx context.Context) ([]status.Webhook, error)
	// ReplaceWebhook takes over the webhook with that id.
	ReplaceWebhook(ctx context.Context, id int64, keepEvents bool) error
	// RestoreOurs undoes what somebody changed of our webhooks at Vast.ai.
	RestoreOurs(ctx context.Context) error
	// TakeTheirs keeps what somebody changed of our webhooks at Vast.ai.
	TakeTheirs(ctx context.Context) error
}

// Deps is what the panels need of the program and of the window that shows them.
// Every field is required.
type Deps struct {
	kit.Env
	Manager  Manager
	Win      fyne.Window
	Slot     *kit.CardSlot // shows the panel
	Relayout func()        // a panel changed its size
	Changed  func()        // the webhooks are others now, or could not be changed
}
