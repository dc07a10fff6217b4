package app

import (
	"testing"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
)

func TestStartWatch(t *testing.T) {
	refused := status.Status{Phase: status.Attention, Headline: words.Verbatim("The API key was refused"), Severity: health.Person, Failing: health.HopVast}
	away := status.Status{Phase: status.Attention, Headline: words.Verbatim("Vast.ai cannot be reached"), Severity: health.Passing, Failing: health.HopVast}
	stopped := status.Status{
		Phase: status.Attention, Headline: words.Verbatim("The account is not confirmed"), Action: health.ActionRetry, Severity: health.Person, Failing: health.HopAddress,
	}
	retried := status.Status{
		Phase: status.Attention, Headline: words.Verbatim("ngrok does not accept the token"), Action: health.ActionReplaceToken, Severity: health.Passing, Failing: health.HopAddress,
	}
	missing := status.Status{Phase: status.Setup, Headline: words.Verbatim("Not set up yet")}
	parked := status.Status{
		Phase: status.Attention, Headline: words.Verbatim("The webhook is gone"), Action: health.ActionReplaceChatURL, Space: "AAAA", Severity: health.Person, Failing: health.HopChat,
	}
	in := func(p status.Phase) status.Status { return status.Status{Phase: p} }
	tests := []struct {
		name     string
		seen     []status.Status
		hopeless bool
	}{
		{"a refused key ends a start", []status.Status{in(status.Starting), refused}, true},
		{"a missing credential ends a start", []status.Status{missing}, true},
		{"what is not tried again ends a start, whatever the button", []status.Status{stopped}, true},
		{"a token that worked in an earlier run ends none", []status.Status{in(status.Starting), retried}, false},
		{"trouble that passes ends none", []status.Status{away}, false},
		{"a space that refused an earlier run ends none", []status.Status{parked}, false},
		{"a key refused while relaying ends nothing", []status.Status{in(status.Relaying), refused}, false},
		{"nor does one while paused", []status.Status{in(status.Paused), refused}, false},
		{"nor one in standby", []status.Status{in(status.Standby), refused}, false},
		{"nor a credential that is taken away later", []status.Status{in(status.Relaying), missing}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var (
				w        startWatch
				problem  health.Problem
				hopeless bool
			)
			for _, s := range tt.seen {
				problem, hopeless = w.hopeless(s)
			}
			if hopeless != tt.hopeless || hopeless && problem.Headline.IsZero() {
				t.Errorf("got %v, %q, want %v and a reason", hopeless, problem.Headline, tt.hopeless)
			}
		})
	}
}
