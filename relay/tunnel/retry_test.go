package tunnel

import (
	"testing"
	"time"
)

func TestNextPause(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		past   history
		kind   kind
		spread float64
		want   history
		state  LinkState
		wait   time.Duration
	}{
		"the first failure waits a second": {
			kind: transient, want: history{failures: 1}, state: Connecting, wait: time.Second,
		},
		"the second waits twice as long": {
			past: history{failures: 1}, kind: transient, want: history{failures: 2}, state: Connecting, wait: 2 * time.Second,
		},
		"the fifth waits sixteen seconds": {
			past: history{failures: 4}, kind: transient, want: history{failures: 5}, state: Connecting, wait: 16 * time.Second,
		},
		"doubling ends at thirty seconds": {
			past: history{failures: 5}, kind: transient, want: history{failures: 6}, state: Connecting, wait: 30 * time.Second,
		},
		"a million failures still wait thirty seconds": {
			past: history{failures: 1_000_000}, kind: transient, want: history{failures: 1_000_001}, state: Connecting, wait: 30 * time.Second,
		},
		"the spread shortens a pause by up to half": {
			past: history{failures: 1}, kind: transient, spread: 0.5, want: history{failures: 2}, state: Connecting, wait: 1500 * time.Millisecond,
		},
		"a link that was up shows as reconnecting": {
			past: history{wasOnline: true}, kind: transient, want: history{failures: 1, wasOnline: true}, state: Reconnecting, wait: time.Second,
		},
		"a slow failure waits a minute": {
			past: history{failures: 2}, kind: slow, want: history{failures: 2}, state: Connecting, wait: time.Minute,
		},
		"a name in use is asked for again soon, as it may still be our own": {
			kind: busy, want: history{busySince: now}, state: Connecting, wait: 5 * time.Second,
		},
		"it still is after 44 seconds": {
			past: history{busySince: now.Add(-44 * time.Second), wasOnline: true}, kind: busy,
			want: history{busySince: now.Add(-44 * time.Second), wasOnline: true}, state: Reconnecting, wait: 5 * time.Second,
		},
		"after 45 seconds it belongs to another computer": {
			past: history{busySince: now.Add(-45 * time.Second)}, kind: busy,
			want: history{busySince: now.Add(-45 * time.Second)}, state: InUse, wait: time.Minute,
		},
		"another failure in between starts that anew": {
			past: history{busySince: now.Add(-time.Hour)}, kind: transient, want: history{failures: 1}, state: Connecting, wait: time.Second,
		},
		"being refused the name ends a row of failures": {
			past: history{failures: 7}, kind: busy, want: history{busySince: now}, state: Connecting, wait: 5 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, state, wait := defaultPauses().next(c.past, c.kind, now, c.spread)
			if got != c.want || state != c.state || wait != c.wait {
				t.Errorf("got %+v, %s, %s; want %+v, %s, %s", got, state, wait, c.want, c.state, c.wait)
			}
		})
	}
}

func TestHistoryAfterBeingOnline(t *testing.T) {
	t.Parallel()
	past := history{failures: 3, busySince: time.Unix(1, 0)}
	if got, want := defaultPauses().online(past, time.Second), (history{failures: 3, wasOnline: true}); got != want {
		t.Errorf("after a second online: got %+v, want %+v", got, want)
	}
	if got, want := defaultPauses().online(past, time.Minute), (history{wasOnline: true}); got != want {
		t.Errorf("after a minute online: got %+v, want %+v", got, want)
	}
}
