package bridge

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

// The status says at once what the checks have found of a hop, whether they find it
// broken or well again, and nobody has to press Try again for it.
func TestTheStatusSaysWhatTheChecksHaveFound(t *testing.T) {
	undeliverable := func() error { return &vastapi.Error{Class: vastapi.NotDeliverable} }
	tests := []struct {
		name  string
		hop   health.HopName
		broke func(r *rig)
		says  string
		mend  func(r *rig)
	}{
		{
			"a refused key", health.HopVast, func(r *rig) { r.whoAmI = &vastapi.Error{Class: vastapi.BadKey} }, "key",
			func(r *rig) { r.whoAmI = nil },
		},
		{
			"an address that leads elsewhere", health.HopAddress, func(r *rig) { r.probe = errors.New("a page") }, "does not reach this computer",
			func(r *rig) { r.probe = nil },
		},
		{
			"a channel that is off", health.HopWebhook, func(r *rig) { r.channels = vastapi.Preferences{"client": {"outbid": {"webhooks": false}}} }, "will not send",
			func(r *rig) { r.channels = nil },
		},
		{
			"deliveries that get lost on the way to an address that is reached", health.HopAddress, func(r *rig) { r.test = undeliverable }, "could not reach this computer",
			func(r *rig) { r.test = nil },
		},
		{"a refused Chat URL", health.HopChat, func(r *rig) { r.lost = true }, "Chat", func(r *rig) { r.lost = false }},
		{
			"a refused Chat URL, shown by a message of its own", health.HopChat, func(r *rig) { r.test, r.greeting = undeliverable, relay.DestinationGone }, "Chat",
			func(r *rig) { r.test, r.greeting = undeliverable, "" },
		},
		{"a keyring that locks", health.HopKeyring, func(r *rig) { r.keyring = locked() }, "", func(r *rig) { r.keyring.State, r.keyring.Action = "ready", "" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				r.do(func() { r.listed = []vastapi.Webhook{{ID: 1, URL: r.Status().Webhooks[0].URL}} })
				time.Sleep(time.Second)
				r.do(func() { tt.broke(r) })
				before := r.callCount()
				r.examine(t)
				synctest.Wait()
				h := r.Status().Hop(tt.hop)
				if h.State != health.HopFailing && tt.hop != health.HopKeyring || h.State == health.HopOK || !strings.Contains(h.Detail.String(), tt.says) {
					t.Errorf("got the hop %s, %q right after the checks, want it to say what they found", h.State, h.Detail)
				}
				for _, call := range r.callsAfter(before) {
					if call == "retry now" || call == "restart" && tt.hop != health.HopAddress {
						t.Errorf("got the call %q, want no side effect of a try", call)
					}
				}
				time.Sleep(time.Second)
				r.do(func() { tt.mend(r) })
				r.examine(t)
				synctest.Wait()
				if h := r.Status().Hop(tt.hop); h.State != health.HopOK {
					t.Errorf("got the hop %s, %q once the checks find it well again, want it ok", h.State, h.Detail)
				}
			})
		})
	}
}

func TestChecksThatAgreeWithTheStatusLeaveTheLoopAlone(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.do(func() { r.listed = []vastapi.Webhook{{ID: 1, URL: r.Status().Webhooks[0].URL}} })
		before := r.count("ensure")
		r.examine(t)
		synctest.Wait()
		if got := r.count("ensure"); got != before {
			t.Errorf("got the webhooks looked at %d times more, want the loop to sleep on", got-before)
		}
	})
}

// One test that got lost is not repeated at once, and not before the program would
// test by itself; a delivery that arrives meanwhile says that the way is well again.
func TestALostTestOfTheChecksIsNotRepeatedAndADeliveryEndsIt(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.do(func() { r.listed = []vastapi.Webhook{{ID: 1, URL: r.Status().Webhooks[0].URL}} })
		r.do(func() { r.test = func() error { return &vastapi.Error{Class: vastapi.NotDeliverable} } })
		r.examine(t)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if h := r.Status().Hop(health.HopAddress); h.State != health.HopFailing || r.count("test") != 1 {
			t.Errorf("got the hop %s, %q and %d tests, want it to fail after one test", h.State, h.Detail, r.count("test"))
		}
		r.Delivery(relay.Delivery{Role: relay.RoleClient, Event: relay.Event{ID: "other"}, Verdict: relay.Accepted, Fresh: true, Status: 204, Arrived: time.Now()})
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if h := r.Status().Hop(health.HopAddress); h.State != health.HopOK || r.count("test") != 1 {
			t.Errorf("got the hop %s, %q and %d tests, want the delivery to prove it", h.State, h.Detail, r.count("test"))
		}
	})
}

// The vendor had refused the token for good: only a person's change would have tried
// again. That the token is accepted again is found by the checks.
func TestTheChecksTryATunnelThatHasEnded(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) { r.run = refusal(tunnel.MendToken) }, func(t *testing.T, r *rig) {
		r.examine(t)
		synctest.Wait()
		h := r.Status().Hop(health.HopAddress)
		if h.State != health.HopFailing || !strings.Contains(h.Detail.String(), "ngrok refuses") {
			t.Fatalf("got the hop %s, %q, want it to say the refusal still", h.State, h.Detail)
		}
		r.do(func() { r.run = nil })
		go func() {
			time.Sleep(3 * time.Second)
			report := get(r, &r.report)
			report(tunnel.Link{State: tunnel.Online, URL: rigOrigin, Since: time.Now()})
		}()
		report := r.examine(t)
		synctest.Wait()
		for _, f := range report.Findings {
			if f.Code == checkTunnel && f.State != health.Passed {
				t.Errorf("got %s: %s, want the tunnel tried once more and found up", f.State, f.Text)
			}
		}
		r.wantPhase(t, status.Relaying, "")
	})
}

// A test message is not tried again by itself. What it was refused for may have passed
// long since, and nothing else would say so while no event comes.
func TestAFailedTestMessageSaysNothingForEver(t *testing.T) {
	tests := []struct {
		name string
		why  relay.Outcome
		then func(t *testing.T, r *rig)
		want health.HopState
	}{
		{"what may pass is shown at first", relay.Unreachable, func(*testing.T, *rig) {}, health.HopFailing},
		{"what may pass is not known after the next round", relay.Unreachable, func(*testing.T, *rig) { recheck() }, health.HopUntested},
		{"a refused URL stays refused", relay.DestinationGone, func(*testing.T, *rig) { recheck() }, health.HopFailing},
		{"a try by the person", relay.DestinationGone, func(t *testing.T, r *rig) {
			if err := r.Perform(t.Context(), health.ActionRetry); err != nil {
				t.Fatal(err)
			}
		}, health.HopUntested},
		{"a change of settings", relay.DestinationGone, func(_ *testing.T, r *rig) { r.ApplySettings() }, health.HopFailing},
		{"a limit on the rate says nothing of the URL", relay.RateLimited, func(*testing.T, *rig) {}, health.HopUntested},
		{"an event that is posted", relay.Unreachable, func(_ *testing.T, r *rig) {
			r.Attempt(relay.Progress{Post: relay.Post{Events: []relay.Event{{ID: "e"}}}, Result: relay.Result{Outcome: relay.Posted}, At: time.Now()})
		}, health.HopOK},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, func(_ *testing.T, r *rig) { r.greeting = tt.why }, func(t *testing.T, r *rig) {
				r.link(online())
				if err := r.TestToChat(t.Context(), func(health.Step) {}); err == nil {
					t.Fatal("got no error of the test")
				}
				tt.then(t, r)
				time.Sleep(time.Second)
				synctest.Wait()
				if h := r.Status().Hop(health.HopChat); h.State != tt.want {
					t.Errorf("got the hop %s, %q, want %s", h.State, h.Detail, tt.want)
				}
			})
		})
	}
}

// A message that stands in a space which was given up disproves that.
func TestATestMessageThatIsPostedOpensASpaceThatWasGivenUp(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) { r.dest.ParkedSince = time.Now() }, func(t *testing.T, r *rig) {
		r.link(online())
		if h := r.Status().Hop(health.HopChat); h.State != health.HopFailing {
			t.Fatalf("got the hop %s, want a space that was given up", h.State)
		}
		if err := r.TestToChat(t.Context(), func(health.Step) {}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if h := r.Status().Hop(health.HopChat); h.State != health.HopOK || r.count("reopen") != 1 {
			t.Errorf("got the hop %s, %q, and the space opened %d times, want it ok", h.State, h.Detail, r.count("reopen"))
		}
	})
}
