package relay

import (
	"testing"
	"time"
)

func TestPauseIsActiveAndDestinationParkedFromTheirStart(t *testing.T) {
	now := time.Now()
	if (Pause{}).Active() || !(Pause{Since: now}).Active() {
		t.Error("a pause is active exactly when it has a start")
	}
	if (Destination{}).Parked() || !(Destination{ParkedSince: now}).Parked() {
		t.Error("a destination is parked exactly when it has a start")
	}
}
