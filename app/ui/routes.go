package ui

import (
	"context"
	"sync"

	"vastrelay/app/config"
	"vastrelay/app/ui/events"
	"vastrelay/relay"
)

// settingsStore keeps the settings.
type settingsStore interface {
	Settings() config.Settings
	SaveSettings(ctx context.Context, s config.Settings) error
}

// routes keep in the settings of which types events are posted.
type routes struct {
	store  settingsStore
	saving sync.Mutex // two changes at once would undo each other
}

var _ events.Routes = (*routes)(nil)

// Posts reports whether events of that type are posted.
func (r *routes) Posts(k relay.Kind) bool { return r.store.Settings().Posts(k.Key()) }

// SetPosts chooses that for the events that are yet to come.
func (r *routes) SetPosts(ctx context.Context, k relay.Kind, yes bool) error {
	r.saving.Lock()
	defer r.saving.Unlock()
	s := r.store.Settings()
	s.SetPosts(k.Key(), yes)
	return r.store.SaveSettings(ctx, s)
}
