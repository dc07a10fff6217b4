package tunnel

import "time"

// kind is what a failure asks for.
type kind int

const (
	transient kind = iota // try again, each time a little later
	slow                  // try again, but seldom
	busy                  // the name is held by another session
	permanent             // only a person can help
)

// pauses are the times of the retry policy.
type pauses struct {
	first   time.Duration // the first pause after a transient failure; doubles
	most    time.Duration // where doubling ends
	rare    time.Duration // after a slow failure
	busy    time.Duration // while a name in use may still be our own old session
	settle  time.Duration // how long that is assumed
	standby time.Duration // once the name is taken to be in use elsewhere
	steady  time.Duration // online for this long: the next failure counts as the first
}

// defaultPauses are the pauses of the program. ngrok drops a dead session
// after about 25 s, so a name that is in use for longer than settle belongs to
// another session.
func defaultPauses() pauses {
	return pauses{
		first:   time.Second,
		most:    30 * time.Second,
		rare:    time.Minute,
		busy:    5 * time.Second,
		settle:  45 * time.Second,
		standby: time.Minute,
		steady:  time.Minute,
	}
}

// history is what the policy remembers between two attempts.
type history struct {
	failures  int       // transient failures in a row
	busySince time.Time // first answer in a row that the name is in use
	wasOnline bool      // the link was up before, in this run
	answer    string    // the last answer, of the vendor or a proxy, since the link was up
	refusals  int       // how often in a row that was the answer
}

// refused counts a failure with an answer. Failures without one, such as those
// of the network, end no row.
func (h history) refused(answer string) history {
	switch {
	case answer == "":
	case answer == h.answer:
		h.refusals++
	default:
		h.answer, h.refusals = answer, 1
	}
	return h
}

// next decides, from what happened so far and a failure of kind k at now, how
// long to wait, and as which state the link shows meanwhile. spread, from 0 up
// to but not including 1, shortens a pause by up to half, so that many programs
// cut off together do not come back together. It is a pure function.
func (p pauses) next(h history, k kind, now time.Time, spread float64) (history, LinkState, time.Duration) {
	state := Connecting
	if h.wasOnline {
		state = Reconnecting
	}
	switch k {
	case busy:
		h.failures = 0
		if h.busySince.IsZero() {
			h.busySince = now
		}
		if now.Sub(h.busySince) < p.settle {
			return h, state, p.busy
		}
		return h, InUse, p.standby
	case slow:
		h.busySince = time.Time{}
		return h, state, p.rare
	default:
		h.busySince = time.Time{}
		h.failures++
		wait := p.first
		for range min(h.failures-1, 30) {
			if wait *= 2; wait >= p.most {
				wait = p.most
				break
			}
		}
		return h, state, wait - time.Duration(spread/2*float64(wait))
	}
}

// online returns the history after a link that was up for d.
func (p pauses) online(h history, d time.Duration) history {
	h.wasOnline = true
	h.busySince = time.Time{}
	h.answer, h.refusals = "", 0
	if d >= p.steady {
		h.failures = 0
	}
	return h
}
