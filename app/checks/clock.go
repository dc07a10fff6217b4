package checks

import (
	"strings"
	"time"

	"vastrelay/app/words"
	"vastrelay/relay"
)

// warnOver is from which offset on a person is told of it.
const warnOver = time.Minute

// ClockTrouble says what keeps deliveries from being judged by their time;
// empty: nothing does.
func ClockTrouble(s relay.ClockState) string {
	if !s.Disputed && !s.Held {
		return ""
	}
	if len(s.Readings) == 0 {
		return words.Text("hop.clock.unmeasured")
	}
	said := make([]string, len(s.Readings))
	for i, r := range s.Readings {
		said[i] = clockWords(r)
	}
	return words.Text("hop.clock.readings", words.Args{"Readings": strings.Join(said, "; by ")})
}

// clockWords words by how much this computer's clock is off.
func clockWords(r relay.ClockReading) string {
	switch {
	case r.Offset.Abs() <= warnOver:
		return words.Text("hop.clock.right", words.Args{"Witness": r.Witness})
	case r.Offset > 0:
		return words.Text("hop.clock.ahead", words.Args{"Witness": r.Witness, "Offset": r.Offset.Round(time.Second).String()})
	default:
		return words.Text("hop.clock.behind", words.Args{"Witness": r.Witness, "Offset": (-r.Offset).Round(time.Second).String()})
	}
}

// ClockDetail warns of a clock that is off, in a sentence for a hop; empty while
// it is right.
func ClockDetail(s relay.ClockState) string {
	if !s.Measured || s.Offset.Abs() <= warnOver {
		return ""
	}
	return words.Text("hop.clock.off", words.Args{"Offset": s.Offset.Abs().Round(time.Second).String()})
}
