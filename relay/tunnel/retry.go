package tunnel

import (
	"strings"
	"time"
)

// FailureKind says how to go on after a failure.
type FailureKind int

// The kinds of failure.
const (
	Transient FailureKind = iota // try again, each time a little later
	Slow                         // try again, but seldom
	Limited                      // asked too often: try again, but seldom, and each time later
	Busy                         // the name is held by another session
	Permanent                    // only a person can help
)

// Pauses are the times of the retry policy.
type Pauses struct {
	First      time.Duration // the first pause after a transient failure; doubles
	Longest    time.Duration // where doubling ends
	Slow       time.Duration // after a slow failure, and the first after one of asking too often; that doubles
	Limited    time.Duration // where the doubling after asking too often ends
	Busy       time.Duration // between two attempts in that time
	OwnSession time.Duration // how long a name in use is taken to be held by our own old session
	Standby    time.Duration // once the name is taken to be in use elsewhere
	ResetAfter time.Duration // online for this long: the next failure counts as the first
	Between    time.Duration // between any two attempts, which a restart does not shorten; 0: none
}

// DefaultPauses are the pauses of the program. ngrok drops a dead session
// after about 25 s, so a name that is in use for longer than OwnSession belongs to
// another session.
func DefaultPauses() Pauses {
	return Pauses{
		First:      time.Second,
		Longest:    30 * time.Second,
		Slow:       time.Minute,
		Limited:    15 * time.Minute,
		Busy:       5 * time.Second,
		OwnSession: 45 * time.Second,
		Standby:    time.Minute,
		ResetAfter: time.Minute,
	}
}

// Failure is why there is no link. Its texts are redacted.
type Failure struct {
	Kind FailureKind
	Err  error
	Code string // the vendor's code; empty if there is none

	// Permanent is what Run returns, for a failure that only a person can help with;
	// nil otherwise.
	Permanent *PermanentError
	// Refusal is the answer that gave no link; the zero value when nobody answered.
	Refusal Refusal
}

// Refusal is the answer of a vendor, or of a proxy on the way, that gives no link.
type Refusal struct {
	Answer string // by which the same refusal is known again

	// Headline, Cause and Next say it to a person, once it came twice in a row; empty
	// for one that passes by itself.
	Headline, Cause, Next string
	// Seldom has it tried again seldom from then on, whatever its kind: it is no
	// trouble of the network.
	Seldom bool
}

// RefusedByProxy is the refusal of a proxy on the way to a vendor, which did what is
// told in words that may be shown.
func RefusedByProxy(vendor, did string) Refusal {
	return Refusal{
		Answer:   did,
		Headline: "The proxy gives no connection to " + vendor + ".",
		Cause:    strings.ToUpper(did[:1]) + did[1:] + ".",
		Next:     "Check the proxy settings of this computer, HTTPS_PROXY and NO_PROXY; it is tried again by itself.",
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

// refused counts how often in a row the same answer came. Failures without an
// answer, such as those of the network, do not end the row.
func (h History) refused(answer string) History {
	switch {
	case answer == "":
	case answer == h.Answer:
		h.Refusals++
	default:
		h.Answer, h.Refusals = answer, 1
	}
	return h
}

// After decides, from what happened so far and a failure at now, when the next
// attempt is due, and returns the Link that is shown until then. jitter is as for
// next. It is a pure function.
func (p Pauses) After(h History, f Failure, now time.Time, jitter float64) (History, Link) {
	h, state, wait := p.next(h, f.Kind, now, jitter)
	h = h.refused(f.Refusal.Answer)
	link := Link{State: state, Err: f.Err, Code: f.Code}
	if h.Refusals >= 2 && f.Refusal.Answer == h.Answer {
		link.Headline, link.Cause, link.Next = f.Refusal.Headline, f.Refusal.Cause, f.Refusal.Next
		if f.Refusal.Seldom {
			wait = max(wait, p.Slow)
		}
	}
	link.RetryAt = now.Add(wait)
	return h, link
}

// next decides, from what happened so far and a failure of kind k at now, how
// long to wait, and as which state the link shows meanwhile. jitter, from 0 up
// to but not including 1, shortens a pause by up to half, so that many programs
// cut off together do not come back together.
func (p Pauses) next(h History, k FailureKind, now time.Time, jitter float64) (History, LinkState, time.Duration) {
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
	case Limited:
		h.busySince = time.Time{}
		h.Failures++
		return h, state, doubled(p.Slow, p.Limited, h.Failures, jitter)
	default:
		h.busySince = time.Time{}
		h.Failures++
		return h, state, doubled(p.First, p.Longest, h.Failures, jitter)
	}
}

// doubled is the pause after so many failures in a row: first, doubled after each up
// to longest, and shortened by the jitter.
func doubled(first, longest time.Duration, failures int, jitter float64) time.Duration {
	wait := first
	for range min(failures-1, 30) {
		if wait *= 2; wait >= longest {
			wait = longest
			break
		}
	}
	return wait - time.Duration(jitter/2*float64(wait))
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
