package launch

import (
	"context"
	"sync"
	"time"

	"vastrelay/app/ui/cards"
	"vastrelay/app/ui/events"
	"vastrelay/app/ui/settings"
	"vastrelay/app/ui/webhooks"
	"vastrelay/app/words"

	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui"
	"vastrelay/app/ui/uitest"
	"vastrelay/relay"
)

// program is all that the windows ask of the program.
type program interface {
	ui.Watcher
	ui.Controls
	ui.Tests
	webhooks.Manager
	events.History
	settings.Exporter
	settings.Gaps
	events.Resender
	cards.Keeper
	settings.Store
	settings.Types
	ui.Messages
	ui.Demo
	ui.Doctor
	settings.Cleaner
}

// partsOf hands p to the windows as every part of the program.
func partsOf(p program) ui.Parts {
	return ui.Parts{
		Status: p, Controls: p, Tests: p, Webhooks: p, History: p,
		Resender: p, Credentials: p, Messages: p, Demo: p, Doctor: p, LastRun: &uitest.LastRun{}, Updates: &uitest.Updates{}, Program: &uitest.Restarter{},
		Settings: settings.Parts{Store: p, Types: p, Exporter: p, Gaps: p, Cleaner: p, Login: &uitest.Login{}, Updates: &uitest.Updates{}, Reporter: &uitest.Reports{}, Proxy: &uitest.Proxy{}, Banners: &uitest.Banners{}},
	}
}

// fakeBackend is a program that relays; it records what it is asked to do. What
// it does not implement is never called by these tests.
type fakeBackend struct {
	program

	mu     sync.Mutex
	status status.Status
	recent []relay.Summary
	watch  map[int]func(status.Change)
	err    error // what pausing and the like return
	muted  time.Time

	calls chan string
}

func newFakeBackend() *fakeBackend {
	return &fakeBackend{
		status: status.Status{
			Phase: status.Relaying, Headline: words.Verbatim("Relaying to “Ops alerts”"), Address: "https://name.ngrok-free.app",
		},
		watch: map[int]func(status.Change){},
		calls: make(chan string, 16),
	}
}

// set changes the state and says so, as the bridge does.
func (b *fakeBackend) set(change func()) {
	b.mu.Lock()
	change()
	watchers := make([]func(status.Change), 0, len(b.watch))
	for _, changed := range b.watch {
		watchers = append(watchers, changed)
	}
	b.mu.Unlock()
	for _, changed := range watchers {
		changed(status.Everything)
	}
}

func (b *fakeBackend) Status() status.Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.status
}

func (b *fakeBackend) Watch(changed func(status.Change)) func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := len(b.watch)
	for b.watch[id] != nil {
		id++
	}
	b.watch[id] = changed
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watch, id)
	}
}

func (b *fakeBackend) Events(context.Context, relay.Query) ([]relay.Summary, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.recent, nil
}

func (b *fakeBackend) Export(context.Context, string, relay.Query, func(done, total int)) error {
	return nil
}

func (b *fakeBackend) Gaps() status.Gaps { return status.Gaps{} }

func (b *fakeBackend) CatchUp(context.Context) (status.CatchUp, error) { return status.CatchUp{}, nil }

func (b *fakeBackend) Event(_ context.Context, id string) (relay.Detail, error) {
	b.calls <- "event " + id
	return relay.Detail{}, relay.ErrNotFound
}

func (b *fakeBackend) Activity(context.Context, []time.Time) ([]relay.Activity, error) {
	return nil, nil
}

func (b *fakeBackend) MarkRead(context.Context, ...string) error     { return nil }
func (b *fakeBackend) MarkAllRead(context.Context) error             { return nil }
func (b *fakeBackend) Preview(relay.Event, relay.Rung) relay.Preview { return relay.Preview{} }

func (b *fakeBackend) Perform(_ context.Context, a health.Action) error {
	b.calls <- "perform " + string(a)
	return b.err
}

func (b *fakeBackend) Pause(_ context.Context, until time.Time) error {
	if !until.IsZero() {
		b.calls <- "pause until " + until.String()
		return b.err
	}
	b.calls <- "pause"
	b.set(func() { b.status.Phase, b.status.Headline = status.Paused, words.Verbatim("Paused") })
	return b.err
}

func (b *fakeBackend) Resume(_ context.Context, keep bool) error {
	if keep {
		b.calls <- "resume and keep"
		return b.err
	}
	b.calls <- "resume"
	b.set(func() {
		b.status.Phase, b.status.Headline = status.Relaying, words.Verbatim("Relaying to “Ops alerts”")
	})
	return b.err
}

func (b *fakeBackend) Keyring() credentials.KeyringState {
	return credentials.KeyringState{State: "ready"}
}
func (b *fakeBackend) Credentials() []credentials.Credential { return nil }

func (b *fakeBackend) Settings() config.Settings {
	b.mu.Lock()
	defer b.mu.Unlock()
	return config.Settings{TrayHintShown: true, Notifications: config.Notifications{MutedUntil: b.muted}}
}

func (b *fakeBackend) DemoSpace() []status.DemoMessage { return nil }

func (b *fakeBackend) ChangeSettings(context.Context, func(*config.Settings)) error { return nil }

func (b *fakeBackend) Catalogue(context.Context) (status.Catalogue, error) {
	return status.Catalogue{}, nil
}

// Unread is how many of the recent events nobody has read.
func (b *fakeBackend) Unread(context.Context) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	unread := 0
	for _, e := range b.recent {
		if e.Unread {
			unread++
		}
	}
	return unread, nil
}
