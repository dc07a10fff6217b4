package gaps

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay"
)

const (
	// listedFrom is from which length on a gap is an event.
	listedFrom = time.Minute
	// postedFrom is from which length on that event is posted, if events may have
	// been lost.
	postedFrom = 5 * time.Minute
	// tellAgain is when an event that could not be put on disk is tried again.
	tellAgain = time.Minute
)

// reporter makes events of the gaps that are over, once deliveries arrive again.
type reporter struct {
	o       Options
	book    *book
	signals *signals
}

// run looks whenever deliveries arrive again, and when something is due, until ctx
// ends.
func (r *reporter) run(ctx context.Context) {
	for ctx.Err() == nil {
		timer := time.NewTimer(r.report(ctx))
		select {
		case <-ctx.Done():
		case <-r.signals.ended:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// report tells of the gaps that are over and returns after how long it is to be
// called again.
func (r *reporter) report(ctx context.Context) time.Duration {
	if r.signals.receivingSince().IsZero() {
		return never
	}
	for _, e := range r.book.untold() {
		if err := r.tell(ctx, r.book.gapOf(e)); err != nil {
			if ctx.Err() == nil {
				r.o.Logger.Warn("telling that deliveries could not arrive", "err", err)
			}
			return tellAgain
		}
		r.book.told(e, r.o.Now())
	}
	if !r.book.save(ctx, r.o.Now()) {
		return saveAgain
	}
	return never
}

// tell puts the event of g on disk, and has it posted where that is worth it.
func (r *reporter) tell(ctx context.Context, g relay.Gap) error {
	length := g.Length(g.End)
	if length < listedFrom {
		return nil
	}
	telling, cancel := context.WithTimeout(ctx, storeDeadline)
	defer cancel()
	ev := event(g, r.o.Now())
	if g.MayLose && length >= postedFrom && r.o.Tell() {
		if err := r.o.Events.Post(telling, ev); err != nil {
			return fmt.Errorf("post a gap: %w", err)
		}
		return nil
	}
	if err := r.o.Events.Keep(telling, ev); err != nil {
		return fmt.Errorf("list a gap: %w", err)
	}
	return nil
}

// event is the event of a gap, as of now.
func event(g relay.Gap, now time.Time) relay.Event {
	return relay.Event{
		ID: "gap-" + strconv.FormatInt(g.Start.UnixMicro(), 10), Role: relay.RoleClient, Type: relay.GapType,
		Subject: status.DescribeGap(g, now).Text, Message: status.GapConsequence(g),
		OccurredAt: g.End, ReceivedAt: now,
	}
}
