package relay

import "time"

// facts are what a lane knows of an attempt beside its result.
type facts struct {
	now         time.Time
	cardRefused bool // this post was refused as a card, in this run
	urlChanged  bool // the destination's URL was replaced while the attempt ran
}

// conclude decides what an attempt of p with result r means: it returns p in
// its next state and changes d to what is now known of the destination. Rests
// of the lane that are not kept on disk are decided in rests.go.
//
// Only ordinary failures (5xx, and no answer to a request that was sent) make
// a post older. A 429, 401, 403 or 404 is about the space or its URL, and a
// request that never left is about the network: they may last for weeks and
// cost no event.
func conclude(p Post, d *Destination, r Result, f facts) Post {
	p.State, p.NotBefore = Waiting, time.Time{}
	switch r.Outcome {
	case Posted, AlreadyPosted:
		return delivered(p, d, r, f)
	case ContentRefused:
		return stepDown(p)
	case IDsRefused:
		if d.RefusesIDs {
			return stepDown(p) // None were sent: the refusal is about something else.
		}
		d.RefusesIDs = true
		p.MayRepeat = p.MayRepeat || p.Answers > 0
	case RateLimited:
		step, rest := nextHold(d.HoldStep, r.RetryAfter)
		d.HoldStep, d.HoldUntil = step, f.now.Add(rest)
	case Unauthorized:
		if f.urlChanged {
			break
		}
		d.Unauthorized++
		if d.Parked() || d.Unauthorized > len(unauthorizedWaits()) {
			park(d, r, f.now)
		}
	case DestinationGone:
		if !f.urlChanged {
			park(d, r, f.now)
		}
	case Unreachable:
	default: // ServerTrouble, Ambiguous, and whatever else: it may have been stored.
		return failed(p, d, f.now)
	}
	return p
}

func delivered(p Post, d *Destination, r Result, f facts) Post {
	p.State = Done
	if r.Outcome == AlreadyPosted || r.Replayed {
		if d.IDs == IDsUnknown {
			d.IDs = IDsHonoured
		}
		if honoursIDs(*d) {
			p.MayRepeat = false
		}
	}
	// A collision says nothing of the form: an earlier attempt was stored. A
	// digest's card may have been refused for its size.
	if r.Outcome == Posted && f.cardRefused && p.Rung != RungCard && p.Kind != Digest {
		d.RefusesCards = true
	}
	unpark(d)
	d.HoldStep, d.HoldUntil = 0, time.Time{}
	return p
}

// stepDown moves p down the ladder; below its last rung it is dead.
func stepDown(p Post) Post {
	below, ok := p.Rung.Below()
	if !ok {
		p.State = Dead
		return p
	}
	p.Rung = below
	return p
}

// failed notes an ordinary failure, after which p may stand in the space.
func failed(p Post, d *Destination, now time.Time) Post {
	p.Answers++
	if p.FirstAnswer.IsZero() {
		p.FirstAnswer = now
	}
	p.MayRepeat = p.MayRepeat || !honoursIDs(*d)
	if p.Answers >= minAnswers && now.Sub(p.FirstAnswer) >= minAge {
		p.State = Dead
		return p
	}
	p.NotBefore = now.Add(retryAfter(p.Answers))
	return p
}

// park suspends posting to d until a probe succeeds. Parking a parked
// destination only moves the next probe.
func park(d *Destination, r Result, now time.Time) {
	if !d.Parked() {
		d.ParkedSince = now
	}
	d.ParkReason, d.ParkDetail = r.Reason, r.Detail
	d.ProbeAt = now.Add(probeEvery)
}

func unpark(d *Destination) {
	d.ParkedSince, d.ProbeAt = time.Time{}, time.Time{}
	d.ParkReason, d.ParkDetail = "", ""
	d.Unauthorized = 0
}

// honoursIDs reports whether a second attempt of a post cannot leave a second
// message in d.
func honoursIDs(d Destination) bool { return d.IDs == IDsHonoured && !d.RefusesIDs }
