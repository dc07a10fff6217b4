package outbox

import (
	"time"

	"vastrelay/relay"
)

// rests is what a lane knows in memory of when it may try again, beside the
// hold and the park that its destination keeps on disk. It is not safe for
// concurrent use.
//
// A failed post rests by itself and those behind it go on. When a second one
// fails too, or Google is not reached at all, it is not the post's fault:
// then the lane rests, longer each time, so that an outage costs one attempt
// now and then instead of one for each post that waits. Each further failure
// makes that rest longer. By then the oldest post is due again, so mostly the
// same one is tried.
type laneBackoff struct {
	paced   time.Time // the earliest start of the next attempt, for the pace
	resting time.Time // the same, for trouble

	trouble    int          // failures that speak of the lane, since the last success
	lastFailed relay.PostID // the last post that failed
}

// started notes an attempt that began at now.
func (s *laneBackoff) started(now time.Time) { s.paced = now.Add(pace) }

// answered notes that the attempt that was started ended at now.
func (s *laneBackoff) answered(now time.Time) { s.paced = later(s.paced, now.Add(spacing)) }

// resume notes an attempt of an earlier run. Where the clock has been set back
// since, the attempt counts as just made.
func (s *laneBackoff) resume(last relay.Attempt, now time.Time) {
	// By now, which goes on rightly when the clock is set from here on.
	passed := func(t time.Time) time.Time { return now.Add(-max(0, now.Sub(t))) }
	s.started(passed(last.StartedAt))
	if !last.EndedAt.IsZero() {
		s.answered(passed(last.EndedAt))
	}
}

// reset forgets trouble, so that the next attempt depends on the pace alone.
func (s *laneBackoff) reset() { *s = laneBackoff{paced: s.paced} }

// after notes how an attempt of p ended, with d as it stands since.
func (s *laneBackoff) after(p relay.Post, d relay.Destination, r relay.Result, now time.Time) {
	if answeredInBetween(r) {
		s.failed(p, now, unreachableMax)
		return
	}
	switch r.Outcome {
	case relay.Posted, relay.AlreadyPosted, relay.ContentRefused, relay.IDsRefused, relay.RateLimited, relay.DestinationGone:
		s.reset()
	case relay.Unauthorized:
		s.reset()
		if waits := unauthorizedWaits(); !d.Parked() && d.Unauthorized > 0 {
			s.resting = now.Add(waits[min(d.Unauthorized, len(waits))-1])
		}
	case relay.Unreachable:
		s.trouble++
		s.resting = now.Add(jittered(doubled(unreachableFirst, s.trouble, unreachableMax), unreachableMax))
	default:
		s.failed(p, now, troubleMax)
	}
}

// failed notes a failure of p that is the lane's once a second post fails too;
// most bounds how long the lane rests then.
func (s *laneBackoff) failed(p relay.Post, now time.Time, most time.Duration) {
	if p.ID != s.lastFailed || s.trouble > 1 {
		s.trouble++
		s.lastFailed = p.ID
	}
	if s.trouble > 1 {
		s.resting = now.Add(jittered(doubled(troubleFirst, s.trouble-1, most), most))
	}
}

// relieve brings p's next attempt forward to where the lane's rest for trouble
// ends: what keeps every post from leaving is not its fault, and must not keep
// it back for longer than the trouble lasts.
func (s *laneBackoff) relieve(p relay.Post, now time.Time) relay.Post {
	if p.State == relay.Waiting && s.resting.After(now) && p.NotBefore.After(s.resting) {
		p.NotBefore = s.resting
	}
	return p
}

// until returns the earliest time at which the lane may try again. What ends
// later than any rest can is from before the clock was set back, and does not
// count; the pace, which is not taken from the clock, does.
func (s *laneBackoff) until(d relay.Destination, now time.Time) time.Time {
	ends := []time.Time{s.resting, d.HoldUntil}
	if d.Parked() {
		ends = append(ends, d.ProbeAt)
	}
	at := s.paced
	for _, end := range ends {
		if end.Sub(now) <= longestRest {
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
