package app

import (
	"context"
	"log/slog"
	"time"

	"vastrelay/relay/store"
)

// upkeepEvery is how often old events are removed.
const upkeepEvery = time.Hour

// upkeep removes from the event store what is too old or too much, and tells the
// person when its room gets short.
type upkeep struct {
	store   *store.Store
	notices *notices
	log     *slog.Logger
}

// run removes old events at the start and every hour until ctx ends. The store
// gives way to everything that accepts or posts.
func (u upkeep) run(ctx context.Context) {
	u.notices.show()
	for {
		u.removeOld(ctx)
		select {
		case <-ctx.Done():
			return
		case <-time.After(upkeepEvery):
		}
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
