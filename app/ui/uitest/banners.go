package uitest

import (
	"context"
	"sync"
	"time"

	"vastrelay/app/config"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/words"
)

// Banners plays what shows notifications on the desktop. The zero value is a desktop
// on which all goes well.
type Banners struct {
	Mu     sync.Mutex
	Nobody bool                  // nothing shows them
	Err    error                 // what Test and Mute return
	Tests  int                   // how often Test was called
	Keep   func(until time.Time) // keeps what Mute is asked for; nil: nobody does
}

// Notifying is a program that shows notifications of some types of events, has quiet
// hours, and is muted until 12:40.
func Notifying() *Program {
	b := Working()
	b.InForce.Notifications = config.Notifications{
		Events: config.NotifiedTypes, Types: []string{"client:outbid", "client:low_credit"}, Quiet: true,
		MutedUntil: kittest.Noon.Add(40 * time.Minute),
	}
	return b
}

// NotifyingNowhere is a program on a desktop that shows no notifications.
func NotifyingNowhere() *Program {
	b := Working()
	b.Notifier.Nobody = true
	return b
}

// Describe is that of settings.Banners.
func (b *Banners) Describe(context.Context) (sentence string, works bool) {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	if b.Nobody {
		return words.Text("banners.desktop.none"), false
	}
	return words.Text("banners.desktop.service", words.Args{"Service": "dunst"}), true
}

// Test is that of settings.Banners.
func (b *Banners) Test(context.Context) error {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	b.Tests++
	return b.Err
}

// Mute is that of settings.Banners.
func (b *Banners) Mute(_ context.Context, until time.Time) error {
	b.Mu.Lock()
	defer b.Mu.Unlock()
	if b.Err == nil && b.Keep != nil {
		b.Keep(until)
	}
	return b.Err
}
