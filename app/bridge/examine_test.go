package bridge

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/health"
	"vastrelay/app/reach"
	"vastrelay/app/secrets"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

// examine makes all checks while posts of tests get their answers.
func (r *rig) examine(t *testing.T) health.Report {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	posting := make(chan struct{})
	go func() {
		defer close(posting)
		for ctx.Err() == nil {
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
				result := relay.Result{Outcome: relay.Posted}
				if get(r, &r.lost) {
					result = relay.Result{Outcome: relay.DestinationGone}
				}
				r.Attempt(relay.Progress{Post: relay.Post{Events: []relay.Event{{ID: "own"}}}, Result: result})
			}
		}
	}()
	report, err := checks.RunAll(ctx, Checks(r.Bridge), func(health.Step) {})
	if err != nil {
		t.Error(err)
	}
	cancel()
	<-posting
	return report
}

func TestEachBrokenHopIsTheOneNamed(t *testing.T) {
	refused := &vastapi.Error{Class: vastapi.BadKey}
	tests := []struct {
		name   string
		broken func(t *testing.T, r *rig)
		fails  string // the code of the failing check; empty: none
		says   string
	}{
		{"nothing is broken", func(*testing.T, *rig) {}, "", ""},
		{"the keyring is locked", func(_ *testing.T, r *rig) { r.do(func() { r.keyring = locked() }) }, checkCredentials, "locked"},
		{"a credential is missing", func(t *testing.T, r *rig) {
			if err := r.vault.Delete(t.Context(), secrets.NameChatURL); err != nil {
				t.Fatal(err)
			}
		}, checkCredentials, "missing"},
		{"the clock is disputed", func(_ *testing.T, r *rig) {
			r.clock.Note("one", 0)
			r.clock.Note("another", time.Hour)
		}, checkClock, "not certain"},
		{"the key is refused", func(_ *testing.T, r *rig) { r.do(func() { r.whoAmI = refused }) }, checkKey, "key"},
		{"the key may not read what is needed", func(_ *testing.T, r *rig) {
			r.do(func() { r.types = &vastapi.Error{Class: vastapi.MissingPermission} })
		}, checkKey, "lacks a permission"},
		{"the link is lost", func(_ *testing.T, r *rig) { r.link(tunnel.Link{State: tunnel.Reconnecting}) }, checkTunnel, "cannot reach"},
		{"the link is lost, as the token is refused", func(_ *testing.T, r *rig) {
			r.link(tunnel.Link{State: tunnel.Reconnecting})
			r.do(func() { r.login = refusal(tunnel.MendToken) })
		}, checkTunnel, "ngrok refuses"},
		{"the link is lost, and the token cannot be tried without it", func(_ *testing.T, r *rig) {
			r.link(tunnel.Link{State: tunnel.Reconnecting})
			r.do(func() { r.login = tunnel.ErrUncheckable })
		}, checkTunnel, "cannot reach"},
		{"another computer has the name", func(_ *testing.T, r *rig) { r.link(tunnel.Link{State: tunnel.InUse}) }, checkTunnel, "Another computer"},
		{"the address leads elsewhere", func(_ *testing.T, r *rig) { r.do(func() { r.probe = errors.New("a page") }) }, checkAddress, "does not reach this computer"},
		{"the address cannot be checked from here", func(_ *testing.T, r *rig) { r.do(func() { r.probe = reach.ErrCannotCheck }) }, "", ""},
		{"a channel is off", func(_ *testing.T, r *rig) {
			r.do(func() { r.channels = vastapi.Preferences{"client": {"outbid": {"webhooks": false}}} })
		}, checkWebhooks, "will not send"},
		{"the webhook is gone since it was looked at", func(_ *testing.T, r *rig) { r.do(func() { r.listed = nil }) }, checkWebhooks, "gone"},
		{"somebody gave the webhook another address since", func(_ *testing.T, r *rig) {
			r.do(func() { r.listed = []vastapi.Webhook{{ID: 1, URL: "https://elsewhere.example/hook"}} })
		}, checkWebhooks, "leads elsewhere"},
		{"tests do not arrive", func(_ *testing.T, r *rig) {
			r.do(func() { r.test = func() error { return &vastapi.Error{Class: vastapi.NotDeliverable} } })
		}, checkDelivery, "could not reach this computer"},
		{"a proxy in front turns Vast.ai away", func(_ *testing.T, r *rig) {
			r.do(func() {
				r.core.o.Factories.Vendors[0].ProxyInFront = func(tunnel.Values) bool { return true }
				r.test = func() error { return &vastapi.Error{Class: vastapi.NotDeliverable} }
			})
		}, checkDelivery, "do not get through"},
		{"Google Chat refuses the space", func(_ *testing.T, r *rig) { r.do(func() { r.lost = true }) }, checkChat, "Chat"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			play(t, nil, func(t *testing.T, r *rig) {
				r.link(online())
				r.do(func() { r.listed = []vastapi.Webhook{{ID: 1, URL: r.Status().Webhooks[0].URL}} })
				tt.broken(t, r)
				report := r.examine(t)
				f, failed := report.Failing()
				if f.Code != tt.fails || failed != (tt.fails != "") || !strings.Contains(f.Text.String(), tt.says) {
					t.Errorf("got %s, want %q to fail with %q", told(report), tt.fails, tt.says)
				}
				if failed && (f.Problem.Next.IsZero() || f.Problem.Headline.IsZero()) {
					t.Errorf("got %+v, want a next step", f.Problem)
				}
				for _, f := range report.Findings {
					if f.State == health.Failed && f.Code != tt.fails {
						t.Errorf("got %s, want no other check to fail", told(report))
					}
				}
			})
		})
	}
}

// told is a report in one line.
func told(r health.Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s %s: %s; ", f.Code, f.State, f.Text)
	}
	return b.String()
}

func TestChatIsCheckedByAMessageWhereNoTestArrives(t *testing.T) {
	for greeting, want := range map[relay.Outcome]health.FindingState{relay.Posted: health.Passed, relay.DestinationGone: health.Failed} {
		play(t, nil, func(t *testing.T, r *rig) {
			r.link(online())
			r.do(func() {
				r.listed = []vastapi.Webhook{{ID: 1, URL: r.Status().Webhooks[0].URL}}
				r.test = func() error { return &vastapi.Error{Class: vastapi.NotDeliverable} }
				r.greeting = greeting
			})
			report := r.examine(t)
			if last := report.Findings[len(report.Findings)-1]; last.Code != checkChat || last.State != want || last.Text.IsZero() {
				t.Errorf("a message that is %s: got %s, want chat %s", greeting, told(report), want)
			}
		})
	}
}

func TestTheChecksPostOnce(t *testing.T) {
	play(t, nil, func(t *testing.T, r *rig) {
		r.link(online())
		r.do(func() { r.listed = []vastapi.Webhook{{ID: 1, URL: r.Status().Webhooks[0].URL}} })
		r.examine(t)
		if got := r.count("chat test"); got != 0 || r.count("test client") != 1 {
			t.Errorf("got %d tests to Chat and calls %q, want the one from Vast.ai to prove the space as well", got, r.callsAfter(0))
		}
		r.do(func() { r.test = func() error { return &vastapi.Error{Class: vastapi.NotDeliverable} } })
		r.examine(t)
		if got := r.count("chat test"); got != 1 {
			t.Errorf("got %d tests to Chat, want one where none came from Vast.ai", got)
		}
	})
}
