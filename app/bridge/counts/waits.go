package counts

import (
	"slices"
	"time"
)

// longestWait is how long events may wait to be posted before a person is told,
// whatever keeps them.
const longestWait = 5 * time.Minute

// startGrace is how long posting gets after a start or a sleep before what has
// waited since before counts.
const startGrace = 10 * time.Second

// waits is what is known of the events that wait to be posted.
type waits struct {
	oldest  time.Time // when the oldest was accepted; zero: none waits
	paused  bool      // posting was paused at the last look
	resumed time.Time // when the last pause ended
	running time.Time // since when posts could leave: the start, or the end of a sleep
	moved   time.Time // when posts of a large backlog left last: its oldest may be as old as it likes
}

// look takes in the backlog as it is at now.
func (w *waits) look(oldest time.Time, paused bool, now time.Time) {
	if w.paused && !paused {
		w.resumed = now
	}
	w.oldest, w.paused = oldest, paused
}

// since returns from when on the oldest event has waited; zero when none does,
// or none should leave. What was held by a pause waits from the pause's end, and a
// backlog from the last post of it that left.
func (w *waits) since() time.Time {
	if w.oldest.IsZero() || w.paused {
		return time.Time{}
	}
	return slices.MaxFunc([]time.Time{w.oldest, w.resumed, w.moved}, time.Time.Compare)
}

// overdueAt returns when the wait becomes too long; zero when nothing waits.
func (w *waits) overdueAt() time.Time {
	since := w.since()
	if since.IsZero() {
		return since
	}
	due := since.Add(longestWait)
	if grace := w.running.Add(startGrace); grace.After(due) {
		return grace
	}
	return due
}

// overdue returns since when the oldest event has waited for too long; zero when
// none has.
func (w *waits) overdue(now time.Time) time.Time {
	if due := w.overdueAt(); due.IsZero() || now.Before(due) {
		return time.Time{}
	}
	return w.since()
}
