package relay

import (
	"testing"
	"time"
)

func TestRestFromAClockThatWasSetBackEnds(t *testing.T) {
	for name, change := range map[string]func(*Destination){
		"a hold":  func(d *Destination) { d.HoldUntil = time.Now().Round(0).Add(8 * time.Hour) },
		"a probe": func(d *Destination) { d.ParkedSince, d.ProbeAt = time.Now(), time.Now().Round(0).Add(8*time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, nil, func(r *rig) {
				r.lane(space).amend(change)
				r.accept("a")
				r.pass(time.Minute)
				r.wantStates(Done)
			})
		})
	}
}
