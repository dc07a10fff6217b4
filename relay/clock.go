package relay

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// WitnessVast is the witness whose clock Vast.ai signs by.
const WitnessVast = "Vast.ai"

// Witness is a source of the true time that this computer's clock is compared
// with.
type Witness struct {
	Name string // for people: "Vast.ai"
	// Offset asks; an error means that the witness cannot be asked just now.
	Offset func(ctx context.Context) (time.Duration, error)
}

// ClockState describes a Clock to people.
type ClockState struct {
	Offset   time.Duration // by how much this computer's clock is ahead, as deliveries are judged
	Measured bool          // Offset is known
	Disputed bool          // the witnesses disagree
	Held     bool          // deliveries are asked to come again since their time cannot be told
	Readings []ClockReading
}

// ClockReading is what one witness says.
type ClockReading struct {
	Witness string
	Offset  time.Duration
}

// OffsetByDate compares this computer's clock with the Date header of an answer
// to a request that left at began. Date is cut to whole seconds, so half a
// second is added to it. An answer out of a cache carries the time at which it
// was stored, and is an error.
func OffsetByDate(h http.Header, began time.Time) (time.Duration, error) {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || h.Get("Age") != "" {
		return 0, errors.New("the answer does not say what time it is")
	}
	middle := began.Round(0).Add(time.Since(began) / 2)
	return middle.Sub(date.Add(500 * time.Millisecond)), nil
}
