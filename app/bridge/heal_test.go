package bridge

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/reach"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

// locked is a keyring that a person must unlock.
func locked() credentials.KeyringState {
	return credentials.KeyringState{State: "locked", Words: words.Verbatim("The keyring is locked."), Action: health.ActionUnlockKeyring}
}

// recheck lets the time come at which every hop is proven again.
func recheck() {
	time.Sleep(recheckEvery + time.Second)
	synctest.Wait()
}

// TestATryIsShownWhereAPersonAskedForIt has the tries hang, so that they can be seen.
func TestATryIsShownWhereAPersonAskedForIt(t *testing.T) {
	for name, tt := range map[string]struct {
		ask  func(t *testing.T, r *rig)
		want health.HopState
	}{
		"a person asks": {func(t *testing.T, r *rig) {
			if err := r.Perform(t.Context(), health.ActionRetry); err != nil {
				t.Fatal(err)
			}
		}, health.HopWorking},
		"it is tried again by itself": {func(*testing.T, *rig) { time.Sleep(retryMost) }, health.HopFailing},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(_ *testing.T, r *rig) { r.whoAmI = &vastapi.Error{Class: vastapi.Unavailable} }, func(t *testing.T, r *rig) {
				r.link(online())
				r.do(func() { r.hang = true })
				asked := r.callCount()
				tt.ask(t, r)
				synctest.Wait()
				if got := r.core.board.hop(health.HopVast).State; got != tt.want {
					t.Errorf("got %s, want %s; calls %q", got, tt.want, r.callsAfter(asked))
				}
				if r.callCount() == asked {
					t.Error("nothing was tried")
				}
			})
		})
	}
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
				r.do(func() { tt.lock(r); r.listed = []vastapi.Webhook{{ID: 1, URL: rigOrigin + "/vast/client"}} })
				time.Sleep(time.Hour)
				synctest.Wait()
				r.wantPhase(t, status.Relaying, "")
				if got := r.count("tunnel ended"); got != 0 {
					t.Errorf("got the address closed %d times, want it open: nothing it needs is missing", got)
				}
				if h := r.Status().Hop(health.HopKeyring); h.State != health.HopUntested || h.Action != health.ActionUnlockKeyring {
					t.Errorf("got hop %+v, want it to say what is wrong with the keyring", h)
				}
				probes := r.count("probe")
				r.link(tunnel.Link{State: tunnel.Reconnecting})
				r.link(online())
				time.Sleep(3 * time.Second) // a keyring that hangs takes its time
				synctest.Wait()
				r.wantPhase(t, status.Relaying, "")
				if got := r.count("probe") - probes; got != 1 {
					t.Errorf("got %d probes after the link came back, want one", got)
				}
				r.do(func() { r.keyring, r.reading = credentials.KeyringState{State: "ready"}, nil })
				time.Sleep(time.Minute)
				synctest.Wait()
				if h := r.Status().Hop(health.HopKeyring); h.State != health.HopOK {
					t.Errorf("got hop %+v after the keyring was unlocked, want it well", h)
				}
			})
		})
	}
}

func TestALockedKeyringAndAnAddressThatCannotBeChecked(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.do(func() {
			r.keyring, r.probe, r.listed = locked(), reach.ErrCannotCheck, []vastapi.Webhook{{ID: 1, URL: rigOrigin + "/vast/client"}}
		})
		recheck()
		r.link(tunnel.Link{State: tunnel.Reconnecting})
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
		if got := r.count("test"); got != 1 {
			t.Errorf("got %d tests, want the one that proves the address", got)
		}
	})
}

// TestALockedKeyringHidesNoTrouble has something go wrong, and be mended, while the
// keyring stays locked: a screen can be locked for a night.
func TestALockedKeyringHidesNoTrouble(t *testing.T) {
	away := &vastapi.Error{Class: vastapi.Unreachable}
	for _, tt := range []struct {
		name     string
		breaks   func(r *rig)
		headline string
		mends    func(r *rig)
	}{
		{"Vast.ai cannot be reached", func(r *rig) { r.whoAmI = away }, "Vast.ai cannot be reached", func(r *rig) { r.whoAmI = nil }},
		{"the address leads elsewhere", func(r *rig) { r.probe = errors.New("a page") }, "The public address does not reach this computer", func(r *rig) { r.probe = nil }},
		{
			"a channel is switched off",
			func(r *rig) { r.channels = vastapi.Preferences{"client": {"outbid": {"webhooks": false}}} }, "Vast.ai will not send some notifications",
			func(r *rig) { r.channels = nil },
		},
		{
			"the webhook is deleted",
			func(r *rig) {
				r.listed, r.ensure = nil, &secrets.StateError{State: secrets.Locked, Err: secrets.ErrTimeout}
			}, "The system keyring is locked, so the stored credentials cannot be read until you unlock it.",
			func(r *rig) { r.ensure, r.listed = nil, []vastapi.Webhook{{ID: 1, URL: rigOrigin + "/vast/client"}} },
		},
		{
			"somebody gives the webhook another address",
			func(r *rig) { r.listed = []vastapi.Webhook{{ID: 1, URL: "https://elsewhere.example/hook"}} }, "The webhook leads elsewhere",
			func(r *rig) { r.listed = []vastapi.Webhook{{ID: 1, URL: rigOrigin + "/vast/client"}} },
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				r.do(func() { r.keyring, r.listed = locked(), []vastapi.Webhook{{ID: 1, URL: rigOrigin + "/vast/client"}} })
				recheck()
				r.wantPhase(t, status.Relaying, "")
				r.do(func() { tt.breaks(r) })
				recheck()
				time.Sleep(keyringEvery)
				synctest.Wait()
				r.wantPhase(t, status.Attention, tt.headline)
				r.do(func() { tt.mends(r) })
				time.Sleep(retryMost)
				synctest.Wait()
				r.wantPhase(t, status.Relaying, "")
			})
		})
	}
	t.Run("it went wrong before the keyring was locked", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			r.do(func() { r.whoAmI, r.listed = away, []vastapi.Webhook{{ID: 1, URL: r.Status().Webhooks[0].URL}} })
			recheck()
			r.wantPhase(t, status.Attention, "Vast.ai cannot be reached")
			r.do(func() { r.keyring = locked() })
			time.Sleep(retryMost)
			synctest.Wait()
			r.do(func() { r.whoAmI = nil })
			time.Sleep(retryMost)
			synctest.Wait()
			r.wantPhase(t, status.Relaying, "")
		})
	})
}

func TestWrongSignaturesWhileTheKeyringIsLocked(t *testing.T) {
	for _, tt := range []struct {
		name    string
		wrong   bool // Vast.ai's test carries a wrong signature as well
		rotates int
	}{
		{"of a stranger", false, 0},
		{"after somebody renewed the secret", true, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				r.do(func() {
					r.keyring, r.listed = locked(), []vastapi.Webhook{{ID: 1, URL: rigOrigin + "/vast/client"}}
					if tt.wrong {
						r.test = func() error {
							r.Delivery(relay.Delivery{Role: relay.RoleClient, Status: 401, Code: relay.CodeInvalidSignature})
							return &vastapi.Error{Class: vastapi.NotDeliverable}
						}
					}
				})
				recheck()
				r.Suspect(relay.RoleClient)
				synctest.Wait()
				if tests, rotated, trusted := r.count("test"), r.count("rotate"), r.count("trust"); tests != 1 || rotated != tt.rotates || trusted != 1 {
					t.Errorf("got %d tests, %d renewed secrets and %d times trust, want one test and %d", tests, rotated, trusted, tt.rotates)
				}
			})
		})
	}
}

// TestAWebhookThatIsGoneWasThereBefore has somebody delete the webhook between two
// looks at it: what came meanwhile is lost.
func TestAWebhookThatIsGoneWasThereBefore(t *testing.T) {
	gone := func(r *rig) { r.remade, r.listed = 1, nil }
	for _, tt := range []struct {
		name   string
		locked bool
		change func(t *testing.T, r *rig)
		want   bool
		moved  bool
	}{
		{"and is made anew", false, func(_ *testing.T, r *rig) { r.do(func() { gone(r) }) }, true, false},
		{"and cannot be made anew yet", true, func(_ *testing.T, r *rig) {
			r.do(func() { gone(r); r.ensure = &secrets.StateError{State: secrets.Locked, Err: secrets.ErrTimeout} })
		}, true, false},
		{"and leads elsewhere", true, func(_ *testing.T, r *rig) {
			r.do(func() { r.listed = []vastapi.Webhook{{ID: 1, URL: "https://elsewhere.example/hook"}} })
		}, true, true},
		{"is that of another account", false, func(t *testing.T, r *rig) {
			r.do(func() { gone(r) })
			if err := r.SaveCredential(t.Context(), credentials.VastKey, strings.Repeat("b", 64), nil); err != nil {
				t.Fatal(err)
			}
		}, false, false},
		{"or not", false, func(*testing.T, *rig) {}, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				r.do(func() {
					r.listed = []vastapi.Webhook{{ID: 1, URL: rigOrigin + "/vast/client"}}
					if tt.locked {
						r.keyring = locked()
					}
				})
				recheck()
				recheck()
				before := time.Now()
				tt.change(t, r)
				recheck()
				time.Sleep(keyringEvery)
				synctest.Wait()
				s := r.Status()
				if tt.want != (!s.WebhookSeen.IsZero() && !s.WebhookSeen.After(before) && before.Sub(s.WebhookSeen) <= recheckEvery) {
					t.Errorf("got %v at %v, want the last look before: %v", s.WebhookSeen, before, tt.want)
				}
				if moved := slices.ContainsFunc(s.Webhooks, func(w status.Webhook) bool { return w.Edited != nil }); moved != tt.moved {
					t.Errorf("got the webhooks %+v, want a change to review: %v", s.Webhooks, tt.moved)
				}
				if leadsHere := slices.ContainsFunc(s.Webhooks, status.Webhook.LeadsHere); leadsHere == tt.locked {
					t.Errorf("got the webhooks %+v", s.Webhooks)
				}
			})
		})
	}
}

// TestAnAddressThatComesBackWithALockedKeyring has another computer take the address
// meanwhile, which may have renewed the secret.
func TestAnAddressThatComesBackWithALockedKeyring(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.do(func() { r.keyring, r.listed = locked(), []vastapi.Webhook{{ID: 1, URL: rigOrigin + "/vast/client"}} })
		r.link(tunnel.Link{State: tunnel.InUse})
		r.wantPhase(t, status.Standby, "")
		r.link(online())
		if got := r.count("rotate"); got != 1 {
			t.Errorf("got %d renewed secrets, want one: deliveries may carry that of the other computer", got)
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
		r.wantPhase(t, status.Relaying, "")
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
		r.wantPhase(t, status.Attention, "Vast.ai cannot be reached")
		r.do(func() { r.whoAmI = nil })
		if err := r.Perform(t.Context(), health.ActionRetry); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.wantPhase(t, status.Relaying, "")
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
		r.wantPhase(t, status.Attention, "Vast.ai has trouble just now")
		if got := r.count("ensure"); got != 0 {
			t.Errorf("got the webhooks looked at %d times under a key that nobody vouched for", got)
		}
		r.do(func() { r.whoAmI = nil })
		time.Sleep(retryMost)
		synctest.Wait()
		r.wantPhase(t, status.Relaying, "")
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
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestWebhooksAreShownWhileTheAPIIsAway(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.do(func() { r.ensure = &vastapi.Error{Class: vastapi.Unavailable} })
		recheck()
		r.wantPhase(t, status.Attention, "Vast.ai has trouble just now")
		if got := r.Status().Webhooks; len(got) != 1 {
			t.Errorf("got webhooks %+v, want the one that is there", got)
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
				r.Suspect(relay.RoleClient)
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
				r.wantPhase(t, status.Relaying, "")
			})
		})
	}
	t.Run("a test that arrived settles it, whatever became of the answer", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			r.do(func() {
				r.test = func() error {
					ev := relay.Event{ID: "own", Type: relay.TestType}
					r.RecordOnly(ev)
					r.Delivery(relay.Delivery{Role: relay.RoleClient, Event: ev, Verdict: relay.Recorded, Status: 204})
					return &vastapi.Error{Class: vastapi.Unreachable, Unclear: true}
				}
			})
			r.Suspect(relay.RoleClient)
			synctest.Wait()
			if trusted, rotated := r.count("trust"), r.count("rotate"); trusted != 1 || rotated != 0 {
				t.Errorf("got the context trusted %d times and %d rotations, want 1 and none", trusted, rotated)
			}
		})
	})
	t.Run("a second suspicion stays until a test may be made", func(t *testing.T) {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			for range 2 {
				r.Suspect(relay.RoleClient)
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
		ours, theirs := r.core.tests.Begin(relay.RoleClient, true), r.core.tests.Begin(relay.RoleClient, false)
		defer ours.Close()
		defer theirs.Close()
		recorded := 0
		for _, id := range []string{"one", "two"} {
			ev := relay.Event{ID: id, Type: relay.TestType}
			verdict := relay.Accepted
			if r.RecordOnly(ev) {
				verdict, recorded = relay.Recorded, recorded+1
			}
			r.Delivery(relay.Delivery{Role: relay.RoleClient, Event: ev, Verdict: verdict, Fresh: true, Status: 204})
		}
		_, one := ours.Arrived()
		_, two := theirs.Arrived()
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
				r.Delivery(relay.Delivery{Role: relay.RoleClient, Event: ev, Verdict: relay.Late, Status: 401, Code: relay.CodeStaleTimestamp})
				return &vastapi.Error{Class: vastapi.NotDeliverable}
			}
		})
		var p health.Problem
		if err := r.TestFromVast(t.Context(), nil); !errors.As(err, &p) || !strings.Contains(p.Headline.String(), "could not be taken") {
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
		r.wantPhase(t, status.Paused, "")
		time.Sleep(3*time.Minute + time.Second)
		synctest.Wait()
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestSuspectedSecret(t *testing.T) {
	tests := []struct {
		name    string
		test    func() error
		rotates int
	}{
		{"a test that arrives clears it", nil, 0},
		{"a test that is refused renews the secret", func() error { return &vastapi.Error{Class: vastapi.NotDeliverable} }, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				r.do(func() { r.test = tt.test })
				r.Suspect(relay.RoleClient)
				synctest.Wait()
				if got := r.count("rotate"); got != tt.rotates {
					t.Errorf("got %d rotations, want %d", got, tt.rotates)
				}
				if got := r.count("trust"); got != 1 {
					t.Errorf("got the context trusted again %d times, want once", got)
				}
				r.Suspect(relay.RoleClient)
				synctest.Wait()
				if got := r.count("test"); got != 1 {
					t.Errorf("got %d tests within 15 minutes, want one", got)
				}
			})
		})
	}
}

func TestAConnectionThatMayBeDead(t *testing.T) {
	for name, tt := range map[string]struct {
		happens func(*rig)
		clocks  int // measurements of the clock: a sleep puts it in doubt
	}{
		"as the computer is in another network": {func(r *rig) { r.NetworkChanged() }, 1},
		"as the computer has slept":             {func(r *rig) { r.Woke() }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				r.wantPhase(t, status.Relaying, "")
				before := r.callCount()
				tt.happens(r)
				synctest.Wait()
				r.wantPhase(t, status.Starting, "")
				if got := r.callsAfter(before); !slices.Contains(got, "restart") || !slices.Contains(got, "nudge") || slices.Contains(got, "probe") {
					t.Errorf("got calls %v, want a new connection and what waits sent, and nothing proven by the old one", got)
				}
				r.link(tunnel.Link{State: tunnel.Reconnecting})
				r.link(online())
				r.wantPhase(t, status.Relaying, "")
				if probes, clocks := r.count("probe"), r.count("clock"); probes != 2 || clocks != tt.clocks {
					t.Errorf("got %d probes and the clock measured %d times, want 2 and %d", probes, clocks, tt.clocks)
				}
				if got := r.count("tunnel"); got != 1 {
					t.Errorf("got %d tunnels, want the one", got)
				}
			})
		})
	}
	t.Run("before there is an address", func(t *testing.T) {
		play(t, func(_ *testing.T, r *rig) { r.usedBefore(); r.keyring = locked() }, func(t *testing.T, r *rig) {
			r.Woke()
			synctest.Wait()
			r.wantPhase(t, status.Attention, "The keyring is locked.")
		})
	})
}
