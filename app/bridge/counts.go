package bridge

import (
	"context"
	"time"

	"vastrelay/app/backlog"
	"vastrelay/app/status"
)

// tallyInterval is the shortest time between two counts of the events, so that
// a burst does not turn into a count per event.
const tallyInterval = 250 * time.Millisecond

// run counts the events anew after something happened, at midnight, and
// when a pause runs out or an event has waited for too long, which nobody
// reports.
func (w *chatWatch) run(ctx context.Context) {
	w.countNow(ctx)
	for {
		next := status.StartOfDay(time.Now(), 1)
		if until := w.o.Posting.Pauser.Paused().Until; !until.IsZero() && until.Before(next) {
			next = until
		}
		w.mu.Lock()
		overdue := w.waits.OverdueAt()
		w.mu.Unlock()
		if overdue.After(time.Now()) && overdue.Before(next) {
			next = overdue
		}
		select {
		case <-ctx.Done():
			return
		case <-w.count.soon:
		case <-time.After(max(time.Until(next), tallyInterval)):
		}
		w.countNow(ctx)
		select {
		case <-ctx.Done():
			return
		case <-time.After(tallyInterval):
		}
	}
}

// countNow reads today's tally and the backlog, and publishes.
func (w *chatWatch) countNow(ctx context.Context) {
	w.mu.Lock()
	news := w.count.news
	w.count.news = 0
	w.mu.Unlock()
	tally, err := w.o.Posting.Tally.Tally(ctx, status.StartOfDay(time.Now(), 0))
	if err != nil {
		if ctx.Err() == nil {
			w.log.Warn("counting events", "err", err)
		}
		return
	}
	waiting, err := w.o.Posting.Queue.Backlog(ctx)
	if err != nil {
		if ctx.Err() == nil {
			w.log.Warn("counting waiting posts", "err", err)
		}
		return
	}
	now, paused := time.Now(), w.o.Posting.Pauser.Paused().Active()
	progress := w.count.backlog.Note(now, backlog.Sample{Waiting: waiting.Count, NextAt: waiting.NextAt, Paused: paused})
	w.mu.Lock()
	if progress.Posted > w.board.status().Backlog.Posted {
		w.waits.Moved = now
	}
	w.waits.Look(waiting.Oldest, paused, now)
	w.posting.NextTry = waiting.NextAt
	w.mu.Unlock()
	w.board.note(func(in *status.Input) {
		in.Posting.Tally, in.Posting.Waiting, in.Posting.Backlog = tally, waiting.Count, progress
	})
	w.board.publish(news)
	w.show()
}
