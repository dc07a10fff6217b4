package bridge

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
)

func TestCleanUp(t *testing.T) {
	ignore := func(health.Step) {}
	t.Run("nothing is made anew before a person starts again", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			r.wantPhase(t, status.Relaying, "")
			if err := r.Webhooks().CleanUp(t.Context(), false, ignore); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			made := r.count("ensure")
			time.Sleep(24 * time.Hour)
			synctest.Wait()
			r.wantPhase(t, status.Stopped, "Cleaned up: relaying has stopped")
			if got := r.count("ensure") - made; got != 0 || r.count("remove all") != 1 || r.count("tunnel ended") != 1 {
				t.Errorf("got calls %q, want the webhooks removed, the address closed and nothing made", r.callsAfter(0))
			}
			if s := r.Status(); len(s.Webhooks) != 0 || s.Address != "" || s.Action != health.ActionStart {
				t.Errorf("got %+v", s)
			}
			if err := r.Perform(t.Context(), health.ActionStart); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			r.link(online())
			r.wantPhase(t, status.Relaying, "")
		})
	})
	t.Run("with the credentials it is as before the set-up", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			var said []string
			if err := r.Webhooks().CleanUp(t.Context(), true, func(s health.Step) { said = append(said, s.Name.String()+" "+string(s.State)) }); err != nil {
				t.Fatal(err)
			}
			if want := []string{words.New("cleanup.webhooks").String() + " running", words.New("cleanup.webhooks").String() + " done", words.New("cleanup.secrets").String() + " running", words.New("cleanup.secrets").String() + " done"}; !slices.Equal(said, want) {
				t.Errorf("got steps %q, want %q", said, want)
			}
			if got := r.Status().Webhooks; len(got) != 0 {
				t.Errorf("got webhooks %+v right after", got)
			}
			for _, c := range r.Credentials() {
				if c.State != credentials.Missing {
					t.Errorf("%s is %s, want it forgotten", c.Kind, c.State)
				}
			}
			if err := r.Perform(t.Context(), health.ActionStart); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			r.wantPhase(t, status.Setup, "")
		})
	})
	t.Run("a credential that is pasted starts again", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			if err := r.Webhooks().CleanUp(t.Context(), false, ignore); err != nil {
				t.Fatal(err)
			}
			if err := r.SaveCredential(t.Context(), credentials.VastKey, "key-of-another-account", nil); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			r.link(online())
			r.wantPhase(t, status.Relaying, "")
		})
	})
	t.Run("a failure is told, and the credentials stay", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			r.do(func() { r.ensure = health.New(health.VastUnreachable) })
			if err := r.Webhooks().CleanUp(t.Context(), true, ignore); !health.Is(err, health.VastUnreachable) {
				t.Errorf("got %v", err)
			}
			if c := r.Credentials()[0]; c.State == credentials.Missing {
				t.Error("the key is gone, though the webhooks are not")
			}
			r.do(func() { r.ensure = nil })
			time.Sleep(retryMost)
			synctest.Wait()
			r.link(online())
			r.wantPhase(t, status.Relaying, "") // Vast.ai still delivers
		})
	})
}
