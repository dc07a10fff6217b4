package app

import (
	"context"
	"time"

	"vastrelay/app/banners"
	"vastrelay/app/banners/notify"
	"vastrelay/app/bridge"
	"vastrelay/app/config"
	"vastrelay/app/words"
	"vastrelay/assets"
)

// desktopID names the program to the desktop: its entry there without ".desktop".
const desktopID = "app.vastrelay.desktop"

// Banners shows notifications on the desktop. It is safe for concurrent use.
type Banners struct {
	*banners.Center
	settings *SettingsEditor
}

// newBanners returns what shows notifications, once its Run is called. A change of
// settings takes effect there at once.
func (b *foundation) newBanners(hub *bridge.Bridge, settings *SettingsEditor) *Banners {
	notifier := notify.New(notify.Options{Name: "Vast Relay", ID: desktopID, Label: func() string { return words.Text("banners.button.open") }, Icon: assets.Icon})
	b.closers.add(notifier)
	center := banners.NewCenter(banners.Options{
		Status: hub.Status, Watch: hub.Watch, Events: b.store.History.Events, Settings: b.settings.Settings,
		Notifier: notifier, Logger: b.log,
	})
	return &Banners{Center: center, settings: settings}
}

// Mute keeps notifications back until then; the zero time: no longer. It saves that
// and nothing else.
func (b *Banners) Mute(ctx context.Context, until time.Time) error {
	return b.settings.ChangeSettings(ctx, func(s *config.Settings) { s.Notifications.MutedUntil = until })
}
