package checks

import (
	"time"

	"vastrelay/app/words"
	"vastrelay/relay"
)

// warnOver is from which offset on a person is told of it.
const warnOver = time.Minute

// ClockTrouble says what keeps deliveries from being judged by their time;
// empty: nothing does.
func ClockTrouble(s relay.ClockState) words.Sentence {
	if !s.Disputed && !s.Held {
		return words.Sentence{}
	}
	if len(s.Readings) == 0 {
		return words.New("hop.clock.unmeasured")
	}
	said := make([]words.Sentence, len(s.Readings))
	for i, r := range s.Readings {
		said[i] = clockWords(r)
	}
	return words.New("hop.clock.readings", words.Args{"Readings": words.Join(said, "; ")})
}

// clockWords words by how much this computer's clock is off.
func clockWords(r relay.ClockReading) words.Sentence {
	switch {
	case r.Offset.Abs() <= warnOver:
		return words.New("hop.clock.right", words.Args{"Witness": r.Witness})
	case r.Offset > 0:
		return words.New("hop.clock.ahead", words.Args{"Witness": r.Witness, "Offset": r.Offset.Round(time.Second).String()})
	default:
		return words.New("hop.clock.behind", words.Args{"Witness": r.Witness, "Offset": (-r.Offset).Round(time.Second).String()})
	}
}

// ClockDetail warns of a clock that is off, in a sentence for a hop; empty while
// it is right.
func ClockDetail(s relay.ClockState) words.Sentence {
	if !s.Measured || s.Offset.Abs() <= warnOver {
		return words.Sentence{}
	}
	return words.New("hop.clock.off", words.Args{"Offset": s.Offset.Abs().Round(time.Second).String()})
}
