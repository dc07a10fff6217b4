// Package status is the snapshot that window, tray and status page read, and
// the sentences in it.
//
// A Status is immutable: it may be copied, and read from any goroutine. Nothing
// here does anything; the bridge makes snapshots and passes them on.
package status

import (
	"slices"
	"time"

	"vastrelay/app/build"
	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// Phase is the state of the whole program, as the person sees it.
type Phase string

// The phases. Their order is the order in which a healthy start passes them.
const (
	Setup     Phase = "setup"     // something is missing that only the person can give
	Starting  Phase = "starting"  // working its way to relaying
	Relaying  Phase = "relaying"  // every hop up to Chat is proven
	Paused    Phase = "paused"    // receiving, not posting, by the person's wish
	Standby   Phase = "standby"   // another computer holds the address
	Attention Phase = "attention" // a person should act
	Stopped   Phase = "stopped"   // nothing runs
)

// Webhook is a webhook of ours at Vast.ai.
type Webhook struct {
	ID    int64      `json:"id"`
	Role  relay.Role `json:"context"`
	Name  string     `json:"name,omitempty"`
	URL   string     `json:"url"`
	Types []string   `json:"types"`

	// Edited is what somebody changed of it at Vast.ai and a person has not settled
	// yet; nil: nothing.
	Edited *Edit `json:"edited,omitempty"`
}

// LeadsHere reports whether the webhook delivers to this program.
func (w Webhook) LeadsHere() bool { return w.Edited == nil || w.Edited.URL == "" }

// Edit is what somebody changed of a webhook of ours at Vast.ai. What is empty was
// not changed.
type Edit struct {
	URL     string   `json:"url,omitempty"`     // where it leads now
	Added   []string `json:"added,omitempty"`   // types, as full keys
	Removed []string `json:"removed,omitempty"` // types, as full keys
	Renamed bool     `json:"renamed,omitempty"`
	Name    string   `json:"name,omitempty"` // what it is called now, if it was renamed
}

// Status is what the person sees: an immutable snapshot, safe to copy and to
// read from any goroutine.
type Status struct {
	Phase Phase     `json:"phase"`
	Since time.Time `json:"since"`
	// Headline is one sentence of state, for someone who knows no term; while something
	// fails, what. Title says what that stops.
	Headline words.Sentence `json:"headline"`
	Cause    words.Sentence `json:"cause"` // one sentence of cause or rhythm
	Action   health.Action  `json:"-"`     // the one button that helps; empty when none is needed

	// Failing is the hop that Headline is about, and Severity what it asks of a
	// person; both are empty unless the phase is Attention because of a hop.
	Failing  health.HopName  `json:"-"`
	Severity health.Severity `json:"-"`

	Address string `json:"address"` // the public origin; empty while there is none
	// AddressBefore is the origin that events still come to while the address
	// changes; empty mostly.
	AddressBefore string `json:"address_before,omitempty"`
	// StandbySeen is when another computer was last seen to hold the address; zero:
	// never in this run.
	StandbySeen time.Time `json:"standby_seen,omitzero"`

	Webhooks []Webhook `json:"webhooks"`
	// WebhookSeen is when a webhook that was later found to be gone, or to lead
	// elsewhere, was last known to be there; zero: none was in this run.
	WebhookSeen time.Time `json:"-"`

	Hops  []health.Hop `json:"hops"` // in the order of HopNames
	Space string       `json:"space"`
	Label string       `json:"space_label"`

	PausedSince time.Time `json:"paused_since,omitzero"` // zero while not paused
	PausedUntil time.Time `json:"paused_until,omitzero"` // zero while paused without an end, or not paused
	Waiting     int       `json:"waiting"`               // posts not yet posted; while paused, held
	Backlog     Progress  `json:"backlog,omitzero"`      // of posting them; zero: few wait
	Today       int       `json:"today"`                 // events accepted since local midnight
	LastEvent   time.Time `json:"last_event,omitzero"`
	Late        int       `json:"late"`     // late deliveries that nobody has dealt with
	GivenUp     int       `json:"given_up"` // events whose message was given up; they can be posted again

	// Unreadable counts deliveries of today that were signed and could not be
	// read; UnreadableReason says why the last one of this run could not.
	Unreadable       int            `json:"unreadable"`
	UnreadableReason words.Sentence `json:"unreadable_reason,omitzero"`

	// Disk says why events cannot be put on disk; empty while they can.
	Disk words.Sentence `json:"disk,omitzero"`
	// Notice is something to know that needs nobody to act now; empty mostly.
	Notice words.Sentence `json:"notice,omitzero"`
	// Folder says how the data folder is used when it is not the program's alone;
	// empty mostly. The status page sets it.
	Folder words.Sentence `json:"folder,omitzero"`
	// LastRun says how the run before this one ended; nil where it was stopped. The
	// status page sets it.
	LastRun *LastRun `json:"last_run,omitempty"`
	// Gaps says when deliveries could not arrive. The status page sets it.
	Gaps Gaps `json:"gaps"`
	// ClockOffset is how far this computer's clock is ahead of Vast.ai's; nil
	// until it is measured.
	ClockOffset *time.Duration `json:"clock_offset_ns,omitempty"`

	Build     build.Info     `json:"build"`               // the build that runs
	Overrides []string       `json:"overrides,omitempty"` // environment overrides in force, by name
	Demo      bool           `json:"demo,omitempty"`
	Counters  relay.Counters `json:"counters"`
}

// Only returns s with its sentences as they read in l.
func (s Status) Only(l *words.Language) Status {
	for _, sentence := range []*words.Sentence{&s.Headline, &s.Cause, &s.UnreadableReason, &s.Disk, &s.Notice, &s.Folder} {
		*sentence = sentence.Only(l)
	}
	s.Hops = slices.Clone(s.Hops)
	for i := range s.Hops {
		s.Hops[i].Detail, s.Hops[i].Next = s.Hops[i].Detail.Only(l), s.Hops[i].Next.Only(l)
	}
	s.Gaps = s.Gaps.Only(l)
	return s
}

// Receives reports whether events are taken and nothing is wrong: the program relays, or
// posting is paused.
func (s Status) Receives() bool { return s.Phase == Relaying || s.Phase == Paused }

// Holds reports whether posting is paused, so that what waits is held. That can be so
// in any phase: while something fails as well, for example.
func (s Status) Holds() bool { return s.Phase == Paused || !s.PausedSince.IsZero() }

// Hop returns the hop of that name; the zero Hop if there is none.
func (s Status) Hop(name health.HopName) health.Hop {
	for _, h := range s.Hops {
		if h.Name == name {
			return h
		}
	}
	return health.Hop{}
}

// HopsOf returns the hops of those names.
func (s Status) HopsOf(names []health.HopName) []health.Hop {
	hops := make([]health.Hop, len(names))
	for i, name := range names {
		hops[i] = s.Hop(name)
	}
	return hops
}

// DemoMessage is one message as the demo's Chat space shows it.
type DemoMessage struct {
	At    time.Time
	Title string // a card's title; empty for plain text
	Text  string
}

// Catalogue is what can be chosen to be told about.
type Catalogue struct {
	Topics []Topic
	Live   bool // false: the built-in list, because Vast.ai could not be asked
}

// Topic is one group of notification types.
type Topic struct {
	Name  words.Sentence // "Instance", "Billing", "Account", "Machine"
	Role  relay.Role
	Types []Choice
}

// Choice is one notification type with whether it is chosen.
type Choice struct {
	Key      string         // full key, "client:outbid"
	Name     words.Sentence // "Instance outbid"
	Meaning  words.Sentence // one line; may be empty for a type we do not know
	Chosen   bool
	Critical bool // security-critical: its text may hold account links
}

// StartOfDay is the first moment of the day that is so many days after that of t, in the
// zone of t. Where clocks are changed at midnight, that need not be midnight.
func StartOfDay(t time.Time, after int) time.Time {
	y, m, d := t.Date()
	noon := time.Date(y, m, d+after, 12, 0, 0, 0, t.Location())
	midnight := time.Date(y, m, d+after, 0, 0, 0, 0, t.Location())
	if midnight.Day() != noon.Day() { // Clocks skip midnight there: time.Date may go either way.
		midnight = midnight.Add(time.Hour)
	}
	return midnight
}
