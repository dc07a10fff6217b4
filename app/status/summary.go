package status

import (
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// Input is everything that a Status is made from. It is a plain value, so that
// the words can be tested without running anything.
type Input struct {
	Now     time.Time
	Since   time.Time // when the phase last changed
	Phase   Phase     // the phase until now
	Stopped bool
	// CleanedUp says that a person has removed the webhooks: nothing is received
	// before they start again.
	CleanedUp bool

	Missing  []credentials.Kind
	Hops     [5]health.Hop // in the order of HopNames
	Address  Address
	Webhooks []Webhook

	Posting     Posting
	Trouble     Trouble
	ClockOffset *time.Duration
	Overrides   []string
	Demo        bool
}

// Address is the public origin, and what there is to say of it.
type Address struct {
	URL    string // empty while there is none
	Before string // an origin that stays open until URL is proven; empty mostly
	// StandbySince is since when another computer holds the address; zero: it does
	// not.
	StandbySince time.Time
	StandbySeen  time.Time // when it was last seen to; zero: never in this run
	// WebhookSeen is when a webhook that was later found to be gone, or to lead
	// elsewhere, was last known to lead here; zero: none was in this run.
	WebhookSeen time.Time
}

// Posting is how it stands with posting.
type Posting struct {
	Space, Label string
	NeverSetUp   bool // no earlier run had a space
	Pause        relay.Pause
	Waiting      int
	Backlog      Progress // of posting what waits
	Tally        relay.Tally
	Counters     relay.Counters
}

// Trouble is what is wrong beside the hops. A sentence that is empty says that
// nothing is.
type Trouble struct {
	Disk       words.Sentence // why events cannot be put on disk
	Clock      words.Sentence // why deliveries cannot be judged by their time
	Unreadable words.Sentence // why the last unreadable delivery could not be read
	Notice     words.Sentence // something to know that needs nobody to act

	Unconfirmed bool // nobody has confirmed the settings since they were restored
}

// NoteTry notes that bringing up the hops was tried at now, in vain, and is tried again
// by itself after wait. Posting has tries of its own.
func (v *Input) NoteTry(now time.Time, wait time.Duration) {
	for i := range v.Hops {
		if h := &v.Hops[i]; h.State == health.HopFailing && h.Name != health.HopChat {
			h.Tried, h.NextTry = now, now.Add(wait)
		}
	}
}

// SetHop replaces the hop of that name; its Since moves only when its state does.
func (v *Input) SetHop(h health.Hop) {
	for i := range v.Hops {
		old := &v.Hops[i]
		if old.Name != h.Name {
			continue
		}
		h.Since = old.Since
		if old.State != h.State {
			h.Since = time.Now()
		}
		*old = h
	}
}

// Status turns v into the snapshot that people see.
func (v Input) Status() Status {
	s := Status{
		Since: v.Since, Address: v.Address.URL, AddressBefore: v.Address.Before, StandbySeen: v.Address.StandbySeen, Webhooks: v.Webhooks, WebhookSeen: v.Address.WebhookSeen, Hops: v.Hops[:],
		Space: v.Posting.Space, Label: v.Posting.Label, PausedUntil: v.Posting.Pause.Until,
		Waiting: v.Posting.Waiting, Backlog: v.Posting.Backlog, Today: v.Posting.Tally.Total, LastEvent: v.Posting.Tally.LastEvent,
		Late: v.Posting.Tally.ByFate[relay.FateLate], Unreadable: v.Posting.Tally.ByFate[relay.FateUnreadable], UnreadableReason: v.Trouble.Unreadable,
		GivenUp:   v.Posting.Tally.ByFate[relay.FateFailed],
		Overrides: v.Overrides, Demo: v.Demo, Counters: v.Posting.Counters,
	}
	if v.Posting.Pause.Active() {
		s.PausedSince = v.Posting.Pause.Since
	}
	v.summarise(&s)
	if s.Phase != v.Phase {
		s.Since = v.Now
	}
	return s
}

// summarise decides the phase and its two sentences. A hop that a person must
// mend outranks everything but missing credentials; while posting is paused,
// trouble in Chat does not matter.
func (v Input) summarise(s *Status) {
	s.Disk, s.Notice, s.ClockOffset = v.Trouble.Disk, v.Trouble.Notice, v.ClockOffset
	failing, broken := v.firstFailing()
	switch {
	case v.Stopped:
		s.Phase, s.Headline, s.Cause, s.Action = Stopped, words.New("status.stopped.headline"), words.New("status.stopped.cause"), health.ActionStart
	case v.CleanedUp:
		s.Phase, s.Headline, s.Cause, s.Action = Stopped, words.New("status.cleaned_up.headline"), words.New("status.cleaned_up.cause"), health.ActionStart
	case len(v.Missing) > 0:
		s.Phase, s.Headline, s.Action = Setup, words.New("status.setup"), health.ActionSetUp
		s.Cause = credentials.StillMissing(v.Missing)
	case failing.Name == health.HopKeyring && v.Posting.NeverSetUp && v.Posting.Space == "": // It is the first step then.
		s.Phase, s.Headline, s.Action = Setup, words.New("status.setup"), health.ActionSetUp
		s.Cause = failing.Detail
	case !v.Trouble.Disk.IsZero():
		s.Phase, s.Headline = Attention, words.New("status.disk.headline")
		s.Cause = health.Paragraph(v.Trouble.Disk, words.New("status.disk.next"))
	case !v.Trouble.Clock.IsZero():
		s.Phase, s.Headline = Attention, words.New("status.clock.headline")
		s.Cause = health.Paragraph(v.Trouble.Clock, words.New("status.clock.next"))
	case broken:
		s.Phase, s.Headline = Attention, failing.Detail
		s.Cause, s.Action = failing.Next, failing.Action
		s.Failing, s.Severity = failing.Name, failing.Severity
	case !v.Address.StandbySince.IsZero():
		s.Phase, s.Headline = Standby, words.New("status.standby.headline")
		s.Cause = words.New("status.standby.cause", words.Args{"Time": words.NewMoment(v.Address.StandbySince, v.Now)})
	case v.Posting.Pause.Active():
		s.Phase, s.Action = Paused, health.ActionResume
		s.Headline, s.Cause = s.PauseHeadline(v.Now), heldWords(v.Posting.Waiting)
	case v.ready():
		s.Phase, s.Headline = Relaying, v.destination()
		s.Cause = joined(s.rhythm(v.Now))
		s.Action = v.choice(*s)
	default:
		s.Phase, s.Headline, s.Cause = Starting, words.New("status.connecting.headline"), v.underWay()
	}
}

// choice is what a person may be asked to choose while all is well.
func (v Input) choice(s Status) health.Action {
	switch {
	case v.Trouble.Unconfirmed:
		return health.ActionConfirmSettings
	case s.edited():
		return health.ActionReviewEdit
	default:
		return health.ActionNone
	}
}

// firstFailing returns the first hop that fails in a way that matters now.
func (v Input) firstFailing() (health.Hop, bool) {
	for _, h := range v.Hops {
		if h.State != health.HopFailing {
			continue
		}
		if h.Name == health.HopChat && v.Posting.Pause.Active() {
			continue
		}
		return h, true
	}
	return health.Hop{}, false
}

// ready reports whether every hop is proven, or believed where proof would
// cost a message in the space.
func (v Input) ready() bool {
	for _, h := range v.Hops {
		switch {
		case h.State == health.HopOK:
		case h.State == health.HopUntested && (h.Name == health.HopChat || h.Name == health.HopKeyring):
		default:
			return false
		}
	}
	return true
}

// underWay is the detail of the first hop that is not yet well.
func (v Input) underWay() words.Sentence {
	for _, h := range v.Hops {
		if (h.State == health.HopWorking || h.State == health.HopIdle) && !h.Detail.IsZero() {
			return h.Detail
		}
	}
	return words.New("status.connecting.cause")
}

// destination says where events are relayed to, as the person calls it.
func (v Input) destination() words.Sentence {
	if v.Posting.Label == "" {
		return words.New("status.relaying.to_chat")
	}
	return words.New("status.relaying.to_label", words.Args{"Label": v.Posting.Label})
}

// PauseHeadline says that posting is paused, and until when, as of now. It is for a
// status in which it Holds.
func (s Status) PauseHeadline(now time.Time) words.Sentence {
	if s.PausedUntil.IsZero() {
		return words.New("status.paused.headline")
	}
	return words.New("status.paused.headline_until", words.Args{"Time": words.NewUpcoming(s.PausedUntil, now)})
}

// heldWords say how many events are held while posting is paused.
func heldWords(held int) words.Sentence {
	if held == 0 {
		return words.New("status.paused.none_held")
	}
	return words.NewPlural("status.paused.held", held)
}
