package bridge

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/reach"
	"vastrelay/app/secrets"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

const otherSpaceURL = "https://chat.googleapis.com/v1/spaces/BBBB/messages?key=k&token=t"

// locked is a keyring that a person must unlock.
func locked() KeyringState {
	return KeyringState{State: "locked", Words: "The keyring is locked.", Action: ActionUnlockKeyring}
}

// recheck lets the time come at which every hop is proven again.
func recheck() {
	time.Sleep(recheckEvery + time.Second)
	synctest.Wait()
}

func TestAKeyringThatLocksWhileRelaying(t *testing.T) {
	hanging := func(ctx context.Context) error {
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Second):
		}
		return &secrets.StateError{State: secrets.Locked, Err: secrets.ErrTimeout}
	}
	tests := []struct {
		name string
		lock func(r *rig)
	}{
		{"is locked with the screen", func(r *rig) { r.keyring = locked() }},
		{"does not answer any more", func(r *rig) { r.reading = hanging }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				r.do(func() { tt.lock(r) })
				time.Sleep(time.Hour)
				synctest.Wait()
				r.wantPhase(t, PhaseRelaying, "")
				if got := r.count("tunnel ended"); got != 0 {
					t.Errorf("got the address closed %d times, want it open: nothing it needs is missing", got)
				}
				if h := r.Status().Hop(HopKeyring); h.State != HopUntested || h.Action != ActionUnlockKeyring {
					t.Errorf("got hop %+v, want it to say what is wrong with the keyring", h)
				}
				probes := r.count("probe")
				r.link(tunnel.Link{State: tunnel.Reconnecting})
				r.link(online())
				time.Sleep(3 * time.Second) // a keyring that hangs takes its time
				synctest.Wait()
				r.wantPhase(t, PhaseRelaying, "")
				if got := r.count("probe") - probes; got != 1 {
					t.Errorf("got %d probes after the link came back, want one", got)
				}
				r.do(func() { r.keyring, r.reading = KeyringState{State: "ready"}, nil })
				time.Sleep(time.Minute)
				synctest.Wait()
				if h := r.Status().Hop(HopKeyring); h.State != HopOK {
					t.Errorf("got hop %+v after the keyring was unlocked, want it well", h)
				}
			})
		})
	}
}

func TestALockedKeyringAndAnAddressThatCannotBeChecked(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.do(func() { r.keyring, r.probe = locked(), reach.ErrCannotCheck })
		recheck()
		r.link(tunnel.Link{State: tunnel.Reconnecting})
		r.link(online())
		r.wantPhase(t, PhaseRelaying, "")
		if got := r.count("test"); got != 1 {
			t.Errorf("got %d tests, want the one that proves the address", got)
		}
	})
}

func TestACheckThatIsCutShortClosesNothing(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		reading := make(chan struct{}, 10)
		r.do(func() {
			r.reading = func(ctx context.Context) error {
				reading <- struct{}{}
				<-ctx.Done()
				return ctx.Err()
			}
		})
		r.ApplySettings()
		<-reading
		r.mu.Lock()
		r.reading = nil
		r.mu.Unlock()
		r.ApplySettings() // while the keyring is being read
		synctest.Wait()
		r.wantPhase(t, PhaseRelaying, "")
		if got := r.count("tunnel ended"); got != 0 {
			t.Errorf("got the address closed %d times, want it open", got)
		}
	})
}

func TestTryAgainAfterVastWasAway(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.do(func() { r.whoAmI = &vastapi.Error{Class: vastapi.Unreachable} })
		recheck()
		r.wantPhase(t, PhaseAttention, "Vast.ai cannot be reached")
		r.do(func() { r.whoAmI = nil })
		if err := r.Perform(t.Context(), ActionRetry); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.wantPhase(t, PhaseRelaying, "")
	})
}

func TestTheAddressOpensWhileTheAPIIsAway(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) { r.whoAmI = &vastapi.Error{Class: vastapi.Unavailable} }, func(t *testing.T, r *rig) {
		calls := r.callsAfter(0)
		recall, opened := slices.Index(calls, "recall"), slices.Index(calls, "tunnel")
		if opened < 0 || recall < 0 || recall > opened {
			t.Fatalf("got calls %v, want the stored secrets at the gate and then the address", calls)
		}
		r.link(online())
		r.wantPhase(t, PhaseAttention, "Vast.ai has trouble just now")
		if got := r.count("ensure"); got != 0 {
			t.Errorf("got the webhooks looked at %d times under a key that nobody vouched for", got)
		}
		r.do(func() { r.whoAmI = nil })
		time.Sleep(retryMost)
		synctest.Wait()
		r.wantPhase(t, PhaseRelaying, "")
		if got := r.count("tunnel"); got != 1 {
			t.Errorf("got the address opened %d times, want once", got)
		}
	})
}

func TestTheAddressOpensWhileTheAPIHangs(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) { r.hang = true }, func(t *testing.T, r *rig) {
		if got := r.count("tunnel"); got != 1 {
			t.Errorf("got the address opened %d times while Vast.ai keeps us waiting, want once", got)
		}
		r.do(func() { r.hang = false })
		r.ApplySettings()
		synctest.Wait()
		r.link(online())
		r.wantPhase(t, PhaseRelaying, "")
	})
}

func TestWebhooksAreShownWhileTheAPIIsAway(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.do(func() { r.ensure = &vastapi.Error{Class: vastapi.Unavailable} })
		recheck()
		r.wantPhase(t, PhaseAttention, "Vast.ai has trouble just now")
		if got := r.Status().Webhooks; len(got) != 1 {
			t.Errorf("got webhooks %+v, want the one that is there", got)
		}
	})
}

func TestReplacingACredentialWhileRelaying(t *testing.T) {
	tests := []struct {
		kind   CredentialKind
		pasted string
		ended  int
	}{
		{VastKey, "another key", 0},
		{VastKey, "key", 0},
		{ChatURL, strings.Replace(rigURL, "token=t", "token=u", 1), 0},
		{ChatURL, otherSpaceURL, 0},
		{NgrokToken, "token", 0},
		{NgrokToken, "another token", 1},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind)+" "+tt.pasted, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				if err := r.SaveCredential(t.Context(), tt.kind, tt.pasted, nil); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if got := r.count("tunnel ended"); got != tt.ended {
					t.Errorf("got the address closed %d times, want %d", got, tt.ended)
				}
				r.link(online())
				r.wantPhase(t, PhaseRelaying, "")
			})
		})
	}
}

func TestAChatURLThatCannotBeStoredChangesNothing(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		before := r.callCount()
		r.do(func() { r.keep = &secrets.StateError{State: secrets.Locked} })
		var p Problem
		if err := r.SaveCredential(t.Context(), ChatURL, otherSpaceURL, nil); !errors.As(err, &p) || p.Action != ActionUnlockKeyring {
			t.Errorf("got %v, want to be told that the keyring is locked", err)
		}
		synctest.Wait()
		if got, want := r.callsAfter(before), []string{"hello"}; !slices.Equal(got, want) {
			t.Errorf("got calls %v, want only %v: the URL is not kept", got, want)
		}
		if got := r.Status().Space; got != "AAAA" {
			t.Errorf("got space %q, want the one before", got)
		}
	})
}

func TestMovingToAnotherSpaceWhileMessagesWait(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.do(func() { r.waiting = 34 })
		before := r.callCount()
		var p Problem
		if err := r.SaveCredential(t.Context(), ChatURL, otherSpaceURL, nil); !errors.As(err, &p) || !strings.Contains(p.Headline, "34 messages") || !strings.Contains(p.Next, "once more") {
			t.Fatalf("got %v, want to be asked what becomes of them", err)
		}
		if got := r.callsAfter(before); len(got) != 0 {
			t.Errorf("got calls %v before the person has answered, want none", got)
		}
		if err := r.SaveCredential(t.Context(), ChatURL, rigURL, nil); err != nil {
			t.Errorf("got %v for a URL into the same space, want no question", err)
		}
		if err := r.SaveCredential(t.Context(), ChatURL, otherSpaceURL, nil); err == nil {
			t.Error("got no question, though another URL was given since")
		}
		if err := r.SaveCredential(t.Context(), ChatURL, otherSpaceURL, nil); err != nil {
			t.Errorf("got %v for the same URL again, want it taken", err)
		}
		synctest.Wait()
		if got := r.Status().Space; got != "BBBB" {
			t.Errorf("got space %q, want the new one", got)
		}
	})
}

func TestSuspicionIsSettledOnlyByATest(t *testing.T) {
	tests := []struct {
		name    string
		test    error
		tests   int // within the first 15 minutes
		rotates int
	}{
		{"a call that Vast.ai put off is made again", &vastapi.Error{Class: vastapi.RateLimited}, 2, 0},
		{"an API that is away proves nothing", &vastapi.Error{Class: vastapi.Unreachable}, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				r.do(func() { r.test = func() error { return tt.test } })
				r.Suspect(relay.ContextClient)
				synctest.Wait()
				r.do(func() { r.test = nil })
				time.Sleep(time.Minute)
				synctest.Wait()
				if got := r.count("test"); got != tt.tests {
					t.Errorf("got %d tests, want %d", got, tt.tests)
				}
				time.Sleep(2 * recheckEvery)
				synctest.Wait()
				if got := r.count("rotate"); got != tt.rotates {
					t.Errorf("got %d rotations, want %d", got, tt.rotates)
				}
				if got := r.count("trust"); got != 1 {
					t.Errorf("got the context trusted again %d times, want once, after a test that arrived", got)
				}
				r.wantPhase(t, PhaseRelaying, "")
			})
		})
	}
	t.Run("a second suspicion stays until a test may be made", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			for range 2 {
				r.Suspect(relay.ContextClient)
				synctest.Wait()
			}
			if got := r.count("trust"); got != 1 {
				t.Errorf("got the context trusted again %d times, want the second suspicion open", got)
			}
			recheck()
			if got := r.count("trust"); got != 2 {
				t.Errorf("got the context trusted again %d times after the next test, want twice", got)
			}
		})
	})
}

func TestATestOfTheirsBesideOneOfOurs(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		ours, theirs := r.watchTest(true), r.watchTest(false)
		defer ours.close()
		defer theirs.close()
		recorded := 0
		for _, id := range []string{"one", "two"} {
			ev := relay.Event{ID: id, Type: relay.TestType}
			verdict := relay.Accepted
			if r.RecordOnly(ev) {
				verdict, recorded = relay.Recorded, recorded+1
			}
			r.ObserveDelivery(relay.Delivery{Event: ev, Verdict: verdict, Fresh: true, Status: 204})
		}
		_, one := ours.arrived()
		_, two := theirs.arrived()
		if recorded != 1 || !one || !two {
			t.Errorf("got %d recorded only, ours here %v, theirs here %v, want each to see one and one to be posted", recorded, one, two)
		}
	})
}

func TestALateTestHasNotArrived(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.do(func() {
			r.test = func() error {
				ev := relay.Event{ID: "late", Type: relay.TestType}
				r.ObserveDelivery(relay.Delivery{Event: ev, Verdict: relay.Late, Status: 401, Code: relay.CodeStaleTimestamp})
				return &vastapi.Error{Class: vastapi.NotDeliverable}
			}
		})
		var p Problem
		if err := r.TestFromVast(t.Context(), nil); !errors.As(err, &p) || !strings.Contains(p.Headline, "could not be taken") {
			t.Errorf("got %v, want to be told that it was refused", err)
		}
	})
}

func TestAPauseThatRunsOutIsSeen(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		if err := r.Pause(t.Context(), time.Now().Add(3*time.Minute)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.wantPhase(t, PhasePaused, "")
		time.Sleep(3*time.Minute + time.Second)
		synctest.Wait()
		r.wantPhase(t, PhaseRelaying, "")
	})
}

func TestACredentialTellsWhetherItWorks(t *testing.T) {
	t.Run("kept unchecked while nobody can be asked, checked as soon as that can be done", func(t *testing.T) {
		play(t, func(_ *testing.T, r *rig) { r.whoAmI = &vastapi.Error{Class: vastapi.Unreachable} }, func(t *testing.T, r *rig) {
			if err := r.SaveCredential(t.Context(), VastKey, "another key", nil); err != nil {
				t.Fatal(err)
			}
			if c := r.Credentials()[0]; !c.CheckedAt.IsZero() {
				t.Errorf("got %+v, want no claim that it works", c)
			}
			r.do(func() { r.whoAmI = nil })
			time.Sleep(retryMost)
			synctest.Wait()
			if c := r.Credentials()[0]; c.CheckedAt.IsZero() || c.Detail != "ada@example.net" {
				t.Errorf("got %+v, want it checked", c)
			}
		})
	})
	t.Run("an API key that is refused", func(t *testing.T) {
		play(t, func(_ *testing.T, r *rig) { r.whoAmI = &vastapi.Error{Class: vastapi.BadKey} }, func(t *testing.T, r *rig) {
			if c := r.Credentials()[0]; c.Problem == nil || !strings.Contains(c.Problem.Headline, "refused") {
				t.Errorf("got %+v, want it to say why it does not work", c)
			}
			r.do(func() { r.whoAmI = nil })
			time.Sleep(retryMost)
			synctest.Wait()
			if c := r.Credentials()[0]; c.Problem != nil {
				t.Errorf("got problem %v after the key worked again", c.Problem)
			}
		})
	})
	t.Run("an ngrok token that is refused, and one that is let in", func(t *testing.T) {
		refused := &tunnel.PermanentError{Reason: tunnel.ReasonTokenRefused, Headline: "ngrok does not accept the token."}
		play(t, func(_ *testing.T, r *rig) { r.run = refused }, func(t *testing.T, r *rig) {
			if c := r.Credentials()[2]; c.Problem == nil || !strings.Contains(c.Problem.Headline, "does not accept") {
				t.Errorf("got %+v, want it to say why it does not work", c)
			}
			r.do(func() { r.run = nil })
			if err := r.Perform(t.Context(), ActionRetry); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			r.link(online())
			if c := r.Credentials()[2]; c.Problem != nil || c.CheckedAt.IsZero() {
				t.Errorf("got %+v, want it proven by the address", c)
			}
		})
	})
	t.Run("a Chat URL whose space is parked, and one that is taken again", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			r.do(func() { r.dest.ParkedSince = time.Now() })
			r.ObservePost(relay.Progress{Result: relay.Result{Outcome: relay.DestinationGone}})
			time.Sleep(time.Second)
			synctest.Wait()
			if c := r.Credentials()[1]; c.Problem == nil || c.Problem.Action != ActionReplaceChatURL {
				t.Errorf("got %+v, want it to say why it does not work", c)
			}
			r.do(func() { r.dest.ParkedSince = time.Time{} })
			r.ObservePost(relay.Progress{Result: relay.Result{Outcome: relay.Posted}})
			if c := r.Credentials()[1]; c.Problem != nil || c.CheckedAt.IsZero() {
				t.Errorf("got %+v, want it proven by the post", c)
			}
		})
	})
}

func TestNoNewConnectionWhileDeliveriesArrive(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) { r.probe = errors.New("a proxy on the way answers for everyone") }, func(t *testing.T, r *rig) {
		r.ObserveDelivery(relay.Delivery{Verdict: relay.Accepted, Status: 204, Arrived: time.Now()})
		r.link(online())
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if got := r.count("restart"); got != 0 {
			t.Errorf("got %d new connections, want the one that Vast.ai comes through left alone", got)
		}
	})
}
