package banners

import (
	"time"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/relay"
)

// Rules decides which banners to show and when. It is told what happens, in any
// order, and asked what is due.
type Rules struct {
	replaces bool // a later banner takes the place of an earlier one on this system

	outage outage
	notes  []*note
	burst  burst
}

// NewRules returns rules that know of nothing yet. replaces says that a banner takes
// the place of an earlier one of its slot.
func NewRules(replaces bool) *Rules {
	r := &Rules{replaces: replaces}
	r.outage.told = map[problem]time.Time{}
	for _, about := range noteSubjects() {
		r.notes = append(r.notes, &note{about: about})
	}
	return r
}

// Due is what is to be shown now.
type Due struct {
	Show     []Banner
	Withdraw []string  // slots whose banners say what is no longer true
	KeptBack int       // events that are never told, since they came in a silent time
	Next     time.Time // when to ask again if nothing happens; zero: never
}

// again makes d ask again at t, unless it does so earlier already.
func (d *Due) again(t time.Time) {
	if !t.IsZero() && (d.Next.IsZero() || t.Before(d.Next)) {
		d.Next = t
	}
}

// latest is the latest of several times.
func latest(first time.Time, others ...time.Time) time.Time {
	for _, t := range others {
		if t.After(first) {
			first = t
		}
	}
	return first
}

// Status takes the status as it is at now.
func (r *Rules) Status(s status.Status, now time.Time) {
	r.outage.update(s, now)
	r.burst.paused = s.Holds()
}

// Events takes events that were stored since it was last called, as of now. seen says
// that a person sees them come in, so that there is nothing to tell of those that need
// nobody.
func (r *Rules) Events(rows []relay.Summary, seen bool, now time.Time) {
	for _, row := range rows {
		switch {
		case row.Type == relay.GapType:
			r.note(noteGap).add(1, row, now)
		case row.Fate == relay.FateLate:
			r.note(noteLate).add(1, row, now)
		case row.Fate.Accepted() && !seen:
			r.burst.add(row, now)
		}
	}
}

// GivenUp takes that posting count events was given up; row is the newest of them,
// the zero Summary where it is not known.
func (r *Rules) GivenUp(count int, row relay.Summary, now time.Time) {
	r.note(noteGivenUp).add(count, row, now)
}

func (r *Rules) note(about noteSubject) *note {
	for _, n := range r.notes {
		if n.about == about {
			return n
		}
	}
	return &note{}
}

// Dismissed takes that a person has closed or clicked the banner in slot.
func (r *Rules) Dismissed(slot string) {
	if slot == r.burst.slot {
		r.burst.over()
	}
}

// NotShown takes that the desktop refused the banner in slot. What is still wrong or
// waits for a person is due once more at again; events stand in the window.
func (r *Rules) NotShown(slot string, again time.Time) {
	if slot == outageSlot {
		r.outage.refused(again)
	}
	for _, n := range r.notes {
		if slot == string(n.about) {
			n.refused(again)
		}
	}
}

// Due returns what is to be shown at now, in the zone of the person, and counts it as
// shown. While notifications are kept back, events are dropped; what is still
// wrong or waits for a person afterwards is shown then.
func (r *Rules) Due(now time.Time, n config.Notifications) Due {
	var d Due
	silent := n.SilentUntil(now)
	r.outage.due(&d, now, n, silent)
	for _, pending := range r.notes {
		pending.due(&d, now, n, silent)
	}
	r.burst.due(&d, now, n, !silent.IsZero(), r.replaces)
	return d
}

// End returns the slots of banners that nobody keeps true once the program has ended.
func (r *Rules) End() []string {
	var d Due
	r.outage.withdraw(&d)
	return d.Withdraw
}
