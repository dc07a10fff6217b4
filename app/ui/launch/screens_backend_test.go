//go:build linux && !ci

package launch

import (
	"context"
	"fmt"
	"time"

	"vastrelay/app/bridge"
	"vastrelay/relay"
)

// screenBackend is a fakeBackend that answers all that the screens ask.
type screenBackend struct{ *fakeBackend }

// TestFromVast is under way for as long as the window is there.
func (b screenBackend) TestFromVast(ctx context.Context, report func(bridge.Step)) error {
	report(bridge.Step{Name: "Ask Vast.ai", State: bridge.StepRunning})
	<-ctx.Done()
	return ctx.Err()
}

// Event returns an event with a message and a payload.
func (b screenBackend) Event(_ context.Context, id string) (relay.Detail, error) {
	return relay.Detail{
		Event: relay.Event{
			ID: id, Type: "outbid", Subject: "Instance outbid #48926820", Message: "Your instance was outbid and has been paused.",
			ReceivedAt: time.Now(), Payload: []byte(`{"event_id":"e1","notif_type":"outbid"}`),
		},
		Verdict: relay.Accepted, Fate: relay.FatePosted,
	}, nil
}

// Activity counts an event in every hour.
func (b screenBackend) Activity(context.Context) ([]int, error) {
	return []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, nil
}

// Credentials are there, unless the program is not set up.
func (b screenBackend) Credentials() []bridge.Credential {
	state := bridge.CredentialInKeyring
	if b.Status().Phase == bridge.PhaseSetup {
		state = bridge.CredentialMissing
	}
	var all []bridge.Credential
	for _, kind := range bridge.CredentialKinds() {
		all = append(all, bridge.Credential{Kind: kind, State: state})
	}
	return all
}

// Catalogue is a list with one group.
func (b screenBackend) Catalogue(context.Context) (bridge.Catalogue, error) {
	return bridge.Catalogue{Live: true, Topics: []bridge.Topic{
		{Name: "Instance", Types: []bridge.Choice{{Key: "client:outbid", Name: "Instance outbid", Meaning: "Someone bid more than you.", Chosen: true}}},
	}}, nil
}

// benchBackend is a program that relays, with a history.
func benchBackend() screenBackend {
	b := screenBackend{newFakeBackend()}
	for _, name := range bridge.HopNames() {
		b.status.Hops = append(b.status.Hops, bridge.Hop{Name: name, State: bridge.HopOK})
	}
	b.status.Cause = "Last event 4 min ago · 12 today · nothing waiting"
	for i := range 40 {
		b.recent = append(b.recent, relay.Summary{
			ID: fmt.Sprintf("e%d", i), Title: fmt.Sprintf("Instance outbid #4892682%d", i), Type: "outbid",
			ReceivedAt: time.Now().Add(-time.Duration(i) * time.Hour), Fate: relay.FatePosted,
		})
	}
	return b
}

func withoutEvents() screenBackend {
	b := benchBackend()
	b.recent = nil
	return b
}

// setUpBackend is a program at its first start.
func setUpBackend() screenBackend {
	b := withoutEvents()
	b.status = bridge.Status{Phase: bridge.PhaseSetup, Headline: "Not set up yet", Action: bridge.ActionSetUp}
	return b
}

// connectingBackend is a program that is set up and brings its address up.
func connectingBackend() screenBackend {
	b := setUpBackend()
	time.AfterFunc(3*time.Second, func() { b.set(func() { b.status.Phase = bridge.PhaseStarting }) })
	return b
}

func pausedBackend() screenBackend {
	b := benchBackend()
	b.status.Phase, b.status.Waiting, b.status.Action = bridge.PhasePaused, 34, bridge.ActionResume
	return b
}

func troubledBackend() screenBackend {
	b := benchBackend()
	b.status.Phase, b.status.Headline, b.status.Action = bridge.PhaseAttention, "Google Chat refuses the messages", bridge.ActionReplaceChatURL
	return b
}

func demoBackend() screenBackend {
	b := benchBackend()
	b.status.Demo = true
	return b
}
