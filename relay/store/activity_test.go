package store

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
)

func TestActivityCountsBetweenBounds(t *testing.T) {
	s := openNew(t)
	for _, n := range []int{0, 59, 60, 61, 400} {
		mustAccept(t, s, eventN(n), spaceA)
	}
	mustAccept(t, s, ownEvent(66), spaceA)
	for n, verdict := range map[int]relay.Verdict{65: relay.Late, 67: relay.Recorded, 68: relay.Unreadable} {
		_, err := s.Keep(t.Context(), eventN(n), verdict)
		must(t, err)
	}
	p, err := s.Next(t.Context(), spaceA, eventN(500).ReceivedAt)
	must(t, err)
	p.State = relay.Dead
	must(t, s.UpdatePost(t.Context(), p))
	at := func(n int) time.Time { return eventN(n).ReceivedAt }
	for name, c := range map[string]struct {
		bounds []time.Time
		want   []relay.Activity
	}{
		"a bound belongs to what follows it":   {[]time.Time{at(59), at(60), at(61), at(62)}, []relay.Activity{{Total: 1}, {Total: 1}, {Total: 1}}},
		"stretches may differ in length":       {[]time.Time{at(0), at(1), at(300), at(401)}, []relay.Activity{{Total: 1, Failed: 1}, {Total: 3}, {Total: 1}}},
		"a stretch without events is counted":  {[]time.Time{at(70), at(90), at(401)}, []relay.Activity{{}, {Total: 1}}},
		"what was not accepted does not count": {[]time.Time{at(62), at(70)}, []relay.Activity{{}}},
		"the future":                           {[]time.Time{at(401), at(100_000)}, []relay.Activity{{}}},
	} {
		if got, err := s.History.Activity(t.Context(), c.bounds); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: Activity = %v, %v; want %v", name, got, err, c.want)
		}
	}
	for name, bounds := range map[string][]time.Time{
		"none": nil, "one": {at(0)}, "two that are the same": {at(0), at(0)}, "falling ones": {at(1), at(0)}, "too many": make([]time.Time, maxStretches+2),
	} {
		if _, err := s.History.Activity(t.Context(), bounds); err == nil {
			t.Errorf("%s: these bounds were counted between", name)
		}
	}
}

// TestActivityReadsIndexesAlone is about stores of a million events: going through their
// rows takes a second.
func TestActivityReadsIndexesAlone(t *testing.T) {
	s := openNew(t)
	plan := planOf(t, s, countActivity, "[[1,2]]", relay.GapType)
	for _, want := range []string{
		"SEARCH events USING COVERING INDEX events_by_fate (fate=? AND received_at>? AND received_at<?)",
		"SEARCH events USING INDEX events_by_type (type=? AND received_at>? AND received_at<?)",
	} {
		if !strings.Contains(plan, want) {
			t.Errorf("the plan lacks %q: %s", want, plan)
		}
	}
}
