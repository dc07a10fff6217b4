package restart

import (
	"testing"
	"time"
)

func TestTheZoneOfTheComputerIsThatOfARunThatHasJustBegun(t *testing.T) {
	if (&Program{}).ZoneChanged() {
		seconds, _ := systemOffset(time.Now())
		t.Errorf("the computer is %d s ahead of UTC, this run is not: %v", seconds, time.Now())
	}
}

func TestAnotherZoneOfTheComputerIsNoticed(t *testing.T) {
	seconds, known := systemOffset(time.Now())
	if !known {
		t.Skip("this computer has no time zone that could be another one")
	}
	before := time.Local
	t.Cleanup(func() { time.Local = before })
	time.Local = time.FixedZone("", seconds+3600)
	if !(&Program{}).ZoneChanged() {
		t.Error("the computer is an hour behind this run, which is not noticed")
	}
}
