package config

import (
	"maps"
	"slices"
	"time"

	"vastrelay/app/datadir"
)

// NotificationKind names what a notification of the desktop tells of, beside events.
type NotificationKind string

// The kinds of notifications beside those of events.
const (
	NotifyFailure  NotificationKind = "failure"  // something does not work and is tried again by itself
	NotifyRecovery NotificationKind = "recovery" // it works again
	NotifyNeeds    NotificationKind = "needs"    // it stays broken until a person acts
	NotifyGap      NotificationKind = "gap"      // events could not arrive for a while
)

// NotificationKinds lists the kinds in the order in which they are shown.
func NotificationKinds() []NotificationKind {
	return []NotificationKind{NotifyFailure, NotifyNeeds, NotifyRecovery, NotifyGap}
}

// NotifiedEvents names the events that a notification of the desktop is shown for.
type NotifiedEvents string

// The choices of events.
const (
	NotifiedNone   NotifiedEvents = "none"
	NotifiedUrgent NotifiedEvents = "urgent" // of the types that are posted before all others
	NotifiedAll    NotifiedEvents = "all"
	NotifiedTypes  NotifiedEvents = "types" // of Notifications.Types
)

// NotifiedChoices lists the choices of events in the order in which they are shown;
// the first is the default.
func NotifiedChoices() []NotifiedEvents {
	return []NotifiedEvents{NotifiedNone, NotifiedUrgent, NotifiedAll, NotifiedTypes}
}

// The quiet hours of a person who has chosen none.
const (
	defaultQuietFrom = "22:00"
	defaultQuietTo   = "07:00"
)

// MuteFor is for how long a person mutes notifications.
const MuteFor = time.Hour

// Notifications is which notifications the desktop shows. They change nothing of
// what Google Chat is told. The zero value shows all kinds and no events.
type Notifications struct {
	Off     bool               `json:"off,omitempty"`
	Without []NotificationKind `json:"without,omitempty"` // the kinds that are not shown

	Events NotifiedEvents `json:"events,omitempty"` // default none
	Types  []string       `json:"types,omitempty"`  // full keys, for NotifiedTypes

	// Quiet keeps notifications back each day from QuietFrom to QuietTo, "15:04" by
	// the clock of this computer; across midnight where QuietTo is earlier.
	Quiet     bool   `json:"quiet,omitempty"`
	QuietFrom string `json:"quiet_from,omitempty"` // default 22:00
	QuietTo   string `json:"quiet_to,omitempty"`   // default 07:00

	// MutedUntil keeps notifications back until then; zero: they are not muted. It
	// outlives a restart of the program.
	MutedUntil time.Time `json:"muted_until,omitzero"`

	unknown datadir.Unknown // members that a newer version of the program wrote
}

// Shows reports whether notifications of that kind are wanted.
func (n Notifications) Shows(kind NotificationKind) bool {
	return !n.Off && !slices.Contains(n.Without, kind)
}

// EventsOrDefault returns the chosen events; the default also for a choice that only
// a newer version knows.
func (n Notifications) EventsOrDefault() NotifiedEvents {
	if slices.Contains(NotifiedChoices(), n.Events) {
		return n.Events
	}
	return NotifiedChoices()[0]
}

// QuietTimes returns from when to when it is quiet, "15:04", whether or not quiet
// hours are on. What cannot be read is the default.
func (n Notifications) QuietTimes() (from, to string) {
	from, err := parseTimeOfDay(n.QuietFrom)
	if err != nil {
		from = defaultQuietFrom
	}
	if to, err = parseTimeOfDay(n.QuietTo); err != nil {
		to = defaultQuietTo
	}
	return from, to
}

// Muted reports whether notifications are muted at now. A longer mute than a person
// can ask for is none: the clock was set back since.
func (n Notifications) Muted(now time.Time) bool {
	left := n.MutedUntil.Sub(now)
	return left > 0 && left <= MuteFor
}

// SilentUntil returns when the silence ends that quiet hours and muting make at now,
// in the zone of now; zero when notifications are shown.
func (n Notifications) SilentUntil(now time.Time) time.Time {
	until := now
	// Where one silence ends within the other, the latter goes on. Two steps reach the
	// end of both; a third would only find the next day's quiet hours.
	for range 2 {
		if n.Muted(until) {
			until = n.MutedUntil.In(now.Location())
		}
		if end := n.quietUntil(until); !end.IsZero() {
			until = end
		}
	}
	if until.Equal(now) {
		return time.Time{}
	}
	return until
}

// quietUntil returns when the quiet hours end that t lies in; zero: it lies in none.
func (n Notifications) quietUntil(t time.Time) time.Time {
	from, to := n.QuietTimes()
	if !n.Quiet || from == to {
		return time.Time{}
	}
	at := t.Format(timeOfDay)
	within := from <= at && at < to
	if to < from {
		within = from <= at || at < to
	}
	if !within {
		return time.Time{}
	}
	clock, err := time.Parse(timeOfDay, to)
	if err != nil {
		return time.Time{}
	}
	year, month, day := t.Date()
	if to <= at {
		day++
	}
	return time.Date(year, month, day, clock.Hour(), clock.Minute(), 0, 0, t.Location())
}

// timeOfDay is the form of a time of day in the settings. Two of them compare as the
// times do.
const timeOfDay = "15:04"

func parseTimeOfDay(raw string) (string, error) {
	clock, err := time.Parse(timeOfDay, raw)
	if err != nil {
		return "", sentence("%q is not a time of day; one looks like 22:00.", raw)
	}
	return clock.Format(timeOfDay), nil
}

func (n Notifications) clone() Notifications {
	n.Without, n.Types = slices.Clone(n.Without), slices.Clone(n.Types)
	n.unknown = maps.Clone(n.unknown)
	return n
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Notifications) UnmarshalJSON(data []byte) error {
	type plain Notifications
	var p plain
	unknown, err := datadir.UnmarshalKeeping(data, &p)
	if err != nil {
		return err
	}
	*n = Notifications(p)
	n.Types, n.unknown = unique(n.Types), unknown
	return nil
}

// MarshalJSON implements json.Marshaler.
func (n Notifications) MarshalJSON() ([]byte, error) {
	type plain Notifications
	return datadir.MarshalKeeping(plain(n), maps.Clone(n.unknown))
}
