package outbox

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
)

func TestUnwrittenOutcomeSurvivesRemovalOfDestination(t *testing.T) {
	for _, tt := range []struct {
		name    string
		outcome relay.Outcome
		state   relay.PostState
	}{
		{"delivered", relay.Posted, relay.Done},
		{"refused with the space gone", relay.DestinationGone, relay.Waiting},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, answering(tt.outcome), func(r *rig) {
				r.store.set("FinishAttempt", errors.New("the disk is full"))
				r.accept("a")
				r.RemoveDestination(space)
				r.wantStates(relay.Sending)

				r.store.set("FinishAttempt", nil)
				if _, err := r.AddDestination(t.Context(), space, "Ops"); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				r.pass(10 * time.Second)
				r.wantStates(tt.state)
				if got := len(r.chat.log()); tt.state == relay.Done && got != 1 {
					t.Errorf("the message was sent %d times, want once", got)
				}
				if got := r.dest().Parked(); got != (tt.outcome == relay.DestinationGone) {
					t.Errorf("parked: %v, which is not what the attempt said", got)
				}
			})
		})
	}
}
