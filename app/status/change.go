package status

import (
	"reflect"
	"time"

	"vastrelay/relay"
)

// Change says what is new, as a set of bits: two changes folded into one lose
// nothing.
type Change uint32

// What can be new.
const (
	StatusChanged      Change = 1 << iota // the phase, a sentence, a hop, the address or a webhook
	CountsChanged                         // what waits, what came today, or the pause
	EventStored                           // a delivery was kept, whatever becomes of it
	PostFinished                          // an attempt to post has ended, or what is to be posted was decided anew
	CredentialsChanged                    // what is known of a credential or of the keyring
	SettingsChanged                       // settings were saved, of which a Status says nothing
	EventsRead                            // a person has read events, of which a Status says nothing either
)

// EventsChanged are the changes after which a list of events is out of date.
const EventsChanged = CountsChanged | EventStored | PostFinished

// Everything is what has changed for a reader that has seen nothing of a Status yet.
const Everything = StatusChanged | EventsChanged | CredentialsChanged

// Has reports whether c holds any of the changes in other.
func (c Change) Has(other Change) bool { return c&other != 0 }

// Difference says what a reader of s sees that a reader of before did not. The
// counters are for programs, which ask when they want them: they are no change.
func (s Status) Difference(before Status) Change {
	var c Change
	if s.counts() != before.counts() {
		c |= CountsChanged
	}
	if !reflect.DeepEqual(s.withoutCounts(), before.withoutCounts()) {
		c |= StatusChanged
	}
	return c
}

// counts are the members of a Status that events move.
type counts struct {
	pausedSince, pausedUntil, lastEvent       time.Time
	waiting, today, late, unreadable, givenUp int
	backlog                                   Progress
}

func (s Status) counts() counts {
	return counts{s.PausedSince, s.PausedUntil, s.LastEvent, s.Waiting, s.Today, s.Late, s.Unreadable, s.GivenUp, s.Backlog}
}

func (s Status) withoutCounts() Status {
	s.PausedSince, s.PausedUntil, s.LastEvent = time.Time{}, time.Time{}, time.Time{}
	s.Waiting, s.Today, s.Late, s.Unreadable, s.GivenUp = 0, 0, 0, 0, 0
	s.Backlog, s.Counters = Progress{}, relay.Counters{}
	return s
}
