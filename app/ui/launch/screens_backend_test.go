//go:build linux && !ci

package launch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// screenBackend is a fakeBackend that answers all that the screens ask.
type screenBackend struct{ *fakeBackend }

// TestFromVast is under way for as long as the window is there.
func (b screenBackend) TestFromVast(ctx context.Context, report func(health.Step)) error {
	report(health.Step{Name: words.Verbatim("Ask Vast.ai"), State: health.StepRunning})
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
func (b screenBackend) Activity(_ context.Context, bounds []time.Time) ([]relay.Activity, error) {
	return slices.Repeat([]relay.Activity{{Total: 1}}, len(bounds)-1), nil
}

// Credentials are there, unless the program is not set up.
func (b screenBackend) Credentials() []credentials.Credential {
	state := credentials.InKeyring
	if b.Status().Phase == status.Setup {
		state = credentials.Missing
	}
	var all []credentials.Credential
	for _, kind := range credentials.Kinds() {
		all = append(all, credentials.Credential{Kind: kind, State: state})
	}
	return all
}

// Catalogue is a list with one group.
func (b screenBackend) Catalogue(context.Context) (status.Catalogue, error) {
	return status.Catalogue{Live: true, Topics: []status.Topic{
		{Name: words.Verbatim("Instance"), Types: []status.Choice{{Key: "client:outbid", Name: words.Verbatim("Instance outbid"), Meaning: words.Verbatim("Someone bid more than you."), Chosen: true}}},
	}}, nil
}

// benchBackend is a program that relays, with a history.
func benchBackend() screenBackend {
	b := screenBackend{newFakeBackend()}
	for _, name := range health.HopNames() {
		b.status.Hops = append(b.status.Hops, health.Hop{Name: name, State: health.HopOK})
	}
	b.status.Cause = words.Verbatim("Last event 4 min ago · 12 today · nothing waiting")
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
	b.status = status.Status{Phase: status.Setup, Headline: words.Verbatim("Not set up yet"), Action: health.ActionSetUp}
	return b
}

// connectingBackend is a program that is set up and brings its address up.
func connectingBackend() screenBackend {
	b := setUpBackend()
	time.AfterFunc(3*time.Second, func() { b.set(func() { b.status.Phase = status.Starting }) })
	return b
}

func pausedBackend() screenBackend {
	b := benchBackend()
	b.status.Phase, b.status.Waiting, b.status.Action = status.Paused, 34, health.ActionResume
	return b
}

func troubledBackend() screenBackend {
	b := benchBackend()
	b.status.Phase, b.status.Headline, b.status.Action = status.Attention, words.Verbatim("Google Chat refuses the messages"), health.ActionReplaceChatURL
	return b
}

func demoBackend() screenBackend {
	b := benchBackend()
	b.status.Demo = true
	return b
}
