package outbox

import (
	"time"

	"vastrelay/relay"
)

// laneBackoff is what a lane knows in memory of when it may try again, beside
// the hold and the park that its destination keeps on disk. It is not safe for
// concurrent use.
//
// A post that failed waits by itself, and those behind it go on. When a second
// one fails too, or Google is not reached at all, the fault is not the post's:
// then the lane waits, longer each time, so that an outage costs one attempt
// now and then instead of one for each post. By then the oldest post is due
// again, so mostly the same one is tried.
type laneBackoff struct {
	paced     time.Time // the earliest start of the next attempt, for the pace
	waitUntil time.Time // the same, for trouble

	failures   int          // failures that are the lane's, since the last success
	lastFailed relay.PostID // the last post that failed
}

// started notes an attempt that began at now.
func (b *laneBackoff) started(now time.Time) { b.paced = now.Add(pace) }

// answered notes that the attempt that was started ended at now.
func (b *laneBackoff) answered(now time.Time) { b.paced = later(b.paced, now.Add(spacing)) }

// resume notes an attempt of an earlier run. Where the clock has been set back
// since, the attempt counts as just made.
func (b *laneBackoff) resume(last relay.Attempt, now time.Time) {
	// By now, which goes on rightly when the clock is set from here on.
	passed := func(t time.Time) time.Time { return now.Add(-max(0, now.Sub(t))) }
	b.started(passed(last.StartedAt))
	if !last.EndedAt.IsZero() {
		b.answered(passed(last.EndedAt))
	}
}

// reset forgets trouble, so that the next attempt depends on the pace alone.
func (b *laneBackoff) reset() { *b = laneBackoff{paced: b.paced} }

// after notes how an attempt of p ended, with d as it stands since.
func (b *laneBackoff) after(p relay.Post, d relay.Destination, r relay.Result, now time.Time) {
	if answeredInBetween(r) {
		b.failed(p, now, unreachableMax)
		return
	}
	switch r.Outcome {
	case relay.Posted, relay.AlreadyPosted, relay.ContentRefused, relay.IDsRefused, relay.RateLimited, relay.DestinationGone:
		b.reset()
	case relay.Unauthorized:
		b.reset()
		if waits := unauthorizedWaits(); !d.Parked() && d.Unauthorized > 0 {
			b.waitUntil = now.Add(waits[min(d.Unauthorized, len(waits))-1])
		}
	case relay.Unreachable:
		b.failures++
		b.waitUntil = now.Add(jittered(doubled(unreachableFirst, b.failures, unreachableMax), unreachableMax))
	default:
		b.failed(p, now, troubleMax)
	}
}

// failed notes a failure of p that is the lane's once a second post fails too;
// most bounds how long the lane waits then.
func (b *laneBackoff) failed(p relay.Post, now time.Time, most time.Duration) {
	if p.ID != b.lastFailed || b.failures > 1 {
		b.failures++
		b.lastFailed = p.ID
	}
	if b.failures > 1 {
		b.waitUntil = now.Add(jittered(doubled(troubleFirst, b.failures-1, most), most))
	}
}

// capNotBefore moves p's next attempt forward to the end of the lane's backoff:
// trouble that is not the post's must not delay it for longer than it lasts.
func (b *laneBackoff) capNotBefore(p relay.Post, now time.Time) relay.Post {
	if p.State == relay.Waiting && b.waitUntil.After(now) && p.NotBefore.After(b.waitUntil) {
		p.NotBefore = b.waitUntil
	}
	return p
}

// until returns the earliest time at which the lane may try again. A wait that
// ends later than longestBackoff from now is ignored: the clock was set back. The
// pace is not taken from the wall clock, and counts.
func (b *laneBackoff) until(d relay.Destination, now time.Time) time.Time {
	ends := []time.Time{b.waitUntil, d.HoldUntil}
	if d.Parked() {
		ends = append(ends, d.ProbeAt)
	}
	at := b.paced
	for _, end := range ends {
		if end.Sub(now) <= longestBackoff {
			at = later(at, end)
		}
	}
	return at
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
