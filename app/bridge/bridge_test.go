package bridge

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/reach"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/app/webhooks"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

// online is a link that is up.
func online() tunnel.Link { return tunnel.Link{State: tunnel.Online, URL: rigOrigin} }

func TestStartWalksTheHopsInOrder(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.wantPhase(t, status.Starting, "Connecting…")
		if r.count("ensure") != 0 {
			t.Error("got a webhook before there was an address")
		}
		r.link(online())
		r.wantPhase(t, status.Relaying, "Relaying to Google Chat")
		got := r.callsAfter(0)
		if opened := slices.Index(got, "tunnel"); opened < slices.Index(got, "expect") || opened > slices.Index(got, "probe") {
			t.Errorf("got calls %v, want the address opened between the secrets and its proof", got)
		}
		// The key is proven while the address opens.
		got = slices.DeleteFunc(got, func(call string) bool { return call == "tunnel" })
		if want := []string{"url set", "add AAAA", "api", "recall", "expect", "whoami", "clock", "probe", "ensure"}; !slices.Equal(got, want) {
			t.Errorf("got calls %v, want %v", got, want)
		}
		s := r.Status()
		if s.Address != rigOrigin || len(s.Webhooks) != 1 || s.Webhooks[0].URL != rigOrigin+"/vast/client" {
			t.Errorf("got address %q and webhooks %+v", s.Address, s.Webhooks)
		}
		if vast := s.Hop(health.HopVast); !strings.Contains(vast.Detail.String(), "clock is off by 1m30s") {
			t.Errorf("got %q, want a warning of the clock", vast.Detail)
		}
	})
}

func TestNothingHappensWhileNothingHappens(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		before := r.callCount()
		time.Sleep(recheckEvery - time.Second)
		synctest.Wait()
		if got := r.callsAfter(before); len(got) != 0 {
			t.Errorf("got calls %v before the next check was due", got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got, want := r.callsAfter(before), []string{"whoami", "clock", "probe", "ensure"}; !slices.Equal(got, want) {
			t.Errorf("got calls %v, want every hop proven again: %v", got, want)
		}
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestMissingCredentials(t *testing.T) {
	tests := []struct {
		name string
		gone []string
		says string
	}{
		{"all", []string{secrets.NameVastKey, secrets.NameChatURL, secrets.NameNgrokToken}, "the Vast.ai API key, the Google Chat webhook URL and the ngrok authtoken"},
		{"the Chat URL alone", []string{secrets.NameChatURL}, "the Google Chat webhook URL."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(t *testing.T, r *rig) {
				for _, name := range tt.gone {
					if err := r.vault.Delete(t.Context(), name); err != nil {
						t.Fatal(err)
					}
				}
			}, func(t *testing.T, r *rig) {
				r.wantPhase(t, status.Setup, "Not set up yet")
				if got := r.Status().Cause; !strings.Contains(got.String(), tt.says) {
					t.Errorf("got %q, want %q", got, tt.says)
				}
				if r.count("tunnel")+r.count("api")+r.count("ensure") != 0 {
					t.Errorf("got calls %v, want none to the outside", r.callsAfter(0))
				}
			})
		})
	}
}

func TestAnOverrideBarsStoredCredentials(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) { r.barred = errors.New("VAST_URL is set") }, func(t *testing.T, r *rig) {
		r.wantPhase(t, status.Setup, "")
		if r.count("api")+r.count("tunnel")+r.count("url set") != 0 {
			t.Errorf("got calls %v: a stored credential left the keyring", r.callsAfter(0))
		}
		if c := r.Credentials()[0]; c.State != credentials.Missing || c.Problem == nil || !strings.Contains(c.Problem.Cause.String(), "VAST_URL") {
			t.Errorf("got %+v, want it to name the override", c)
		}
		if err := r.SaveCredential(t.Context(), credentials.VastKey, "pasted now", nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := r.Status().Cause; strings.Contains(got.String(), "API key") {
			t.Errorf("got %q, want a credential pasted in this run to count", got)
		}
	})
}

func TestALockedKeyringIsPartOfTheFirstSetUp(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) { r.keyring = locked() }, func(t *testing.T, r *rig) {
		r.wantPhase(t, status.Setup, "Not set up yet")
		if got := r.Status(); got.Cause.String() != "The keyring is locked." || got.Action != health.ActionSetUp {
			t.Errorf("got %q with the action %q, want the keyring named and the set-up offered", got.Cause, got.Action)
		}
	})
}

func TestLockedKeyringWaitsForThePerson(t *testing.T) {
	locked := func(_ *testing.T, r *rig) {
		r.usedBefore()
		r.keyring = credentials.KeyringState{State: "locked", Words: words.Verbatim("The keyring is locked."), Action: health.ActionUnlockKeyring}
	}
	play(t, locked, func(t *testing.T, r *rig) {
		r.wantPhase(t, status.Attention, "The keyring is locked.")
		if got := r.Status().Action; got != health.ActionUnlockKeyring {
			t.Errorf("got action %q", got)
		}
		if got := r.callCount(); got != 0 {
			t.Errorf("got calls %v before the person said so", r.callsAfter(0))
		}
		if err := r.Perform(t.Context(), health.ActionUnlockKeyring); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestRefusedKeyAsksForAnother(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) { r.whoAmI = &vastapi.Error{Class: vastapi.BadKey, Status: 401} }, func(t *testing.T, r *rig) {
		r.wantPhase(t, status.Attention, "The Vast.ai API key was refused")
		if got := r.Status().Action; got != health.ActionReplaceKey {
			t.Errorf("got action %q", got)
		}
		r.do(func() { r.whoAmI = nil })
		if err := r.SaveCredential(t.Context(), credentials.VastKey, "another key", nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestVastOutOfReachIsTriedAgainMoreAndMoreRarely(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) { r.whoAmI = &vastapi.Error{Class: vastapi.Unreachable} }, func(t *testing.T, r *rig) {
		r.wantPhase(t, status.Attention, "Vast.ai cannot be reached")
		since := r.Status().Since
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if s := r.Status(); !s.Since.Equal(since) || !s.Hop(health.HopVast).Since.Equal(since) {
			t.Errorf("got trouble since %v, and at the hop since %v, want since %v: no try went better", s.Since, s.Hop(health.HopVast).Since, since)
		}
		if got := r.count("whoami"); got < 10 || got > 25 {
			t.Errorf("got %d tries in 10 minutes, want a doubling wait up to a minute", got)
		}
		r.do(func() { r.whoAmI = nil })
		time.Sleep(retryMost)
		synctest.Wait()
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestSwitchedOffChannels(t *testing.T) {
	off := vastapi.Preferences{"client": {"outbid": {"webhooks": false}}}
	play(t, func(_ *testing.T, r *rig) { r.channels = off }, func(t *testing.T, r *rig) {
		r.link(online())
		r.wantPhase(t, status.Attention, "Vast.ai will not send some notifications")
		if got := r.Status(); got.Action != health.ActionEnableChannels || !strings.Contains(got.Cause.String(), "Instance outbid") {
			t.Errorf("got %q, action %q, want it to name what is off", got.Cause, got.Action)
		}
		if err := r.Perform(t.Context(), health.ActionEnableChannels); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.wantPhase(t, status.Relaying, "")
		if got := r.count("enable"); got != 1 {
			t.Errorf("got %d updates, want one", got)
		}
	})
}

func TestAChoiceOfWebhooks(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) { r.ensure = &webhooks.ErrChoose{Role: relay.RoleClient} }, func(t *testing.T, r *rig) {
		r.link(online())
		r.wantPhase(t, status.Attention, "Vast.ai holds no more webhooks")
		foreign, err := r.Webhooks().ForeignWebhooks(t.Context())
		if err != nil || len(foreign) != 1 || foreign[0].Name != "theirs" {
			t.Fatalf("got %+v, %v, want the one to choose", foreign, err)
		}
		if r.count("replace") != 0 {
			t.Error("got a webhook replaced before the person chose")
		}
		if err := r.Webhooks().ReplaceWebhook(t.Context(), foreign[0].ID, false); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestAWebhookOfOthersKeepsItsEvents(t *testing.T) {
	play(t, func(t *testing.T, r *rig) {
		renterAndHost(t, r)
		r.ensure = &webhooks.ErrChoose{Role: relay.RoleClient}
		r.listed = []vastapi.Webhook{{ID: 7, Name: "theirs", EventTypes: []string{"low_credit", "host:machine_error"}}}
	}, func(t *testing.T, r *rig) {
		r.link(online())
		if err := r.Webhooks().ReplaceWebhook(t.Context(), 7, true); err != nil {
			t.Fatal(err)
		}
		if got, want := r.settings.Settings().EventTypes, []string{"host:machine_offline", "client:low_credit"}; !slices.Equal(got, want) {
			t.Errorf("got %q chosen, want the renter's events of the webhook, and the host's as before: %q", got, want)
		}
		if r.count("replace") != 1 {
			t.Errorf("got calls %q", r.callsAfter(0))
		}
	})
}

func TestEventsOfAWebhookThatIsNotReplacedAreNotChosen(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) {
		r.ensure = &webhooks.ErrChoose{Role: relay.RoleClient}
		r.listed = []vastapi.Webhook{{ID: 8, Name: "theirs", EventTypes: []string{"low_credit"}}}
	}, func(t *testing.T, r *rig) {
		r.link(online())
		before := r.settings.Settings().EventTypes
		if err := r.Webhooks().ReplaceWebhook(t.Context(), 8, true); err == nil {
			t.Fatal("got no error, want that of the webhook that could not be replaced")
		}
		if got := r.settings.Settings().EventTypes; !slices.Equal(got, before) {
			t.Errorf("got %q chosen, want what was chosen before: %q", got, before)
		}
	})
}

func TestWhatSomebodyChangedAtVastIsAChoice(t *testing.T) {
	elsewhere := "https://elsewhere.example/hook"
	moved := &webhooks.ErrEdited{Role: relay.RoleClient, ID: 1, Edit: webhooks.Edit{URL: &elsewhere}}
	t.Run("of another address, which a person restores", func(t *testing.T) {
		play(t, func(_ *testing.T, r *rig) { r.ensure = errors.Join(nil, moved) }, func(t *testing.T, r *rig) {
			r.link(online())
			r.wantPhase(t, status.Attention, "The webhook leads elsewhere")
			s := r.Status()
			if s.Action != health.ActionReviewEdit || !strings.Contains(s.Cause.String(), "elsewhere.example") || s.Severity != health.Choice {
				t.Errorf("got %q with the button %q, want a choice that names the address", s.Cause, s.Action)
			}
			if len(s.Webhooks) != 1 || s.Webhooks[0].LeadsHere() || s.Webhooks[0].Edited.URL != elsewhere {
				t.Errorf("got %+v", s.Webhooks)
			}
			if err := r.TestFromVast(t.Context(), nil); !health.Is(err, health.WebhookMissing) {
				t.Errorf("got %v, want no test sent to somebody else", err)
			}
			if err := r.Webhooks().RestoreOurs(t.Context()); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			r.wantPhase(t, status.Relaying, "")
			if r.count("restore") != 1 || r.count("accept") != 0 {
				t.Errorf("got calls %q", r.callsAfter(0))
			}
		})
	})
	t.Run("of types, which a person takes", func(t *testing.T) {
		play(t, renterAndHost, func(t *testing.T, r *rig) {
			r.link(online())
			r.do(func() { r.theirs = map[relay.Role][]string{relay.RoleClient: {"client:low_credit"}} })
			if err := r.Webhooks().TakeTheirs(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got, want := r.settings.Settings().EventTypes, []string{"host:machine_offline", "client:low_credit"}; !slices.Equal(got, want) {
				t.Errorf("got %q chosen, want %q", got, want)
			}
		})
	})
	t.Run("and disturbs nothing while only types or the name differ", func(t *testing.T) {
		name := "mine"
		play(t, func(_ *testing.T, r *rig) {
			r.edit = webhooks.Edit{Types: []string{"client:outbid"}, Name: &name}
		}, func(t *testing.T, r *rig) {
			r.link(online())
			r.wantPhase(t, status.Relaying, "")
			s := r.Status()
			if s.Action != health.ActionReviewEdit || !strings.Contains(s.Cause.String(), "changed at Vast.ai") {
				t.Errorf("got %q with the button %q, want to be told", s.Cause, s.Action)
			}
			if e := s.Webhooks[0].Edited; e == nil || !e.Renamed || e.Name != "mine" || len(e.Added) != 0 || len(e.Removed) == 0 {
				t.Errorf("got edit %+v", e)
			}
		})
	})
}

func TestStepsOfATest(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		if err := r.TestFromVast(t.Context(), nil); err == nil {
			t.Error("got no error before there is a webhook")
		}
		r.link(online())
		var steps []string
		report := func(s health.Step) { steps = append(steps, s.Name.String()+": "+string(s.State)) }
		done := make(chan error)
		go func() { done <- r.TestFromVast(t.Context(), report) }()
		synctest.Wait()
		if err := r.TestToChat(t.Context(), nil); err == nil {
			t.Error("got a second test at once, want to be told to wait")
		}
		r.Attempt(relay.Progress{Post: relay.Post{Events: []relay.Event{{ID: "own"}}}, Result: relay.Result{Outcome: relay.Posted}})
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if got, want := steps[len(steps)-1], "Posting to Google Chat: done"; got != want || len(steps) != 8 {
			t.Errorf("got steps %q, want eight that end with %q", steps, want)
		}
	})
}

func TestATestWithoutAWayThrough(t *testing.T) {
	refusing := &vastapi.Error{Class: vastapi.NotDeliverable}
	tests := []struct {
		name, says string
		test       func(r *rig) error
	}{
		{"Vast.ai says delivered, nothing arrives", "did not arrive", func(*rig) error { return nil }},
		{"Vast.ai cannot deliver", "could not reach this computer", func(*rig) error { return refusing }},
		{"our own receiver refused the signature", "signature did not match", func(r *rig) error {
			r.Delivery(relay.Delivery{Role: relay.RoleClient, Status: 401, Code: "invalid_signature"})
			return refusing
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				r.do(func() { r.test = func() error { return tt.test(r) } })
				err := r.TestFromVast(t.Context(), nil)
				var p health.Problem
				if !errors.As(err, &p) || !strings.Contains(p.Headline.String(), tt.says) || p.Next.IsZero() {
					t.Errorf("got %v, want a problem that says %q", err, tt.says)
				}
			})
		})
	}
}

func TestATestThatWasRefusedForItsSignatureRenewsTheSecret(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		wrong := func() error {
			r.Delivery(relay.Delivery{Role: relay.RoleClient, Status: 401, Code: relay.CodeInvalidSignature})
			return &vastapi.Error{Class: vastapi.NotDeliverable}
		}
		r.do(func() { r.test, r.rotated = wrong, func() { r.test = nil } })
		var p health.Problem
		if err := r.TestFromVast(t.Context(), nil); !errors.As(err, &p) || !strings.Contains(p.Next.String(), "renewed by itself") {
			t.Fatalf("got %v, want to be told that it mends itself", err)
		}
		synctest.Wait()
		if got := r.count("rotate"); got != 1 {
			t.Errorf("got %d rotations, want the one that was promised", got)
		}
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestASavedCredentialIsThereAtOnce(t *testing.T) {
	r := newRig(t) // not running: nothing but the saving itself can note it
	for _, kind := range credentials.Kinds() {
		value := "fresh"
		if kind == credentials.ChatURL {
			value = rigURL
		}
		if err := r.SaveCredential(t.Context(), kind, value, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range r.Credentials() {
		if c.State != credentials.InKeyring {
			t.Errorf("%s: got state %s right after saving, want %s", c.Kind, c.State, credentials.InKeyring)
		}
	}
}

func TestAnotherCopyIsNoticed(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		if !r.Alone() {
			t.Error("got another copy, want none")
		}
		r.do(func() { r.otherCopies = 1 })
		if r.Alone() {
			t.Error("got no other copy, want one")
		}
	})
}

func TestPauseAndResume(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		if err := r.Pause(t.Context(), time.Time{}); err != nil {
			t.Fatal(err)
		}
		r.wantPhase(t, status.Paused, "Paused")
		if err := r.Resume(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		r.wantPhase(t, status.Relaying, "")
	})
}

// renterAndHost chooses events of both roles, each of which has its own webhook.
func renterAndHost(t *testing.T, r *rig) {
	t.Helper()
	s := r.settings.Settings()
	s.Host, s.EventTypes = true, []string{"client:outbid", "host:machine_offline"}
	if err := r.settings.Change(to(s)); err != nil {
		t.Fatal(err)
	}
}

func TestEachWebhookIsTested(t *testing.T) {
	posted := func(r *rig) {
		r.Attempt(relay.Progress{Post: relay.Post{Events: []relay.Event{{ID: "own"}}}, Result: relay.Result{Outcome: relay.Posted}})
	}
	t.Run("when a person asks for a test", func(t *testing.T) {
		play(t, renterAndHost, func(t *testing.T, r *rig) {
			r.link(online())
			r.wantPhase(t, status.Relaying, "")
			var steps []string
			report := func(s health.Step) {
				if s.State == health.StepDone {
					steps = append(steps, s.Name.String())
				}
			}
			done := make(chan error)
			go func() { done <- r.TestFromVast(t.Context(), report) }()
			synctest.Wait()
			posted(r)
			synctest.Wait()
			posted(r)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			if r.count("test client") != 1 || r.count("test host") != 1 {
				t.Errorf("got calls %q, want a test of each webhook", r.callsAfter(0))
			}
			if len(steps) != 8 || !strings.Contains(steps[0], "renter") || !strings.Contains(steps[4], "host") {
				t.Errorf("got steps %q, want four for each webhook, the renter's first", steps)
			}
		})
	})
	t.Run("and the one that does not get through is what is told", func(t *testing.T) {
		play(t, renterAndHost, func(t *testing.T, r *rig) {
			r.link(online())
			r.do(func() {
				tests := 0
				r.test = func() error {
					if tests++; tests == 1 {
						ev := relay.Event{ID: "own", Type: relay.TestType}
						r.Delivery(relay.Delivery{Role: relay.RoleClient, Event: ev, Verdict: relay.Accepted, Fresh: true, Status: 204, Arrived: time.Now()})
						go posted(r)
						return nil
					}
					return &vastapi.Error{Class: vastapi.NotDeliverable}
				}
			})
			if err := r.TestFromVast(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "could not reach this computer") {
				t.Errorf("got %v, want the trouble of the host's webhook", err)
			}
		})
	})
	t.Run("when the address cannot be checked from here", func(t *testing.T) {
		play(t, func(t *testing.T, r *rig) {
			renterAndHost(t, r)
			r.probe = reach.ErrCannotCheck
		}, func(t *testing.T, r *rig) {
			r.link(online())
			r.wantPhase(t, status.Relaying, "")
			if r.count("test client") != 1 || r.count("test host") != 1 {
				t.Errorf("got calls %q, want a test of each webhook", r.callsAfter(0))
			}
		})
	})
	t.Run("but not one that a delivery has proven meanwhile", func(t *testing.T) {
		play(t, func(t *testing.T, r *rig) {
			renterAndHost(t, r)
			r.probe, r.hang = reach.ErrCannotCheck, true
		}, func(t *testing.T, r *rig) {
			r.link(online())
			time.Sleep(time.Second)
			r.Delivery(relay.Delivery{Role: relay.RoleHost, Verdict: relay.Accepted, Status: 204, Arrived: time.Now()})
			r.do(func() { r.hang = false })
			r.ApplySettings()
			synctest.Wait()
			r.wantPhase(t, status.Relaying, "")
			if r.count("test client") != 1 || r.count("test host") != 0 {
				t.Errorf("got calls %q, want a test of the renter's webhook alone", r.callsAfter(0))
			}
		})
	})
}

func TestANameOfTheSpaceIsShownAtOnce(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		err := r.settings.Change(func(s *config.Settings) error { s.Label = "Ops alerts"; return nil })
		if err != nil {
			t.Fatal(err)
		}
		r.ApplySettings()
		synctest.Wait()
		if got := r.Status().Headline.String(); got != "Relaying to “Ops alerts”" {
			t.Errorf("got %q, want the name", got)
		}
	})
}
