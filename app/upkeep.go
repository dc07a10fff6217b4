package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"vastrelay/app/checks"
	"vastrelay/relay/store"
)

// upkeepEvery is how often old events are removed.
const upkeepEvery = time.Hour

// upkeep removes what is too old or too much from the event store, at the
// start and every hour, and tells the person when the room gets short. It
// gives way to everything that accepts or posts.
func (p *Program) upkeep(ctx context.Context) {
	p.showNotice()
	for {
		p.retain(ctx)
		timer := time.NewTimer(upkeepEvery)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

func (p *Program) retain(ctx context.Context) {
	done, err := p.store.Retain(ctx, store.Retention{})
	if err != nil {
		if ctx.Err() == nil {
			p.log.Warn("removing old events", "err", err)
		}
		return
	}
	if done.Payloads+done.Events > 0 {
		p.log.Info("removed old events", "payloads", done.Payloads, "events", done.Events)
	}
	p.notices.setUsage(done.Usage)
	p.showNotice()
}

// notice is what the person is to know of the history: that it was damaged,
// that events in it cannot be read, and that its room gets short.
func notice(damage string, u store.Usage) string {
	var parts []string
	if damage != "" {
		parts = append(parts, damage)
	}
	if u.SetAside > 0 {
		parts = append(parts, "some events were damaged before they could be posted; look at the console of Vast.ai")
	}
	switch {
	case u.OverLimit():
		parts = append(parts, "the history is full of events that are not posted, which are never removed")
	case u.NearLimit():
		parts = append(parts, "the history is nearly full; the oldest events are removed first")
	}
	return strings.Join(parts, "; ")
}

// Kept says how long and in how much room events are kept, to go on after
// "Events are kept".
func (p *Program) Kept() string {
	return fmt.Sprintf("for %d days, in at most %d MB", store.DefaultMaxAge/(24*time.Hour), store.DefaultMaxBytes/1_000_000)
}

// Resend posts events again: dead letters under their ids, delivered ones
// marked as resent. It returns how many posts that makes.
func (p *Program) Resend(ctx context.Context, ids ...string) (posts int, err error) {
	posts, err = p.outbox.Resend(ctx, ids...)
	return posts, explained(err)
}

// ResendDead posts everything again that was given up, and returns how many
// posts that makes.
func (p *Program) ResendDead(ctx context.Context) (posts int, err error) {
	posts, err = p.outbox.ResendDead(ctx)
	return posts, explained(err)
}

// PostAnyway posts a late event although it was late.
func (p *Program) PostAnyway(ctx context.Context, id string) error {
	return explained(p.outbox.PostAnyway(ctx, id))
}

// explained turns err into a Problem, and nil into nil.
func explained(err error) error {
	if err == nil {
		return nil
	}
	return checks.Explain(err)
}

// activityHours is how many hours Activity looks back.
const activityHours = 24

// Activity counts the events of each of the last 24 hours, oldest first.
func (p *Program) Activity(ctx context.Context) ([]int, error) {
	// The store counts in microseconds: what is finer would put every bucket a
	// moment before its hour, and so into the one before.
	since := time.Now().Add(-activityHours * time.Hour).Truncate(time.Microsecond)
	buckets, err := p.store.Activity(ctx, since, time.Hour)
	if err != nil {
		return nil, err
	}
	counts := make([]int, activityHours)
	for _, b := range buckets {
		if hour := int(b.Start.Sub(since) / time.Hour); hour >= 0 && hour < activityHours {
			counts[hour] += b.Total
		}
	}
	return counts, nil
}
