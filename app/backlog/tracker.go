// Package backlog says how far posting has come while many posts wait, and about when
// it is through with them.
//
// A Tracker is not safe for concurrent use. It keeps a few numbers, starts nothing and
// reads no clock.
package backlog

import (
	"math"
	"time"

	"vastrelay/app/status"
)

const (
	// A backlog begins with that many posts and ends below the other number: the last
	// ones may wait for long after a failure of their own.
	many, few = 20, 5
	// settleTime is how long a backlog must last to be shown, and how long posts must
	// have left for their pace to be known: a burst that is posted as one digest is over
	// before.
	settleTime = 3 * time.Second
	// paceMemory is how far back the measured pace looks. Digests leave a hundred posts
	// at a time, about once a second.
	paceMemory = 30 * time.Second
	// smoothing is the time in which an estimate follows a new pace.
	smoothing = 10 * time.Second
	// heldFrom is how far away the next attempt is while the lane holds back: the
	// pace that Google Chat allows, one message a second, is less.
	heldFrom = 2 * time.Second
)

// Sample is what is known of the posts that wait at one moment.
type Sample struct {
	Waiting int       // posts that are not posted yet
	NextAt  time.Time // when the next attempt is made; zero: not known
	Paused  bool      // nothing is posted, by a person's wish
}

// Tracker follows a backlog from sample to sample. The zero Tracker has seen nothing.
type Tracker struct {
	began     time.Time // zero: there is no backlog
	at        time.Time // of the last sample
	total     int       // posts that were waiting at the beginning, and those that came since
	waiting   int       // by the last sample
	heldUntil time.Time // until when nothing is attempted; zero: nothing holds

	// The measured pace, without the time for which the lane was held. What is long ago
	// counts less and less.
	left    float64 // posts that have left
	elapsed float64 // seconds
	work    float64 // seconds that the rest takes, smoothed; negative: not known
}

// Note takes a sample of the moment now, which is not before that of the last one, and
// returns the progress to show: the zero Progress where there is no backlog, or not for
// long enough.
func (t *Tracker) Note(now time.Time, s Sample) status.Progress {
	switch {
	case s.Paused || s.Waiting < few || t.began.IsZero() && s.Waiting < many:
		*t = Tracker{}
		return status.Progress{}
	case t.began.IsZero():
		*t = Tracker{began: now, at: now, total: s.Waiting, waiting: s.Waiting, work: -1}
	default:
		t.advance(now, s.Waiting)
	}
	t.heldUntil = time.Time{}
	if s.NextAt.Sub(now) >= heldFrom {
		t.heldUntil = s.NextAt
	}
	if now.Sub(t.began) < settleTime {
		return status.Progress{}
	}
	p := status.Progress{Posted: t.total - t.waiting, Total: t.total}
	if t.work >= 0 {
		from := now
		if t.heldUntil.After(now) {
			from = t.heldUntil
		}
		p.Ends = from.Add(time.Duration(t.work * float64(time.Second)))
	}
	return p
}

// advance takes the number of posts that wait at now. The pace is that at which posts
// leave: those that will come meanwhile are not known.
func (t *Tracker) advance(now time.Time, waiting int) {
	from := t.at
	if t.heldUntil.After(from) {
		from = t.heldUntil
	}
	passed := max(now.Sub(from), 0).Seconds()
	left := max(t.waiting-waiting, 0)
	t.total += max(waiting-t.waiting, 0)
	t.at, t.waiting = now, waiting

	keep := math.Exp(-passed / paceMemory.Seconds())
	t.left, t.elapsed = t.left*keep+float64(left), t.elapsed*keep+passed
	if t.left == 0 || t.elapsed < settleTime.Seconds() {
		return
	}
	work := float64(waiting) * t.elapsed / t.left
	if t.work < 0 {
		t.work = work
		return
	}
	t.work = max(t.work-passed, 0)
	t.work += (work - t.work) * (1 - math.Exp(-passed/smoothing.Seconds()))
}
