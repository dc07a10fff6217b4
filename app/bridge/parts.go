package bridge

import (
	"context"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/webhooks"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/tunnel"
)

// Keyring is the system keyring as the bridge asks about it. It may be used
// from any goroutine.
type Keyring interface {
	// Look tells the state of the keyring without ever prompting.
	Look(ctx context.Context) credentials.KeyringState
	// Unlock calls the keyring in a way that may ask the person for a password.
	Unlock(ctx context.Context) error
	// KeepInMemory goes on without the keyring in this run; it returns at once.
	KeepInMemory()
	// Watch calls changed, which returns at once, whenever the state may have
	// changed by somebody else's doing, until ctx ends.
	Watch(ctx context.Context, changed func())
}

// WebhookManager keeps the webhooks at Vast.ai as they should be. *webhooks.Executor is
// one. It is called from the loop and for the person at the same time.
type WebhookManager interface {
	Recall(ctx context.Context) error
	Ensure(ctx context.Context, desired []webhooks.Desired) ([]webhooks.Result, error)
	Rotate(ctx context.Context, d webhooks.Desired) error
	// OtherCopies counts the webhooks of other copies of this program.
	OtherCopies() int
}

// WebhookEditor changes webhooks by a person's word. *webhooks.Executor is one.
type WebhookEditor interface {
	Replace(ctx context.Context, d webhooks.Desired, id int64) error
	Restore(ctx context.Context, desired []webhooks.Desired) error
	Accept(ctx context.Context, desired []webhooks.Desired) (types map[relay.Role][]string, err error)
	RemoveAll(ctx context.Context, installationID string) (deleted int, err error)
}

// Gate is the receiver's side of the webhook secrets. *intake.Verifier is one.
type Gate interface {
	Expect(c relay.Role)
	Suspect(c relay.Role, suspected bool)
}

// Clock knows by how much this computer's clock is off. *intake.Clock is one.
type Clock interface {
	Note(witness string, offset time.Duration)
	Measure(ctx context.Context)
	State() relay.ClockState
}

// Destinations are the spaces that are posted to. *outbox.Outbox is one, as of
// the two that follow.
type Destinations interface {
	AddDestination(ctx context.Context, space, label string) (relay.Destination, error)
	RemoveDestination(space string)
	Destination(space string) (relay.Destination, bool)
	LearnIDs(ctx context.Context, space string, ids relay.IDSupport) error
	Reopen(ctx context.Context, space string) error
}

// Queue is what waits to be posted.
type Queue interface {
	Nudge()
	RetryNow()
	Backlog(ctx context.Context) (relay.Backlog, error)
	Counters() relay.Counters
}

// Pauser holds posting.
type Pauser interface {
	Pause(ctx context.Context, until time.Time) error
	Resume(ctx context.Context, keep bool) (kept int, err error)
	Paused() relay.Pause
}

// Heartbeat tells a service outside that the relay is at work. *heartbeat.Heartbeat
// is one. It may be used from any goroutine.
type Heartbeat interface {
	// Use makes url the one that is called; empty: none is. It returns at once.
	Use(url relay.Secret)
	// Check calls url once. Its error is a health.Problem.
	Check(ctx context.Context, url relay.Secret) error
}

// Settings are the settings in force. *config.Config is one.
type Settings interface {
	Settings() config.Settings
	// Change lets change alter the settings in force and stores them. Changes wait for
	// each other; change must not call Settings.
	Change(change func(*config.Settings) error) error
}

// Factories build the parts that depend on a credential or a setting, so that a
// new one takes effect without a restart.
type Factories struct {
	API      func(key relay.Secret) (checks.API, error)
	Webhooks func(api checks.API) (WebhookManager, WebhookEditor)
	// Tunnel makes the provider of the public address. An error is a
	// *tunnel.PermanentError when the settings are at fault.
	Tunnel func(token relay.Secret) (tunnel.Provider, error)
	// Vendors are the tunnels that can be chosen; the first is the default.
	Vendors []tunnel.Vendor
	// CheckToken proves the credential of a tunnel and says whose it is.
	CheckToken func(ctx context.Context, kind credentials.Kind, token relay.Secret) (tunnel.Account, error)
	// ParseChatURL cleans and checks what was pasted.
	ParseChatURL func(pasted string) (googlechat.URL, error)
}

// Prober asks for our own public address from outside, as far as that can be
// done from this computer.
type Prober interface {
	// Probe returns nil when the address answered with this run's nonce,
	// reach.ErrCannotCheck when this computer cannot tell, and any other error when
	// somebody else answered.
	Probe(ctx context.Context, origin string) error
}
