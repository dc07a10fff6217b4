package bridge

import (
	"testing"
	"testing/synctest"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/relay"
)

// heartbeat is what is known of the heartbeat URL.
func (r *rig) heartbeat() credentials.Credential {
	for _, c := range r.Credentials() {
		if c.Kind == credentials.HeartbeatURL {
			return c
		}
	}
	return credentials.Credential{}
}

func TestTheHeartbeatURLIsUsedAndRemoved(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
		if c := r.heartbeat(); c.State != credentials.Missing {
			t.Errorf("got %+v, want it missing", c)
		}
		if err := r.SaveCredential(t.Context(), credentials.HeartbeatURL, " https://beat.example/1 ", nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := get(r, &r.beatURL); got != "https://beat.example/1" || r.count("heartbeat checked") != 1 {
			t.Errorf("got %q, want it called once and then in use", got)
		}
		if c := r.heartbeat(); c.State != credentials.InKeyring || c.CheckedAt.IsZero() {
			t.Errorf("got %+v, want it kept and proven", c)
		}
		r.wantPhase(t, status.Relaying, "")
		var news status.Change
		stop := r.Watch(func(c status.Change) { news |= c })
		r.Reports.Heartbeat(health.New(health.HeartbeatUnreachable))
		stop()
		if !news.Has(status.CredentialsChanged) {
			t.Error("nobody is told that something new is known of the credential")
		}
		if c := r.heartbeat(); c.Problem == nil || c.Problem.Code != health.HeartbeatUnreachable {
			t.Errorf("got %+v, want why it does not get through", c)
		}
		r.wantPhase(t, status.Relaying, "")
		r.Reports.Heartbeat(nil)
		if c := r.heartbeat(); c.Problem != nil {
			t.Errorf("got %+v after a call that got through", c)
		}
		if err := r.RemoveCredential(t.Context(), credentials.HeartbeatURL); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := get(r, &r.beatURL); got != "" {
			t.Errorf("got %q, want none in use", got)
		}
		r.Reports.Heartbeat(nil) // says that there is nothing to call
		if c := r.heartbeat(); c.State != credentials.Missing || !c.CheckedAt.IsZero() {
			t.Errorf("got %+v after it was removed", c)
		}
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestPastedHeartbeatURLs(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		kept bool
	}{
		{"one that works", nil, true},
		{"one that cannot be reached now", health.New(health.HeartbeatUnreachable), true},
		{"one that the service does not know", health.New(health.HeartbeatRefused), false},
		{"one that is none", health.New(health.HeartbeatURLMalformed), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(_ *testing.T, r *rig) { r.beat = tt.err }, func(t *testing.T, r *rig) {
				err := r.SaveCredential(t.Context(), credentials.HeartbeatURL, "https://beat.example/1", nil)
				if (err == nil) != tt.kept {
					t.Errorf("got %v, want it kept: %v", err, tt.kept)
				}
				if _, err := r.vault.Get(t.Context(), secrets.NameHeartbeatURL); (err == nil) != tt.kept {
					t.Errorf("got %v from the keyring, want it kept: %v", err, tt.kept)
				}
				if c := r.heartbeat(); !c.CheckedAt.IsZero() != (tt.err == nil) {
					t.Errorf("got %+v", c)
				}
			})
		})
	}
}

// TestAHeartbeatURLThatCannotBeRead stays in use, and keeps nothing from being
// relayed.
func TestAHeartbeatURLThatCannotBeRead(t *testing.T) {
	play(t, func(t *testing.T, r *rig) {
		if err := r.vault.Set(t.Context(), secrets.NameHeartbeatURL, relay.NewSecret("https://beat.example/1")); err != nil {
			t.Fatal(err)
		}
	}, func(t *testing.T, r *rig) {
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
		r.do(func() { r.unread = secrets.NameHeartbeatURL })
		if err := r.Perform(t.Context(), health.ActionRetry); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.wantPhase(t, status.Relaying, "")
		if got := get(r, &r.beatURL); got != "https://beat.example/1" {
			t.Errorf("got %q, want the one from before in use", got)
		}
		if c := r.heartbeat(); c.State != credentials.Unreadable {
			t.Errorf("got %+v, want it unreadable", c)
		}
	})
}
