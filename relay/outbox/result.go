package outbox

import (
	"net/http"
	"time"

	"vastrelay/relay"
)

// facts are what a lane knows of an attempt beside its result.
type facts struct {
	now        time.Time
	refused    refusedForms // of this post, in this run, by the URL of the attempt
	urlChanged bool         // the destination's URL was replaced while the attempt ran
}

// refusedForms says what of a post was refused before.
type refusedForms struct {
	card   bool // the card, in a message without a thread, and not for its size
	thread bool // a message in a thread
}

// add notes an attempt that was refused for its content.
func (f *refusedForms) add(rung relay.Rung, r relay.Result) {
	switch {
	case blamesThread(r):
		f.thread = true
	case rung == relay.RungCard && r.Status != http.StatusRequestEntityTooLarge:
		f.card = true
	}
}

// blamesThread reports whether what was refused may be the message's thread.
// The vendor words it so that it cannot be told from other refusals for sure,
// but a thread says nothing of the size.
func blamesThread(r relay.Result) bool {
	return r.Outcome == relay.ContentRefused && r.Threaded && r.Status != http.StatusRequestEntityTooLarge
}

// applyResult decides what an attempt of p with result r means: it returns p in
// its next state and changes d to what is now known of the destination. Waits of
// the lane that are not kept on disk are laneBackoff's.
//
// Only ordinary failures (Google's own 5xx, and no answer to a request that was
// sent) make a post older. A 429, 401, 403 or 404 is about the space or its URL,
// and a request that never left, or that a proxy answered, is about the network:
// they may last for weeks, and no event is given up for them.
func applyResult(p relay.Post, d *relay.Destination, r relay.Result, f facts) relay.Post {
	p.State, p.NotBefore = relay.Waiting, time.Time{}
	if f.urlChanged && refusal(r.Outcome) {
		return p // The new URL may take what the old one did not.
	}
	switch r.Outcome {
	case relay.Posted, relay.AlreadyPosted:
		return delivered(p, d, r, f)
	case relay.ContentRefused:
		return refused(p, r)
	case relay.IDsRefused:
		if d.RefusesIDs {
			return stepDown(p) // None were sent: the refusal is about something else.
		}
		d.RefusesIDs = true
		p.MayRepeat = p.MayRepeat || p.Answers > 0
	case relay.RateLimited:
		hold(d, r, f.now)
	case relay.Unauthorized:
		unauthorized(d, r, f.now)
	case relay.DestinationGone:
		park(d, r, f.now)
	case relay.Unreachable, relay.Unverified:
		return withoutVerdict(p, d, r, f.now)
	default: // ServerTrouble, Ambiguous, and whatever else: it may have been stored.
		return failed(p, d, f.now)
	}
	return p
}

// refusal reports whether o is a verdict on what was sent or on the URL, after which
// nothing was stored.
func refusal(o relay.Outcome) bool {
	switch o {
	case relay.ContentRefused, relay.IDsRefused, relay.Unauthorized, relay.DestinationGone:
		return true
	default:
		return false
	}
}

// hold notes the wait that a 429 at now asks for.
func hold(d *relay.Destination, r relay.Result, now time.Time) {
	step, wait := nextHold(d.HoldStep, r.RetryAfter)
	d.HoldStep, d.HoldUntil = step, now.Add(wait)
}

// holdAfter notes the hold that follows from the last attempt, unless that was
// done: a hold ends after the attempt that it follows from.
func holdAfter(d *relay.Destination, last relay.Attempt) {
	if last.Result.Outcome == relay.RateLimited && !d.HoldUntil.After(last.EndedAt) {
		hold(d, last.Result, last.EndedAt)
	}
}

func delivered(p relay.Post, d *relay.Destination, r relay.Result, f facts) relay.Post {
	p.State = relay.Done
	if r.Outcome == relay.AlreadyPosted || r.Replayed {
		if d.IDs == relay.IDsUnknown {
			d.IDs = relay.IDsHonoured
		}
		if honoursIDs(*d) {
			p.MayRepeat = false
		}
	}
	// AlreadyPosted proves nothing about this form, because an earlier attempt was
	// stored. A digest's card may have been refused for its size. If the text was
	// refused as well, the card was not the cause.
	if r.Outcome == relay.Posted && f.refused.card && !f.urlChanged && p.Rung == relay.RungText && p.Kind != relay.Digest {
		d.RefusesCards = true
	}
	unpark(d)
	d.HoldStep, d.HoldUntil = 0, time.Time{}
	return p
}

// refused decides what comes after a refusal of the content: the same form
// without its thread, see lane.send, or the next form.
func refused(p relay.Post, r relay.Result) relay.Post {
	if blamesThread(r) {
		return p
	}
	return stepDown(p)
}

// stepDown gives p the next form; after the last one p is dead.
func stepDown(p relay.Post) relay.Post {
	below, ok := p.Rung.Below()
	if !ok {
		p.State = relay.Dead
		return p
	}
	p.Rung = below
	return p
}

// failed notes an ordinary failure, after which p may stand in the space.
func failed(p relay.Post, d *relay.Destination, now time.Time) relay.Post {
	p.Answers++
	if p.FirstAnswer.IsZero() {
		p.FirstAnswer = now
	}
	p.MayRepeat = p.MayRepeat || !honoursIDs(*d)
	if p.Answers >= minAnswers && now.Sub(p.FirstAnswer) >= minAge {
		p.State = relay.Dead
		return p
	}
	p.NotBefore = now.Add(retryAfter(p.Answers))
	return p
}

// withoutVerdict notes an attempt that Google did not answer. When nothing was
// reached, the lane waits. When a proxy answered, only the post waits, because the
// proxy may refuse this message alone; and never for long, because a person can
// mend the network at any time.
func withoutVerdict(p relay.Post, d *relay.Destination, r relay.Result, now time.Time) relay.Post {
	if r.Outcome == relay.Unverified {
		p.MayRepeat = p.MayRepeat || !honoursIDs(*d)
	}
	if answeredInBetween(r) {
		p.NotBefore = now.Add(jittered(doubled(unreachableFirst, max(p.Tries, 1), unreachableMax), unreachableMax))
	}
	return p
}

// answeredInBetween reports whether something between here and Google answered,
// such as a proxy.
func answeredInBetween(r relay.Result) bool {
	return r.Outcome == relay.Unverified || r.Outcome == relay.Unreachable && r.Status != 0
}

// unauthorized counts a 401, and parks d after several.
func unauthorized(d *relay.Destination, r relay.Result, now time.Time) {
	d.Unauthorized++
	if d.Parked() || d.Unauthorized > len(unauthorizedWaits()) {
		park(d, r, now)
	}
}

// park suspends posting to d until a probe succeeds. Parking a parked
// destination only moves the next probe.
func park(d *relay.Destination, r relay.Result, now time.Time) {
	if !d.Parked() {
		d.ParkedSince = now
	}
	d.ParkReason, d.ParkDetail = r.Reason, r.Detail
	d.ProbeAt = now.Add(probeEvery)
}

func unpark(d *relay.Destination) {
	d.ParkedSince, d.ProbeAt = time.Time{}, time.Time{}
	d.ParkReason, d.ParkDetail = "", ""
	d.Unauthorized = 0
}

// honoursIDs reports whether a second attempt of a post cannot leave a second
// message in d.
func honoursIDs(d relay.Destination) bool { return d.IDs == relay.IDsHonoured && !d.RefusesIDs }
