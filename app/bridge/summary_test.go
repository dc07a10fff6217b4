package bridge

import (
	"testing"
	"time"

	"vastrelay/relay"
)

// well is a view in which every hop is proven.
func well() view {
	now := time.Date(2026, 3, 2, 15, 4, 5, 0, time.Local)
	v := view{now: now, label: "Ops alerts", tally: relay.Tally{Total: 12, LastEvent: now.Add(-4 * time.Minute)}}
	for i, name := range HopNames() {
		v.hops[i] = Hop{Name: name, State: HopOK}
	}
	return v
}

func TestSummary(t *testing.T) {
	tests := []struct {
		name     string
		change   func(*view)
		phase    Phase
		headline string
		cause    string
		action   Action
	}{
		{
			"all proven is relaying, with its rhythm", func(*view) {},
			PhaseRelaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting", ActionNone,
		},
		{
			"a space without a label is named by its product", func(v *view) { v.label = "" },
			PhaseRelaying, "Relaying to Google Chat", "Last event 15:00 · 12 today · nothing waiting", ActionNone,
		},
		{
			"an event of another day carries its date", func(v *view) { v.tally = relay.Tally{LastEvent: v.now.AddDate(0, 0, -2)}; v.waiting = 3 },
			PhaseRelaying, "Relaying to “Ops alerts”", "Last event 28 Feb 15:04 · 0 today · 3 waiting", ActionNone,
		},
		{
			"late deliveries are counted", func(v *view) { v.tally.ByFate = map[relay.Fate]int{relay.FateLate: 2} },
			PhaseRelaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting · 2 late, not posted", ActionNone,
		},
		{
			"unreadable deliveries are counted, with what was wrong with the last",
			func(v *view) {
				v.tally.ByFate, v.unreadable = map[relay.Fate]int{relay.FateUnreadable: 2}, "Its body is JSON, but not an object."
			},
			PhaseRelaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting · 2 unreadable: Its body is JSON, but not an object", ActionNone,
		},
		{
			"unreadable deliveries of an earlier run are counted", func(v *view) { v.tally.ByFate = map[relay.Fate]int{relay.FateUnreadable: 1} },
			PhaseRelaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting · 1 unreadable", ActionNone,
		},
		{
			"messages that were given up are counted", func(v *view) { v.tally.ByFate = map[relay.Fate]int{relay.FateFailed: 1} },
			PhaseRelaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting · 1 given up, can be posted again", ActionNone,
		},
		{
			"no event yet is said", func(v *view) { v.tally = relay.Tally{} },
			PhaseRelaying, "Relaying to “Ops alerts”", "No event yet · nothing waiting", ActionNone,
		},
		{
			"an untested Chat does not block", func(v *view) { v.setHop(Hop{Name: HopChat, State: HopUntested}) },
			PhaseRelaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting", ActionNone,
		},
		{
			"an untested address does", func(v *view) {
				v.setHop(Hop{Name: HopAddress, State: HopWorking, Detail: "Opening the public address."})
			},
			PhaseStarting, "Connecting…", "Opening the public address.", ActionNone,
		},
		{
			"a missing credential is set-up", func(v *view) { v.missing = []CredentialKind{VastKey, NgrokToken} },
			PhaseSetup, "Not set up yet", "Still missing: the Vast.ai API key and the ngrok authtoken.", ActionSetUp,
		},
		{
			"a missing credential outranks a failing hop", func(v *view) {
				v.missing = []CredentialKind{ChatURL}
				v.setHop(Hop{Name: HopVast, State: HopFailing, Detail: "x"})
			},
			PhaseSetup, "Not set up yet", "Still missing: the Google Chat webhook URL.", ActionSetUp,
		},
		{
			"a failing hop needs attention", func(v *view) {
				v.setHop(Hop{Name: HopWebhook, State: HopFailing, Detail: "Broken.", Next: "Mend it.", Action: ActionRetry})
			},
			PhaseAttention, "Broken.", "Mend it.", ActionRetry,
		},
		{
			"the first failing hop is shown", func(v *view) {
				v.setHop(Hop{Name: HopChat, State: HopFailing, Detail: "second"})
				v.setHop(Hop{Name: HopVast, State: HopFailing, Detail: "first"})
			},
			PhaseAttention, "first", "", ActionNone,
		},
		{
			"a disk that takes nothing outranks a failing hop", func(v *view) {
				v.disk = "The disk is full."
				v.setHop(Hop{Name: HopChat, State: HopFailing, Detail: "x"})
			},
			PhaseAttention, "Events cannot be written to disk",
			"The disk is full. Vast.ai is asked to try again; Vast Relay goes on by itself when it can.", ActionNone,
		},
		{
			"a notice is told beside the rhythm", func(v *view) { v.notice = "history nearly full" },
			PhaseRelaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting · history nearly full", ActionNone,
		},
		{
			"a pause with an end says when", func(v *view) {
				v.pause, v.waiting = relay.Pause{Since: v.now, Until: v.now.Add(time.Hour)}, 3
			},
			PhasePaused, "Paused until 16:04", "3 events are held; more are still received.", ActionResume,
		},
		{
			"a pause without an end", func(v *view) { v.pause, v.waiting = relay.Pause{Since: v.now}, 1 },
			PhasePaused, "Paused", "1 event is held; more are still received.", ActionResume,
		},
		{
			"a pause hides trouble in Chat", func(v *view) {
				v.pause = relay.Pause{Since: v.now}
				v.setHop(Hop{Name: HopChat, State: HopFailing, Detail: "x"})
			},
			PhasePaused, "Paused", "Events are still received; none is held so far.", ActionResume,
		},
		{
			"a pause does not hide that nothing is received", func(v *view) {
				v.pause = relay.Pause{Since: v.now}
				v.setHop(Hop{Name: HopAddress, State: HopFailing, Detail: "deaf", Next: "mend"})
			},
			PhaseAttention, "deaf", "mend", ActionNone,
		},
		{
			"another computer holds the address", func(v *view) {
				v.standby = v.now
				v.setHop(Hop{Name: HopAddress, State: HopWorking})
			},
			PhaseStandby, "Standing by: another computer is relaying", "Since 15:04. This one takes over by itself when the address is free.", ActionNone,
		},
		{
			"stopped", func(v *view) { v.stopped = true },
			PhaseStopped, "Stopped", "Nothing is received or posted.", ActionStart,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := well()
			tt.change(&v)
			s := v.status()
			if s.Phase != tt.phase || s.Headline != tt.headline || s.Cause != tt.cause || s.Action != tt.action {
				t.Errorf("got %s %q %q %q,\nwant %s %q %q %q", s.Phase, s.Headline, s.Cause, s.Action, tt.phase, tt.headline, tt.cause, tt.action)
			}
		})
	}
}

func TestSinceMovesOnlyWithThePhase(t *testing.T) {
	v := well()
	began := v.now.Add(-time.Hour)
	v.phase, v.since = PhaseRelaying, began
	if got := v.status().Since; !got.Equal(began) {
		t.Errorf("same phase: got %v, want %v", got, began)
	}
	v.stopped = true
	if got := v.status().Since; !got.Equal(v.now) {
		t.Errorf("new phase: got %v, want %v", got, v.now)
	}
}

func TestList(t *testing.T) {
	tests := map[string][]string{"": nil, "a": {"a"}, "a and b": {"a", "b"}, "a, b and c": {"a", "b", "c"}}
	for want, words := range tests {
		if got := list(words); got != want {
			t.Errorf("%v: got %q, want %q", words, got, want)
		}
	}
}

func TestEveryActionHasALabel(t *testing.T) {
	for _, a := range []Action{
		ActionSetUp, ActionStart, ActionRetry, ActionResume, ActionReplaceKey, ActionReplaceChatURL, ActionReplaceToken,
		ActionTunnelSettings, ActionUnlockKeyring, ActionCreateKeyring, ActionLookAgain, ActionChooseWebhook, ActionEnableChannels,
	} {
		if a.Label() == "" {
			t.Errorf("%s has no label", a)
		}
	}
}
