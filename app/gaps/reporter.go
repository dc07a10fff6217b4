package gaps

import (
	"context"
	"fmt"
	"slices"
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

// reporter catches up the gaps that are over and makes events of them, once
// deliveries arrive again. What follows catcher belongs to the goroutine of run.
type reporter struct {
	o       Options
	book    *book
	signals *signals
	catcher *catcher

	tries int // how often the inbox could not be read since deliveries arrive again
}

// run looks whenever deliveries arrive again, and when something is due, until ctx
// ends.
func (r *reporter) run(ctx context.Context) {
	r.catcher.recall(ctx)
	for ctx.Err() == nil {
		next := time.After(r.report(ctx))
		select {
		case <-ctx.Done():
		case <-r.signals.ended:
			r.tries = 0
		case <-next:
		}
	}
}

// report catches up and tells of the gaps that are over, and returns after how long
// it is to be called again.
func (r *reporter) report(ctx context.Context) time.Duration {
	since := r.signals.receivingSince()
	untold := r.book.untold()
	if since.IsZero() || len(untold) == 0 {
		return never
	}
	left, wait := r.catchUp(ctx, since, untold)
	if wait > 0 {
		return wait
	}
	for i, e := range untold {
		missing := 0
		if i == len(untold)-1 {
			missing = left // of all of them together
		}
		if err := r.tell(ctx, r.book.gapOf(e), missing); err != nil {
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

// catchUp fetches what is missing from the inbox, once deliveries have arrived for a
// while, which is since the given time. left is how many events are missing that a
// person has to ask for. A wait says that it is too early, or to be tried again.
func (r *reporter) catchUp(ctx context.Context, since time.Time, untold []*entry) (left int, wait time.Duration) {
	lacking := slices.DeleteFunc(slices.Clone(untold), func(e *entry) bool { return r.book.gapOf(e).Cause == relay.GapStandby })
	if !r.o.CatchesUp() || len(lacking) == 0 || r.tries == inboxTries {
		return 0, 0
	}
	due := since.Add(settles << r.tries)
	if early := due.Sub(r.o.Now()); early > 0 && early <= settles<<r.tries {
		return 0, early
	}
	result, err := r.catcher.catchUp(ctx, lacking, false)
	switch {
	case err == nil:
		if result.Relayed > 0 || result.Left > 0 {
			r.o.Logger.Info("looked for what could not be delivered", "relayed", result.Relayed, "left", result.Left)
		}
		return result.Left, 0
	case ctx.Err() != nil:
		return 0, never
	case mayPass(err):
		r.tries++
		r.o.Logger.Info("looking for what could not be delivered", "attempt", r.tries, "err", err)
		return r.catchUp(ctx, since, untold)
	default:
		r.o.Logger.Info("the inbox at Vast.ai cannot be used", "err", err)
		return 0, 0
	}
}

// tell puts the event of g on disk, and has it posted where that is worth it. left
// events are in Vast.ai's inbox and not here.
func (r *reporter) tell(ctx context.Context, g relay.Gap, left int) error {
	length := g.Length(g.End)
	if length < listedFrom {
		return nil
	}
	telling, cancel := context.WithTimeout(ctx, storeDeadline)
	defer cancel()
	ev := event(g, left, r.o.Now())
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

// event is the event of a gap, as of now. What it says stands in its payload for those
// who word it themselves, and in English beside it.
func event(g relay.Gap, left int, now time.Time) relay.Event {
	return relay.Event{
		ID: "gap-" + strconv.FormatInt(g.Start.UnixMicro(), 10), Role: relay.RoleClient, Type: relay.GapType,
		Subject: status.DescribeGap(g, now).Text.String(), Message: status.GapConsequence(g, left).String(),
		OccurredAt: g.End, ReceivedAt: now, Payload: relay.NoteOf(g, left).Payload(),
	}
}
