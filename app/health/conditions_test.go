package health

import (
	"testing"

	"vastrelay/app/words"
)

func TestEveryConditionIsWhole(t *testing.T) {
	seen := map[Code]bool{}
	for _, c := range Conditions() {
		if seen[c.Code] {
			t.Errorf("%s is declared twice", c.Code)
		}
		seen[c.Code] = true
		if headline, _, next := words.Condition(string(c.Code), words.Args{
			"Count": 2, "Credential": "x", "Host": "x", "Path": "x", "Proxy": "x", "Reason": "x", "Since": "x", "State": "x", "Time": "x", "Types": "x", "Variable": "x",
		}); headline.IsZero() || next.IsZero() && c.Code != AddressUnproven && c.Code != PostsOfOtherSpace {
			t.Errorf("%s has the headline %q and the next step %q", c.Code, headline, next)
		}
		switch c.Severity {
		case Passing, Answer:
		case Person, Choice:
			if c.Action == ActionNone || c.Action == ActionRetry {
				t.Errorf("%s needs a person, and has no button for one", c.Code)
			}
		default:
			t.Errorf("%s has the severity %q", c.Code, c.Severity)
		}
	}
}

// TestEveryConditionOfAHopSaysWhatItStops goes through all that a hop can fail with.
func TestEveryConditionOfAHopSaysWhatItStops(t *testing.T) {
	for _, c := range Conditions() {
		if answer := c.Severity == Answer; answer != (c.Effect == StopsNothing) && c.Code != CredentialsMissing && c.Code != HeartbeatUnreachable {
			t.Errorf("%s has the severity %q and the effect %q", c.Code, c.Severity, c.Effect)
		}
	}
	for name, want := range map[HopName]Effect{
		HopKeyring: StopsRelaying, HopVast: MayStopReceiving, HopAddress: StopsReceiving, HopWebhook: StopsReceiving, HopChat: StopsPosting,
	} {
		if got := (Hop{Name: name}.Fail(New(Unknown, words.Args{"Reason": "x"}))).Effect(); got != want {
			t.Errorf("an unknown problem of %s: got %q, want %q", name, got, want)
		}
	}
	if got := (Hop{Name: HopWebhook}.Fail(New(ChannelsOff, words.Args{"Types": "x"}))).Effect(); got != StopsSomeEvents {
		t.Errorf("got %q, want the effect of the condition, not of the hop", got)
	}
	if got := (Hop{Name: HopChat, State: HopOK}).Effect(); got != StopsNothing {
		t.Errorf("got %q of a hop that works", got)
	}
}

func TestNew(t *testing.T) {
	p := New(PostsOfOtherSpace, words.Args{"Count": 1})
	if p.Headline.String() != "1 message still waits for the previous space" || p.Code != PostsOfOtherSpace || p.Severity != Answer {
		t.Errorf("got %+v", p)
	}
	if p := New(PostsOfOtherSpace, words.Args{"Count": 3}); p.Headline.String() != "3 messages still wait for the previous space" {
		t.Errorf("got %q", p.Headline)
	}
	p = New(KeyringUnreadable, words.Args{"State": "It is locked."}).With("locked").Needs(ActionUnlockKeyring)
	if p.Headline.String() != "It is locked." || p.Details != "locked" || p.Action != ActionUnlockKeyring || p.Severity != Person {
		t.Errorf("got %+v", p)
	}
}
