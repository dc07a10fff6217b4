package heartbeat

import (
	"time"

	"vastrelay/app/status"
)

// Times of the calls.
const (
	every      = 5 * time.Minute  // between two calls of the same kind
	retryFirst = time.Minute      // after a call that failed; doubles up to every
	leastGap   = 30 * time.Second // between two calls, whatever happens
	patience   = 2 * time.Minute  // for which something needs attention before the service is told so
)

// kind is what a call says.
type kind int

const (
	nothing kind = iota
	up           // all is well
	down         // it is not
)

// String names k for the log.
func (k kind) String() string {
	switch k {
	case up:
		return "up"
	case down:
		return "down"
	default:
		return "nothing"
	}
}

// wanted says what the service is to hear in state s, and from when on. While
// posting is paused, events still arrive and are kept, so all is well; a copy that
// stands by for another one has nothing to say, nor has one that is starting.
func wanted(s status.Status) (k kind, from time.Time) {
	switch s.Phase {
	case status.Relaying, status.Paused:
		return up, time.Time{}
	case status.Attention:
		return down, s.Since.Round(0).Add(patience)
	default:
		return nothing, time.Time{}
	}
}

// schedule says when the URL is called next.
type schedule struct {
	target   target
	told     kind      // what the service heard last
	at       time.Time // when it was last called, whether or not that got through
	failures int       // calls in a row that did not get through
}

// next returns what the service is to hear and when; nothing means not before s
// changes.
func (c schedule) next(s status.Status, now time.Time) (kind, time.Time) {
	k, from := wanted(s)
	switch {
	case k == nothing, c.target.up == "", k == down && c.target.down == "":
		return nothing, time.Time{}
	case c.at.IsZero(), c.at.After(now): // the clock was set back
		return k, from
	}
	gap := leastGap
	switch {
	case c.failures > 0:
		gap = min(retryFirst<<min(c.failures-1, 10), every)
	case k == c.told:
		gap = every
	}
	if due := c.at.Add(gap); due.After(from) {
		return k, due
	}
	return k, from
}

// called notes a call of kind k at now, which failed with err.
func (c *schedule) called(k kind, now time.Time, err error) {
	c.at = now
	if err != nil {
		c.failures++
		return
	}
	c.told, c.failures = k, 0
}
