package counts

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay"
)

// desk is a counter over a store that is played.
type desk struct {
	*Counter

	mu   sync.Mutex
	have have
	told []told
}

// have is what the store has.
type have struct {
	waiting relay.Backlog
	pause   relay.Pause
	asked   int   // how often it was asked for the tally
	err     error // events cannot be counted

	waitingErr error // posts that wait cannot be counted
}

// told is what came of a count.
type told struct {
	counts Counts
	news   status.Change
}

// arrange changes what the store has.
func (d *desk) arrange(change func(*have)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.have)
}

// heard is all that was told so far.
func (d *desk) heard() []told {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.told)
}

func (d *desk) Tally(context.Context, time.Time) (relay.Tally, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.have.asked++
	return relay.Tally{Total: d.have.asked}, d.have.err
}

func (d *desk) Backlog(context.Context) (relay.Backlog, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.have.waiting, d.have.waitingErr
}

func (d *desk) Paused() relay.Pause {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.have.pause
}

// play runs a counter for the plot, after its first count.
func play(t *testing.T, plot func(t *testing.T, d *desk)) {
	t.Helper()
	playLogged(t, slog.New(slog.DiscardHandler), plot)
}

// playLogged is play with a log.
func playLogged(t *testing.T, log *slog.Logger, plot func(t *testing.T, d *desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{}
		d.Counter = New(Options{Tally: d, Queue: d, Pauser: d, Logger: log, Counted: func(c Counts, news status.Change) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.told = append(d.told, told{c, news})
		}})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { d.Run(ctx); close(ended) }()
		synctest.Wait()
		plot(t, d)
		cancel()
		<-ended
	})
}

// pass lets time go by.
func pass(span time.Duration) {
	time.Sleep(span)
	synctest.Wait()
}

func TestABurstIsCountedTwiceAndTellsAllNews(t *testing.T) {
	play(t, func(t *testing.T, d *desk) {
		for range 100 {
			d.Soon(status.EventStored)
			d.Soon(status.PostFinished)
			pass(time.Millisecond)
		}
		pass(time.Second)
		got := d.heard()
		if len(got) != 3 { // at the start, at the first of the burst, and an interval later
			t.Fatalf("told %d times, want 3", len(got))
		}
		if want := status.EventStored | status.PostFinished; got[2].news != want {
			t.Errorf("told news %v at last, want %v", got[2].news, want)
		}
		if got[2].counts.Today.Total != 3 {
			t.Errorf("told the count %d at last, want that of the last", got[2].counts.Today.Total)
		}
		d.Soon(0)
		pass(time.Second)
		if got := d.heard(); got[len(got)-1].news != 0 {
			t.Errorf("told news %v once more", got[len(got)-1].news)
		}
	})
}

func TestCountsThatChangeByThemselvesAreTold(t *testing.T) {
	for name, arrange := range map[string]func(*have) (at time.Time){
		"at midnight": func(*have) time.Time { return status.StartOfDay(time.Now(), 1) },
		"when a pause runs out": func(h *have) time.Time {
			h.pause.Until = time.Now().Add(time.Hour)
			return h.pause.Until
		},
		"when a wait is too long": func(h *have) time.Time {
			h.waiting = relay.Backlog{Count: 1, Oldest: time.Now()}
			return h.waiting.Oldest.Add(longestWait)
		},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, d *desk) {
				var at time.Time
				d.arrange(func(h *have) { at = arrange(h) })
				d.Soon(0)
				pass(Interval)
				before := len(d.heard())
				pass(time.Until(at) - 1)
				if early := len(d.heard()) - before; early != 0 {
					t.Fatalf("told %d times too early", early)
				}
				pass(1)
				if got := len(d.heard()) - before; got != 1 {
					t.Errorf("told %d times, want once", got)
				}
			})
		})
	}
}

func TestWhatCouldNotBeCountedIsToldOnceItCan(t *testing.T) {
	for name, breaks := range map[string]func(h *have, err error){
		"the events":          func(h *have, err error) { h.err = err },
		"the posts that wait": func(h *have, err error) { h.waitingErr = err },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, d *desk) {
				d.arrange(func(h *have) { breaks(h, errors.New("the disk is full")) })
				d.Soon(status.EventStored)
				pass(retryAfter)
				if got := len(d.heard()); got != 1 {
					t.Errorf("told %d times, want the first count alone", got)
				}
				d.arrange(func(h *have) { breaks(h, nil) })
				pass(retryAfter)
				got := d.heard()
				if len(got) != 2 || got[1].news != status.EventStored {
					t.Errorf("told %+v, want the news once it can be counted", got)
				}
				pass(time.Hour)
				if len(d.heard()) != len(got) {
					t.Errorf("told %d times, want it once", len(d.heard()))
				}
			})
		})
	}
}

func TestAWaitThatCouldNotBeCountedAtItsEndIsTold(t *testing.T) {
	play(t, func(t *testing.T, d *desk) {
		d.arrange(func(h *have) { h.waiting = relay.Backlog{Count: 1, Oldest: time.Now()} })
		d.Soon(0)
		pass(longestWait - time.Second)
		before := len(d.heard())
		d.arrange(func(h *have) { h.err = errors.New("the disk is full") })
		pass(2 * time.Second)
		d.arrange(func(h *have) { h.err = nil })
		pass(retryAfter)
		if got := len(d.heard()) - before; got != 1 {
			t.Errorf("told %d times, want once", got)
		}
	})
}

func TestTheCountsOfABrokenStoreAreLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	playLogged(t, slog.New(slog.NewTextHandler(&log, nil)), func(_ *testing.T, d *desk) {
		for range 2 {
			d.arrange(func(h *have) { h.err = errors.New("the disk is full") })
			d.Soon(0)
			pass(time.Hour)
			d.arrange(func(h *have) { h.err = nil })
			pass(retryAfter)
		}
	})
	if got := strings.Count(log.String(), "the disk is full"); got != 2 {
		t.Errorf("logged %d times, want once for each time that it broke:\n%s", got, log.String())
	}
}

func TestAPauseThatEndsBeginsTheWait(t *testing.T) {
	at := func(d time.Duration) time.Time { return time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC).Add(d) }
	var w waits
	for _, look := range []struct {
		now    time.Duration
		paused bool
		want   time.Time
	}{
		{time.Minute, false, at(0)},
		{time.Hour, true, time.Time{}},
		{2 * time.Hour, false, at(2 * time.Hour)},
		{3 * time.Hour, false, at(2 * time.Hour)},
	} {
		w.look(at(0), look.paused, at(look.now))
		if got := w.since(); !got.Equal(look.want) {
			t.Errorf("after %v: got %v, want %v", look.now, got, look.want)
		}
	}
}

func TestABacklogThatStopsMovingIsOverdue(t *testing.T) {
	play(t, func(t *testing.T, d *desk) {
		d.arrange(func(h *have) { h.waiting = relay.Backlog{Count: 1000, Oldest: time.Now()} })
		second := func(left int) {
			d.arrange(func(h *have) { h.waiting.Count -= left })
			d.Soon(status.PostFinished)
			pass(time.Second)
		}
		for range 2 * longestWait / time.Second {
			second(1)
		}
		if got := d.Overdue(time.Now()); !got.IsZero() {
			t.Errorf("overdue since %v, while posts leave", got)
		}
		stopped := time.Now()
		for range longestWait / time.Second {
			second(0)
		}
		if got := d.Overdue(time.Now()); got.IsZero() || stopped.Sub(got) > 2*time.Second {
			t.Errorf("overdue since %v, want since %v", got, stopped)
		}
	})
}

func TestOverdue(t *testing.T) {
	at := func(d time.Duration) time.Time { return time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC).Add(d) }
	for name, tc := range map[string]struct {
		waits waits
		now   time.Time
		want  time.Time
	}{
		"nothing waits":                          {waits{}, at(0), time.Time{}},
		"not for long enough":                    {waits{oldest: at(0)}, at(longestWait - 1), time.Time{}},
		"for too long":                           {waits{oldest: at(0)}, at(longestWait), at(0)},
		"it is held by a pause":                  {waits{oldest: at(0), paused: true}, at(time.Hour), time.Time{}},
		"from the end of a pause":                {waits{oldest: at(0), resumed: at(time.Hour)}, at(time.Hour + longestWait), at(time.Hour)},
		"from the last post of a backlog":        {waits{oldest: at(0), moved: at(time.Minute)}, at(longestWait), time.Time{}},
		"since before a start, within its grace": {waits{oldest: at(0), running: at(time.Hour)}, at(time.Hour + startGrace - 1), time.Time{}},
		"since before a start, after its grace":  {waits{oldest: at(0), running: at(time.Hour)}, at(time.Hour + startGrace), at(0)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.waits.overdue(tc.now); !got.Equal(tc.want) {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}
