package bridge

import (
	"fmt"
	"strings"
	"time"

	"vastrelay/relay"
)

// view is everything that a Status is made from. It is a plain value, so that
// the words can be tested without running anything.
type view struct {
	now     time.Time
	since   time.Time // when the phase last changed
	phase   Phase     // the phase until now
	stopped bool
	standby time.Time // since when another computer holds the address; zero: it does not

	missing []CredentialKind
	hops    [5]Hop // in the order of HopNames
	address string
	hooks   []Webhook

	space, label string
	pause        relay.Pause
	waiting      int
	tally        relay.Tally
	counters     relay.Counters
	disk         string // why events cannot be put on disk
	notice       string
	unconfirmed  bool   // nobody has confirmed the settings
	unreadable   string // why the last unreadable delivery could not be read
	clockTrouble string // why deliveries cannot be judged by their time
	clockOffset  *time.Duration
	overrides    []string
	demo         bool
}

// status turns v into the snapshot that people see.
func (v view) status() Status {
	s := Status{
		Since: v.since, Address: v.address, Webhooks: v.hooks, Hops: v.hops[:],
		Space: v.space, Label: v.label, PausedUntil: v.pause.Until,
		Waiting: v.waiting, Today: v.tally.Total, LastEvent: v.tally.LastEvent,
		Late: v.tally.ByFate[relay.FateLate], Unreadable: v.tally.ByFate[relay.FateUnreadable], UnreadableReason: v.unreadable,
		Overrides: v.overrides, Demo: v.demo, Counters: v.counters,
	}
	v.summarise(&s)
	if s.Phase != v.phase {
		s.Since = v.now
	}
	return s
}

// summarise decides the phase and its two sentences. A hop that a person must
// mend outranks everything but missing credentials; while posting is paused,
// trouble in Chat does not matter.
func (v view) summarise(s *Status) {
	s.Disk, s.Notice, s.ClockOffset = v.disk, v.notice, v.clockOffset
	failing, broken := v.firstFailing()
	switch {
	case v.stopped:
		s.Phase, s.Headline, s.Cause, s.Action = PhaseStopped, "Stopped", "Nothing is received or posted.", ActionStart
	case len(v.missing) > 0:
		s.Phase, s.Headline, s.Action = PhaseSetup, "Not set up yet", ActionSetUp
		s.Cause = "Still missing: " + list(missingWords(v.missing)) + "."
	case v.disk != "":
		s.Phase, s.Headline = PhaseAttention, "Events cannot be written to disk"
		s.Cause = Sentences(v.disk, "Vast.ai is asked to try again; Vast Relay goes on by itself when it can.")
	case v.clockTrouble != "":
		s.Phase, s.Headline = PhaseAttention, "It is not certain what time it is"
		s.Cause = Sentences(v.clockTrouble, "Deliveries that look late are kept, and Vast.ai is asked to try again. Check the date and time of this computer.")
	case broken:
		s.Phase, s.Headline = PhaseAttention, failing.Detail
		s.Cause, s.Action = failing.Next, failing.Action
	case !v.standby.IsZero():
		s.Phase, s.Headline = PhaseStandby, "Standing by: another computer is relaying"
		s.Cause = "Since " + clock(v.standby) + ". This one takes over by itself when the address is free."
	case v.pause.Active():
		s.Phase, s.Action = PhasePaused, ActionResume
		s.Headline, s.Cause = pauseWords(v.pause, v.waiting)
	case v.ready():
		s.Phase, s.Headline, s.Cause = PhaseRelaying, "Relaying to "+v.destination(), v.rhythm()
		if v.unconfirmed {
			s.Action = ActionConfirmSettings
		}
	default:
		s.Phase, s.Headline, s.Cause = PhaseStarting, "Connecting…", v.underWay()
	}
}

// firstFailing returns the first hop that fails in a way that matters now.
func (v view) firstFailing() (Hop, bool) {
	for _, h := range v.hops {
		if h.State != HopFailing {
			continue
		}
		if h.Name == HopChat && v.pause.Active() {
			continue
		}
		return h, true
	}
	return Hop{}, false
}

// ready reports whether every hop is proven, or believed where proof would
// cost a message in the space.
func (v view) ready() bool {
	for _, h := range v.hops {
		switch {
		case h.State == HopOK:
		case h.State == HopUntested && (h.Name == HopChat || h.Name == HopKeyring):
		default:
			return false
		}
	}
	return true
}

// underWay is the detail of the first hop that is not yet well.
func (v view) underWay() string {
	for _, h := range v.hops {
		if (h.State == HopWorking || h.State == HopIdle) && h.Detail != "" {
			return h.Detail
		}
	}
	return "Starting."
}

// destination names the space as the person does.
func (v view) destination() string {
	if v.label == "" {
		return "Google Chat"
	}
	return "“" + v.label + "”"
}

// rhythm is the second line while all is well. It holds clock times rather
// than ages, so that it stays true without being drawn again.
func (v view) rhythm() string {
	parts := make([]string, 0, 4)
	if v.tally.LastEvent.IsZero() {
		parts = append(parts, "No event yet")
	} else {
		parts = append(parts, "Last event "+moment(v.tally.LastEvent, v.now), fmt.Sprintf("%d today", v.tally.Total))
	}
	if v.waiting == 0 {
		parts = append(parts, "nothing waiting")
	} else {
		parts = append(parts, fmt.Sprintf("%d waiting", v.waiting))
	}
	if late := v.tally.ByFate[relay.FateLate]; late > 0 {
		parts = append(parts, fmt.Sprintf("%d late, not posted", late))
	}
	if n := v.tally.ByFate[relay.FateUnreadable]; n > 0 {
		parts = append(parts, unreadableWords(n, v.unreadable))
	}
	if failed := v.tally.ByFate[relay.FateFailed]; failed > 0 {
		parts = append(parts, fmt.Sprintf("%d given up, can be posted again", failed))
	}
	if v.notice != "" {
		parts = append(parts, v.notice)
	}
	return strings.Join(parts, " · ")
}

// unreadableWords counts deliveries that could not be read and says what was
// wrong with the last one, if that is known.
func unreadableWords(n int, why string) string {
	words := fmt.Sprintf("%d unreadable", n)
	if why != "" {
		words += ": " + strings.TrimSuffix(why, ".")
	}
	return words
}

// pauseWords are the two sentences while posting is paused.
func pauseWords(p relay.Pause, held int) (headline, cause string) {
	headline = "Paused"
	if !p.Until.IsZero() {
		headline = "Paused until " + clock(p.Until)
	}
	switch held {
	case 0:
		cause = "Events are still received; none is held so far."
	case 1:
		cause = "1 event is held; more are still received."
	default:
		cause = fmt.Sprintf("%d events are held; more are still received.", held)
	}
	return headline, cause
}

func missingWords(kinds []CredentialKind) []string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = "the " + k.Words()
	}
	return words
}

// list joins words as a sentence does: "a, b and c".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

func clock(t time.Time) string { return t.Local().Format("15:04") }

// moment is a time of day, with its date when that is not today.
func moment(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04")
	}
	return t.Format("2 Jan 15:04")
}
