package checks

import (
	"context"
	"time"

	"vastrelay/app/webhooks"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/vastapi"
)

// API is what the checks ask of Vast.ai. *vastapi.Client is one.
type API interface {
	webhooks.API
	WhoAmI(ctx context.Context) (vastapi.Account, error)
	NotificationTypes(ctx context.Context) ([]vastapi.NotificationType, error)
	Test(ctx context.Context, id int64) (vastapi.TestAnswer, error)
	Preferences(ctx context.Context, userID int64) (vastapi.Preferences, error)
	ClockOffset() (offset time.Duration, at time.Time)
}

// Chat is Google Chat as the checks speak to it. *googlechat.Sender is one.
type Chat interface {
	SetURL(u googlechat.URL)
	RemoveURL(space string)
	Hello(ctx context.Context, u googlechat.URL, text string) (googlechat.Hello, error)
	Test(ctx context.Context, space, text string) relay.Result
}

// Prober asks for our own public address from outside, as far as that can be
// done from this computer.
type Prober interface {
	// Probe returns nil when the address answered with this run's nonce,
	// reach.ErrCannotCheck when this computer cannot tell, and any other error when
	// somebody else answered.
	Probe(ctx context.Context, origin string) error
}
