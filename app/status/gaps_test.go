package status

import (
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
)

func TestGapsInWords(t *testing.T) {
	morning := time.Date(2026, 3, 2, 9, 12, 0, 0, time.Local)
	for name, tt := range map[string]struct {
		gap  relay.Gap
		want string
	}{
		"within a day": {
			relay.Gap{Start: morning, End: morning.Add(19 * time.Minute), Cause: relay.GapSleep, CaughtUp: 3},
			"Not reachable 09:12–09:31: the computer slept. 3 events caught up.",
		},
		"over midnight": {
			relay.Gap{Start: morning.Add(-12 * time.Hour), End: morning, Cause: relay.GapNotRunning, CaughtUp: 1},
			"Not reachable 1 Mar 21:12 – 2 Mar 09:12: Vast Relay did not run. 1 event caught up.",
		},
		"open": {
			relay.Gap{Start: morning, Cause: relay.GapTunnel},
			"Not reachable since 09:12: the public address did not lead here.",
		},
		"open since yesterday": {
			relay.Gap{Start: morning.Add(-24 * time.Hour), Cause: relay.GapDisk},
			"Not reachable since 1 Mar 09:12: events could not be written to disk.",
		},
		"of a cause that only another version knows": {
			relay.Gap{Start: morning, End: morning.Add(time.Hour), Cause: "moon"},
			"Not reachable 09:12–10:12: the reason is not known.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := DescribeGap(tt.gap, morning.Add(time.Hour)).Text; got.String() != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestEveryCauseOfAGapHasWords(t *testing.T) {
	said := map[string]relay.GapCause{causeWords("moon").String(): "moon"}
	for _, c := range relay.GapCauses() {
		text := causeWords(c)
		if other, twice := said[text.String()]; twice {
			t.Errorf("%s is described as %s is: %q", c, other, text)
		}
		said[text.String()] = c
	}
}

func TestWhatBecameOfTheEventsOfAGap(t *testing.T) {
	g := relay.Gap{Start: time.Unix(0, 0), End: time.Unix(3600, 0), Cause: relay.GapTunnel, MayLose: true}
	none, some := GapConsequence(g, 0).String(), GapConsequence(g, 2).String()
	if !strings.HasPrefix(some, none) || some == none || !strings.Contains(some, "2 events") || strings.Contains(none, "inbox and not here") {
		t.Errorf("got %q with two events left, and %q with none", some, none)
	}
}
