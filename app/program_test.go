package app

import (
	"testing"

	"vastrelay/app/bridge"
)

func TestStartWatch(t *testing.T) {
	refused := bridge.Status{Phase: bridge.PhaseAttention, Headline: "The API key was refused", Action: bridge.ActionReplaceKey}
	away := bridge.Status{Phase: bridge.PhaseAttention, Headline: "Vast.ai cannot be reached", Action: bridge.ActionRetry}
	stopped := bridge.Status{
		Phase: bridge.PhaseAttention, Headline: "The account is not confirmed", Action: bridge.ActionRetry,
		Hops: []bridge.Hop{{Name: bridge.HopAddress, State: bridge.HopFailing, Detail: "The account is not confirmed", Final: true}},
	}
	retried := bridge.Status{
		Phase: bridge.PhaseAttention, Headline: "ngrok does not accept the token", Action: bridge.ActionReplaceToken,
		Hops: []bridge.Hop{{Name: bridge.HopAddress, State: bridge.HopFailing, Detail: "ngrok does not accept the token", Retried: true}},
	}
	missing := bridge.Status{Phase: bridge.PhaseSetup, Headline: "Not set up yet"}
	parked := bridge.Status{
		Phase: bridge.PhaseAttention, Headline: "The webhook is gone", Action: bridge.ActionReplaceChatURL, Space: "AAAA",
		Hops: []bridge.Hop{{Name: bridge.HopChat, State: bridge.HopFailing, Detail: "The webhook is gone"}},
	}
	in := func(p bridge.Phase) bridge.Status { return bridge.Status{Phase: p} }
	tests := []struct {
		name     string
		seen     []bridge.Status
		hopeless bool
	}{
		{"a refused key ends a start", []bridge.Status{in(bridge.PhaseStarting), refused}, true},
		{"a missing credential ends a start", []bridge.Status{missing}, true},
		{"what is not tried again ends a start, whatever the button", []bridge.Status{stopped}, true},
		{"a token that worked in an earlier run ends none", []bridge.Status{in(bridge.PhaseStarting), retried}, false},
		{"trouble that passes ends none", []bridge.Status{away}, false},
		{"a space that refused an earlier run ends none", []bridge.Status{parked}, false},
		{"a key refused while relaying ends nothing", []bridge.Status{in(bridge.PhaseRelaying), refused}, false},
		{"nor does one while paused", []bridge.Status{in(bridge.PhasePaused), refused}, false},
		{"nor one in standby", []bridge.Status{in(bridge.PhaseStandby), refused}, false},
		{"nor a credential that is taken away later", []bridge.Status{in(bridge.PhaseRelaying), missing}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var (
				w        startWatch
				problem  bridge.Problem
				hopeless bool
			)
			for _, s := range tt.seen {
				problem, hopeless = w.look(s)
			}
			if hopeless != tt.hopeless || hopeless && problem.Headline == "" {
				t.Errorf("got %v, %q, want %v and a reason", hopeless, problem.Headline, tt.hopeless)
			}
		})
	}
}
