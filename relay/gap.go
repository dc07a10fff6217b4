package relay

import (
	"encoding/json"
	"time"
)

// GapCause says in one word why deliveries could not reach this program.
type GapCause string

// The causes of gaps.
const (
	GapSleep      GapCause = "sleep"       // the computer slept
	GapNetwork    GapCause = "network"     // the computer had no network
	GapTunnel     GapCause = "tunnel"      // the public address did not lead here
	GapNotRunning GapCause = "not_running" // the program did not run
	GapStandby    GapCause = "standby"     // another computer held the address
	GapTakeover   GapCause = "takeover"    // the computer that held the address had stopped, and this one took over
	GapSecret     GapCause = "secret"      // a credential was missing or could not be read
	GapVast       GapCause = "vast"        // Vast.ai's API could not be used, so that nothing was proven
	GapWebhook    GapCause = "webhook"     // Vast.ai had no webhook of this program
	GapDisk       GapCause = "disk"        // events could not be put on disk
)

// GapCauses lists every cause, in the order in which they are shown.
func GapCauses() []GapCause {
	return []GapCause{GapSleep, GapNetwork, GapTunnel, GapNotRunning, GapStandby, GapTakeover, GapSecret, GapVast, GapWebhook, GapDisk}
}

// GapID identifies a gap in the store. Ids rise in the order in which gaps were
// recorded.
type GapID int64

// Gap is a stretch of time in which deliveries could not reach this program.
type Gap struct {
	ID       GapID
	Start    time.Time // the last moment at which deliveries were known to reach it
	End      time.Time // the first moment at which they were again; zero while the gap is open
	Cause    GapCause
	MayLose  bool      // Vast.ai may not send again what it could not deliver then
	CaughtUp int       // events of that time that were fetched from Vast.ai's inbox
	ToldAt   time.Time // when its event was put on disk; zero: it has none yet
}

// Open reports whether the gap has not ended.
func (g Gap) Open() bool { return g.End.IsZero() }

// Length is how long the gap lasted, or has lasted until now.
func (g Gap) Length(now time.Time) time.Duration {
	if g.Open() {
		return max(0, now.Sub(g.Start))
	}
	return g.End.Sub(g.Start)
}

// GapNote is what the event of a Gap says, as its payload has it: each reader words
// it in their language. The zero GapNote says nothing.
type GapNote struct {
	Start    time.Time `json:"start"`
	End      time.Time `json:"end"`
	Cause    GapCause  `json:"cause"`
	MayLose  bool      `json:"events_may_be_lost"`
	CaughtUp int       `json:"caught_up"`
	Left     int       `json:"left"` // events that are in Vast.ai's inbox and wait for a person to ask for them
}

// NoteOf returns the note of the event of g, of which left events wait for a person.
func NoteOf(g Gap, left int) GapNote {
	return GapNote{Start: g.Start, End: g.End, Cause: g.Cause, MayLose: g.MayLose, CaughtUp: g.CaughtUp, Left: left}
}

// Gap is the gap that n tells of.
func (n GapNote) Gap() Gap {
	return Gap{Start: n.Start, End: n.End, Cause: n.Cause, MayLose: n.MayLose, CaughtUp: n.CaughtUp}
}

// Payload is n as the payload of an event.
func (n GapNote) Payload() []byte {
	n.Start, n.End = n.Start.UTC(), n.End.UTC()
	text, err := json.Marshal(n)
	if err != nil { // of a year that JSON has no form for: the event says it in English then
		return nil
	}
	return text
}

// ReadGapNote reads the payload of an event of the type GapType. It is the zero
// GapNote for one of an earlier version, which has none, and for anything else.
func ReadGapNote(payload []byte) GapNote {
	var n GapNote
	if json.Unmarshal(payload, &n) != nil || n.Start.IsZero() || n.End.Before(n.Start) || n.CaughtUp < 0 || n.Left < 0 {
		return GapNote{}
	}
	n.Start, n.End = n.Start.UTC(), n.End.UTC()
	return n
}
