package bridge

import (
	"net/http"
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay"
)

func TestWatchersAreToldWhatIsNew(t *testing.T) {
	tests := []struct {
		name    string
		happens func(t *testing.T, r *rig)
		want    status.Change
	}{
		{"an event that is stored", func(_ *testing.T, r *rig) {
			r.Delivery(relay.Delivery{Role: relay.RoleClient, Verdict: relay.Accepted, Fresh: true, Status: http.StatusNoContent, Arrived: time.Now()})
		}, status.EventStored},
		{"a delivery that was known tells nothing", func(_ *testing.T, r *rig) {
			r.Delivery(relay.Delivery{Role: relay.RoleClient, Verdict: relay.Accepted, Status: http.StatusNoContent, Arrived: time.Now()})
		}, 0},
		{"a delivery that was turned away tells nothing", func(_ *testing.T, r *rig) {
			r.Delivery(relay.Delivery{Role: relay.RoleClient, Status: http.StatusUnauthorized, Code: relay.CodeInvalidSignature})
		}, 0},
		{"an attempt that has ended", func(_ *testing.T, r *rig) {
			r.Attempt(relay.Progress{Post: relay.Post{State: relay.Waiting}, Result: relay.Result{Outcome: relay.Ambiguous}})
		}, status.PostFinished | status.StatusChanged},
		{"a pause", func(t *testing.T, r *rig) {
			if err := r.Pause(t.Context(), time.Time{}); err != nil {
				t.Error(err)
			}
		}, status.PostFinished | status.StatusChanged},
		{"the word that nothing is wrong with the disk, as before", func(_ *testing.T, r *rig) { r.Disk("") }, 0},
		{"trouble with the disk", func(_ *testing.T, r *rig) { r.Disk("The disk is full.") }, status.StatusChanged},
		{"a key that is removed", func(t *testing.T, r *rig) {
			if err := r.RemoveCredential(t.Context(), "vast_key"); err != nil {
				t.Error(err)
			}
		}, status.CredentialsChanged | status.StatusChanged},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				time.Sleep(time.Second) // what the start has changed is told
				var got status.Change
				stop := r.Watch(func(c status.Change) { r.do(func() { got |= c }) })
				defer stop()
				tt.happens(t, r)
				time.Sleep(time.Second)
				r.do(func() {
					if got != tt.want {
						t.Errorf("got %05b, want %05b", got, tt.want)
					}
				})
			})
		})
	}
}
