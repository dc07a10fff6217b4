package bridge

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/app/words"
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
		}, status.PostFinished | status.CountsChanged | status.StatusChanged},
		{"the word that nothing is wrong with the disk, as before", func(_ *testing.T, r *rig) { r.Disk(words.Sentence{}) }, 0},
		{"trouble with the disk", func(_ *testing.T, r *rig) { r.Disk(words.Verbatim("The disk is full.")) }, status.StatusChanged},
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
				var got atomic.Uint32
				stop := r.Watch(func(c status.Change) { got.Or(uint32(c)) })
				defer stop()
				tt.happens(t, r)
				time.Sleep(time.Second)
				if got := status.Change(got.Load()); got != tt.want {
					t.Errorf("got %05b, want %05b", got, tt.want)
				}
			})
		})
	}
}

// TestNobodyWaitsForACheckThatHangs holds a pass in a call that never returns.
func TestNobodyWaitsForACheckThatHangs(t *testing.T) {
	tests := []struct {
		name string
		does func(t *testing.T, r *rig) // returns at once
		told status.Change              // within a second
	}{
		{"whoever reads the status", func(_ *testing.T, r *rig) { r.Status() }, 0},
		{"the receiver, which has stored an event", func(_ *testing.T, r *rig) {
			r.Delivery(relay.Delivery{Role: relay.RoleClient, Verdict: relay.Accepted, Fresh: true, Status: http.StatusNoContent, Arrived: time.Now()})
		}, status.EventStored},
		{"the outbox, which has posted one", func(_ *testing.T, r *rig) {
			r.Attempt(relay.Progress{Post: relay.Post{State: relay.Done}, Result: relay.Result{Outcome: relay.Posted}})
		}, status.PostFinished},
		{"the store, which cannot write", func(_ *testing.T, r *rig) { r.Disk(words.Verbatim("The disk is full.")) }, status.StatusChanged},
		{"the receiver, which suspects a secret", func(_ *testing.T, r *rig) { r.Suspect(relay.RoleClient) }, 0},
		{"a person who pauses", func(t *testing.T, r *rig) {
			if err := r.Pause(t.Context(), time.Time{}); err != nil {
				t.Error(err)
			}
		}, status.PostFinished},
		{"a person who pastes a Chat URL", func(t *testing.T, r *rig) {
			if err := r.SaveCredential(t.Context(), "chat_url", rigURL, nil); err != nil {
				t.Error(err)
			}
		}, status.CredentialsChanged},
		{"a person who removes the token of the tunnel", func(t *testing.T, r *rig) {
			if err := r.RemoveCredential(t.Context(), "ngrok_token"); err != nil {
				t.Error(err)
			}
		}, status.CredentialsChanged},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(_ *testing.T, r *rig) { r.hang = true }, func(t *testing.T, r *rig) {
				r.link(online())
				time.Sleep(time.Second)
				if r.count("whoami") != 1 {
					t.Fatalf("got calls %q, want a pass that hangs in its first call of Vast.ai", r.callsAfter(0))
				}
				var told atomic.Uint32
				stop := r.Watch(func(c status.Change) { told.Or(uint32(c)) })
				defer stop()
				began := time.Now()
				tt.does(t, r)
				if took := time.Since(began); took > 0 {
					t.Errorf("it waited for %v", took)
				}
				time.Sleep(time.Second)
				if told := status.Change(told.Load()); told&tt.told != tt.told {
					t.Errorf("got told %05b, want at least %05b", told, tt.told)
				}
			})
		})
	}
}
