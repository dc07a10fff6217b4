package app

import (
	"context"
	"log/slog"
	"time"

	"vastrelay/relay/store"
)

// When old events are removed: first a while after the start, when the window
// stands and the relay is up, since looking through a large store takes processor
// and disk from both; then every hour.
const (
	upkeepDelay = time.Minute
	upkeepEvery = time.Hour
)

// upkeep removes from the event store what is too old or too much, and tells the
// person when its room gets short.
type upkeep struct {
	store   *store.Store
	notices *notices
	log     *slog.Logger
}

// run removes old events after upkeepDelay and then every upkeepEvery, until ctx
// ends. The store gives way to everything that accepts or posts.
func (u upkeep) run(ctx context.Context) {
	u.notices.show()
	for wait := upkeepDelay; ; wait = upkeepEvery {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		u.removeOld(ctx)
	}
}

func (u upkeep) removeOld(ctx context.Context) {
	done, err := u.store.History.Retain(ctx, store.Retention{})
	if err != nil {
		if ctx.Err() == nil {
			u.log.Warn("removing old events", "err", err)
		}
		return
	}
	if done.Payloads+done.Events > 0 {
		u.log.Info("removed old events", "payloads", done.Payloads, "events", done.Events)
	}
	u.notices.setUsage(done.Usage)
	u.notices.show()
}
