package tunnel

import (
	"testing"
	"time"
)

func TestNextPause(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		past   History
		kind   FailureKind
		spread float64
		want   History
		state  LinkState
		wait   time.Duration
	}{
		"the first failure waits a second": {
			kind: Transient, want: History{Failures: 1}, state: Connecting, wait: time.Second,
		},
		"the second waits twice as long": {
			past: History{Failures: 1}, kind: Transient, want: History{Failures: 2}, state: Connecting, wait: 2 * time.Second,
		},
		"the fifth waits sixteen seconds": {
			past: History{Failures: 4}, kind: Transient, want: History{Failures: 5}, state: Connecting, wait: 16 * time.Second,
		},
		"doubling ends at thirty seconds": {
			past: History{Failures: 5}, kind: Transient, want: History{Failures: 6}, state: Connecting, wait: 30 * time.Second,
		},
		"a million failures still wait thirty seconds": {
			past: History{Failures: 1_000_000}, kind: Transient, want: History{Failures: 1_000_001}, state: Connecting, wait: 30 * time.Second,
		},
		"the spread shortens a pause by up to half": {
			past: History{Failures: 1}, kind: Transient, spread: 0.5, want: History{Failures: 2}, state: Connecting, wait: 1500 * time.Millisecond,
		},
		"a link that was up shows as reconnecting": {
			past: History{WasOnline: true}, kind: Transient, want: History{Failures: 1, WasOnline: true}, state: Reconnecting, wait: time.Second,
		},
		"a slow failure waits a minute": {
			past: History{Failures: 2}, kind: Slow, want: History{Failures: 2}, state: Connecting, wait: time.Minute,
		},
		"having asked too often waits a minute first": {
			kind: Limited, want: History{Failures: 1}, state: Connecting, wait: time.Minute,
		},
		"then twice as long each time, up to fifteen minutes": {
			past: History{Failures: 4}, kind: Limited, want: History{Failures: 5}, state: Connecting, wait: 15 * time.Minute,
		},
		"a name in use is asked for again soon, as it may still be our own": {
			kind: Busy, want: History{busySince: now}, state: Connecting, wait: 5 * time.Second,
		},
		"it still is after 44 seconds": {
			past: History{busySince: now.Add(-44 * time.Second), WasOnline: true}, kind: Busy,
			want: History{busySince: now.Add(-44 * time.Second), WasOnline: true}, state: Reconnecting, wait: 5 * time.Second,
		},
		"after 45 seconds it belongs to another computer": {
			past: History{busySince: now.Add(-45 * time.Second)}, kind: Busy,
			want: History{busySince: now.Add(-45 * time.Second)}, state: InUse, wait: time.Minute,
		},
		"another failure in between starts that anew": {
			past: History{busySince: now.Add(-time.Hour)}, kind: Transient, want: History{Failures: 1}, state: Connecting, wait: time.Second,
		},
		"being refused the name ends a row of failures": {
			past: History{Failures: 7}, kind: Busy, want: History{busySince: now}, state: Connecting, wait: 5 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, state, wait := DefaultPauses().next(c.past, c.kind, now, c.spread)
			if got != c.want || state != c.state || wait != c.wait {
				t.Errorf("got %+v, %s, %s; want %+v, %s, %s", got, state, wait, c.want, c.state, c.wait)
			}
		})
	}
}

func TestHistoryAfterBeingOnline(t *testing.T) {
	t.Parallel()
	past := History{Failures: 3, busySince: time.Unix(1, 0)}
	if got, want := DefaultPauses().Online(past, time.Second), (History{Failures: 3, WasOnline: true}); got != want {
		t.Errorf("after a second online: got %+v, want %+v", got, want)
	}
	if got, want := DefaultPauses().Online(past, time.Minute), (History{WasOnline: true}); got != want {
		t.Errorf("after a minute online: got %+v, want %+v", got, want)
	}
}
