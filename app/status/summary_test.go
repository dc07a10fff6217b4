package status

import (
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// well is an Input in which every hop is proven.
func well() Input {
	now := time.Date(2026, 3, 2, 15, 4, 5, 0, time.Local)
	v := Input{Now: now, Posting: Posting{Label: "Ops alerts", Tally: relay.Tally{Total: 12, LastEvent: now.Add(-4 * time.Minute)}}}
	for i, name := range health.HopNames() {
		v.Hops[i] = health.Hop{Name: name, State: health.HopOK}
	}
	return v
}

func TestSummary(t *testing.T) {
	tests := []struct {
		name     string
		change   func(*Input)
		phase    Phase
		headline string
		cause    string
		action   health.Action
	}{
		{
			"all proven is relaying, with its rhythm", func(*Input) {},
			Relaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting", health.ActionNone,
		},
		{
			"a keyring that cannot be read is part of the first set-up", func(v *Input) {
				v.Posting.NeverSetUp = true
				v.Hops[0] = health.Hop{Name: health.HopKeyring, State: health.HopFailing, Detail: words.Verbatim("It is locked."), Action: health.ActionUnlockKeyring}
			},
			Setup, "Not set up yet", "It is locked.", health.ActionSetUp,
		},
		{
			"a keyring that cannot be read later needs the person", func(v *Input) {
				v.Hops[0] = health.Hop{Name: health.HopKeyring, State: health.HopFailing, Detail: words.Verbatim("It is locked."), Next: words.Verbatim("Unlock it."), Action: health.ActionUnlockKeyring}
			},
			Attention, "It is locked.", "Unlock it.", health.ActionUnlockKeyring,
		},
		{
			"a space without a label is named by its product", func(v *Input) { v.Posting.Label = "" },
			Relaying, "Relaying to Google Chat", "Last event 15:00 · 12 today · nothing waiting", health.ActionNone,
		},
		{
			"an event of another day carries its date", func(v *Input) {
				v.Posting.Tally = relay.Tally{LastEvent: v.Now.AddDate(0, 0, -2)}
				v.Posting.Waiting = 3
			},
			Relaying, "Relaying to “Ops alerts”", "Last event 28 Feb 15:04 · 0 today · 3 waiting", health.ActionNone,
		},
		{
			"late deliveries are counted", func(v *Input) { v.Posting.Tally.ByFate = map[relay.Fate]int{relay.FateLate: 2} },
			Relaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting · 2 late, not posted", health.ActionNone,
		},
		{
			"unreadable deliveries are counted, with what was wrong with the last",
			func(v *Input) {
				v.Posting.Tally.ByFate, v.Trouble.Unreadable = map[relay.Fate]int{relay.FateUnreadable: 2}, words.Verbatim("Its body is JSON, but not an object.")
			},
			Relaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting · 2 unreadable: Its body is JSON, but not an object", health.ActionNone,
		},
		{
			"unreadable deliveries of an earlier run are counted", func(v *Input) { v.Posting.Tally.ByFate = map[relay.Fate]int{relay.FateUnreadable: 1} },
			Relaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting · 1 unreadable", health.ActionNone,
		},
		{
			"messages that were given up are counted", func(v *Input) { v.Posting.Tally.ByFate = map[relay.Fate]int{relay.FateFailed: 1} },
			Relaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting · 1 not posted", health.ActionNone,
		},
		{
			"no event yet is said", func(v *Input) { v.Posting.Tally = relay.Tally{} },
			Relaying, "Relaying to “Ops alerts”", "No event yet · nothing waiting", health.ActionNone,
		},
		{
			"an untested Chat does not block", func(v *Input) { v.SetHop(health.Hop{Name: health.HopChat, State: health.HopUntested}) },
			Relaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting", health.ActionNone,
		},
		{
			"an untested address does", func(v *Input) {
				v.SetHop(health.Hop{Name: health.HopAddress, State: health.HopWorking, Detail: words.Verbatim("Opening the public address.")})
			},
			Starting, "Connecting…", "Opening the public address.", health.ActionNone,
		},
		{
			"what is under way is said, and not what is proven already", func(v *Input) {
				v.SetHop(health.Hop{Name: health.HopVast, State: health.HopOK, Detail: words.Verbatim("The key is valid.")})
				v.SetHop(health.Hop{Name: health.HopWebhook, State: health.HopWorking, Detail: words.Verbatim("Looking at the webhooks.")})
			},
			Starting, "Connecting…", "Looking at the webhooks.", health.ActionNone,
		},
		{
			"settings that nobody has confirmed are to be confirmed", func(v *Input) { v.Trouble.Unconfirmed = true },
			Relaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting", health.ActionConfirmSettings,
		},
		{
			"a webhook that somebody changed is to be reviewed", func(v *Input) { v.Webhooks = []Webhook{{ID: 1, Edited: &Edit{}}} },
			Relaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting · the webhook was changed at Vast.ai", health.ActionReviewEdit,
		},
		{
			"settings are confirmed before anything is reviewed", func(v *Input) {
				v.Trouble.Unconfirmed, v.Webhooks = true, []Webhook{{ID: 1, Edited: &Edit{}}}
			},
			Relaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting · the webhook was changed at Vast.ai", health.ActionConfirmSettings,
		},
		{
			"a missing credential is set-up", func(v *Input) { v.Missing = []credentials.Kind{credentials.VastKey, credentials.NgrokToken} },
			Setup, "Not set up yet", "Still missing: the Vast.ai API key and the ngrok authtoken.", health.ActionSetUp,
		},
		{
			"a missing credential outranks a failing hop", func(v *Input) {
				v.Missing = []credentials.Kind{credentials.ChatURL}
				v.SetHop(health.Hop{Name: health.HopVast, State: health.HopFailing, Detail: words.Verbatim("x")})
			},
			Setup, "Not set up yet", "Still missing: the Google Chat webhook URL.", health.ActionSetUp,
		},
		{
			"a failing hop needs attention", func(v *Input) {
				v.SetHop(health.Hop{Name: health.HopWebhook, State: health.HopFailing, Detail: words.Verbatim("Broken."), Next: words.Verbatim("Mend it."), Action: health.ActionRetry})
			},
			Attention, "Broken.", "Mend it.", health.ActionRetry,
		},
		{
			"the first failing hop is shown", func(v *Input) {
				v.SetHop(health.Hop{Name: health.HopChat, State: health.HopFailing, Detail: words.Verbatim("second")})
				v.SetHop(health.Hop{Name: health.HopVast, State: health.HopFailing, Detail: words.Verbatim("first")})
			},
			Attention, "first", "", health.ActionNone,
		},
		{
			"a disk that takes nothing outranks a failing hop", func(v *Input) {
				v.Trouble.Disk = words.Verbatim("The disk is full.")
				v.SetHop(health.Hop{Name: health.HopChat, State: health.HopFailing, Detail: words.Verbatim("x")})
			},
			Attention, "Events cannot be written to disk",
			"The disk is full. Vast.ai is asked to try again; Vast Relay goes on by itself when it can.", health.ActionNone,
		},
		{
			"a notice is told beside the rhythm", func(v *Input) { v.Trouble.Notice = words.Verbatim("history nearly full") },
			Relaying, "Relaying to “Ops alerts”", "Last event 15:00 · 12 today · nothing waiting · history nearly full", health.ActionNone,
		},
		{
			"a pause with an end says when", func(v *Input) {
				v.Posting.Pause, v.Posting.Waiting = relay.Pause{Since: v.Now, Until: v.Now.Add(time.Hour)}, 3
			},
			Paused, "Paused until 16:04", "3 events are held; more are still received.", health.ActionResume,
		},
		{
			"a pause until another day names the day", func(v *Input) {
				v.Posting.Pause = relay.Pause{Since: v.Now, Until: time.Date(2026, 3, 3, 8, 0, 0, 0, time.Local)}
			},
			Paused, "Paused until tomorrow 08:00", "New events will be held until posting goes on.", health.ActionResume,
		},
		{
			"a pause without an end", func(v *Input) { v.Posting.Pause, v.Posting.Waiting = relay.Pause{Since: v.Now}, 1 },
			Paused, "Paused", "1 event is held; more are still received.", health.ActionResume,
		},
		{
			"a pause hides trouble in Chat", func(v *Input) {
				v.Posting.Pause = relay.Pause{Since: v.Now}
				v.SetHop(health.Hop{Name: health.HopChat, State: health.HopFailing, Detail: words.Verbatim("x")})
			},
			Paused, "Paused", "New events will be held until posting goes on.", health.ActionResume,
		},
		{
			"a pause does not hide that nothing is received", func(v *Input) {
				v.Posting.Pause = relay.Pause{Since: v.Now}
				v.SetHop(health.Hop{Name: health.HopAddress, State: health.HopFailing, Detail: words.Verbatim("deaf"), Next: words.Verbatim("mend")})
			},
			Attention, "deaf", "mend", health.ActionNone,
		},
		{
			"another computer holds the address", func(v *Input) {
				v.Address.StandbySince = v.Now
				v.SetHop(health.Hop{Name: health.HopAddress, State: health.HopWorking})
			},
			Standby, "Standing by: another computer is relaying", "Since 15:04. This one takes over by itself when the address is free.", health.ActionNone,
		},
		{
			"another computer has held the address for days", func(v *Input) {
				v.Address.StandbySince = v.Now.AddDate(0, 0, -2)
				v.SetHop(health.Hop{Name: health.HopAddress, State: health.HopWorking})
			},
			Standby, "Standing by: another computer is relaying", "Since 28 Feb 15:04. This one takes over by itself when the address is free.", health.ActionNone,
		},
		{
			"stopped", func(v *Input) { v.Stopped = true },
			Stopped, "Stopped", "Nothing is received or posted.", health.ActionStart,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := well()
			tt.change(&v)
			s := v.Status()
			if s.Phase != tt.phase || s.Headline.String() != tt.headline || s.Cause.String() != tt.cause || s.Action != tt.action {
				t.Errorf("got %s %q %q %q,\nwant %s %q %q %q", s.Phase, s.Headline, s.Cause, s.Action, tt.phase, tt.headline, tt.cause, tt.action)
			}
		})
	}
}

func TestSinceOfAHopMovesOnlyWithItsState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := well()
		began := time.Now()
		v.SetHop(health.Hop{Name: health.HopChat, State: health.HopFailing, Detail: words.Verbatim("x")})
		time.Sleep(time.Minute)
		v.SetHop(health.Hop{Name: health.HopChat, State: health.HopFailing, Detail: words.Verbatim("y"), Since: time.Now()})
		if got := v.Hops[4]; !got.Since.Equal(began) || got.Detail != words.Verbatim("y") {
			t.Errorf("same state: got %q since %v, want it since %v", got.Detail, got.Since, began)
		}
		v.SetHop(health.Hop{Name: health.HopChat, State: health.HopOK})
		if got, now := v.Hops[4].Since, time.Now(); !got.Equal(now) {
			t.Errorf("new state: got %v, want %v", got, now)
		}
		if got := v.Hops[3].Since; !got.IsZero() {
			t.Errorf("another hop: got %v, want it as it was", got)
		}
	})
}

func TestSinceMovesOnlyWithThePhase(t *testing.T) {
	v := well()
	began := v.Now.Add(-time.Hour)
	v.Phase, v.Since = Relaying, began
	if got := v.Status().Since; !got.Equal(began) {
		t.Errorf("same phase: got %v, want %v", got, began)
	}
	v.Stopped = true
	if got := v.Status().Since; !got.Equal(v.Now) {
		t.Errorf("new phase: got %v, want %v", got, v.Now)
	}
}
