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
			"Count": 2, "Credential": "x", "Host": "x", "Path": "x", "Proxy": "x", "Reason": "x", "Since": "x", "State": "x", "Time": "x", "Types": "x",
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
