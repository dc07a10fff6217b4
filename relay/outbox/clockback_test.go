package outbox

import (
	"testing"
	"time"

	"vastrelay/relay"
)

func TestLaneBackoffEndsWhenClockIsSetBack(t *testing.T) {
	for name, change := range map[string]func(*relay.Destination){
		"a hold": func(d *relay.Destination) { d.HoldUntil = time.Now().Round(0).Add(8 * time.Hour) },
		"a probe": func(d *relay.Destination) {
			d.ParkedSince, d.ProbeAt = time.Now(), time.Now().Round(0).Add(8*time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, nil, func(r *rig) {
				r.lanes.get(space).dest.amend(change)
				r.accept("a")
				r.pass(time.Minute)
				r.wantStates(relay.Done)
			})
		})
	}
}

func TestPostIsDueWhenClockIsSetBack(t *testing.T) {
	for _, tt := range []struct {
		name string
		rest time.Duration
		want relay.PostState
	}{
		{"as long as a post may", retryMax, relay.Waiting},
		{"longer", 8 * time.Hour, relay.Done},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, answering(relay.ServerTrouble), func(r *rig) {
				r.accept("a")
				r.pass(0)
				r.stop()
				p := r.store.post(1)
				p.NotBefore = time.Now().Round(0).Add(tt.rest)
				if err := r.store.UpdatePost(t.Context(), p); err != nil {
					t.Fatal(err)
				}
				r.chat.answer(nil)
				r.start()
				r.pass(time.Minute)
				r.wantStates(tt.want)
				if want := map[relay.PostState]int{relay.Waiting: 1, relay.Done: 2}[tt.want]; len(r.chat.log()) != want {
					t.Errorf("the message was sent %d times, want %d", len(r.chat.log()), want)
				}
				r.pass(tt.rest)
				r.wantStates(relay.Done)
			})
		})
	}
}
