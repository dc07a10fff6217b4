package tunnel

import "time"

// FailureKind says how to go on after a failure.
type FailureKind int

// The kinds of failure.
const (
	Transient FailureKind = iota // try again, each time a little later
	Slow                         // try again, but seldom
	Busy                         // the name is held by another session
	Permanent                    // only a person can help
)

// Pauses are the times of the retry policy.
type Pauses struct {
	First      time.Duration // the first pause after a transient failure; doubles
	Longest    time.Duration // where doubling ends
	Slow       time.Duration // after a slow failure
	Busy       time.Duration // between two attempts in that time
	OwnSession time.Duration // how long a name in use is taken to be held by our own old session
	Standby    time.Duration // once the name is taken to be in use elsewhere
	ResetAfter time.Duration // online for this long: the next failure counts as the first
}

// DefaultPauses are the pauses of the program. ngrok drops a dead session
// after about 25 s, so a name that is in use for longer than OwnSession belongs to
// another session.
func DefaultPauses() Pauses {
	return Pauses{
		First:      time.Second,
		Longest:    30 * time.Second,
		Slow:       time.Minute,
		Busy:       5 * time.Second,
		OwnSession: 45 * time.Second,
		Standby:    time.Minute,
		ResetAfter: time.Minute,
	}
}

// History is the state of the retry policy between two attempts.
type History struct {
	Failures  int       // transient failures in a row
	busySince time.Time // first answer in a row that the name is in use
	WasOnline bool      // the link was up before, in this run
	Answer    string    // the last answer, of the vendor or a proxy, since the link was up
	Refusals  int       // how often in a row that was the answer
}

// Refused counts how often in a row the same answer came. Failures without an
// answer, such as those of the network, do not end the row.
func (h History) Refused(answer string) History {
	switch {
	case answer == "":
	case answer == h.Answer:
		h.Refusals++
	default:
		h.Answer, h.Refusals = answer, 1
	}
	return h
}

// Next decides, from what happened so far and a failure of kind k at now, how
// long to wait, and as which state the link shows meanwhile. jitter, from 0 up
// to but not including 1, shortens a pause by up to half, so that many programs
// cut off together do not come back together. It is a pure function.
func (p Pauses) Next(h History, k FailureKind, now time.Time, jitter float64) (History, LinkState, time.Duration) {
	state := Connecting
	if h.WasOnline {
		state = Reconnecting
	}
	switch k {
	case Busy:
		h.Failures = 0
		if h.busySince.IsZero() {
			h.busySince = now
		}
		if now.Sub(h.busySince) < p.OwnSession {
			return h, state, p.Busy
		}
		return h, InUse, p.Standby
	case Slow:
		h.busySince = time.Time{}
		return h, state, p.Slow
	default:
		h.busySince = time.Time{}
		h.Failures++
		wait := p.First
		for range min(h.Failures-1, 30) {
			if wait *= 2; wait >= p.Longest {
				wait = p.Longest
				break
			}
		}
		return h, state, wait - time.Duration(jitter/2*float64(wait))
	}
}

// Online returns the history after a link that was up for d.
func (p Pauses) Online(h History, d time.Duration) History {
	h.WasOnline = true
	h.busySince = time.Time{}
	h.Answer, h.Refusals = "", 0
	if d >= p.ResetAfter {
		h.Failures = 0
	}
	return h
}
