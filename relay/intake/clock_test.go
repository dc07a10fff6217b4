package intake

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
)

// world is what is true of the time while a Clock is under test.
type world struct {
	jumped atomic.Int64 // by how much the wall clock was set, as a Duration
	ahead  time.Duration
	asked  atomic.Int64
	fail   atomic.Bool
	took   time.Duration
}

// clock returns a Clock of two witnesses who know the true time.
func (w *world) clock() *Clock {
	ask := func(ctx context.Context) (time.Duration, error) {
		w.asked.Add(1)
		// As OffsetByDate has it: by the wall clock at which the question left.
		offset := w.ahead + time.Duration(w.jumped.Load())
		if w.took > 0 {
			select {
			case <-time.After(w.took):
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
		if w.fail.Load() {
			return 0, errors.New("away")
		}
		return offset, nil
	}
	c := NewClock(relay.Witness{Name: "first", Offset: ask}, relay.Witness{Name: "second", Offset: ask})
	inner := c.now
	c.now = func() instant {
		i := inner()
		i.wall = i.wall.Add(w.ahead + time.Duration(w.jumped.Load()))
		return i
	}
	return c
}

// set sets the wall clock by d.
func (w *world) set(d time.Duration) { w.jumped.Add(int64(d)) }

// TestEventsAreTakenWhileTheClockIsSet plays what happens to a computer's
// clock. The deliveries are signed at the true time.
func TestEventsAreTakenWhileTheClockIsSet(t *testing.T) {
	tests := []struct {
		name   string
		ahead  time.Duration // at the start
		jump   time.Duration
		away   bool // no witness can be asked after the jump
		verify func(t *testing.T, c *Clock)
	}{
		{"an hour ahead, then put right", time.Hour, -time.Hour, false, nil},
		{"an hour behind, then put right", -time.Hour, time.Hour, false, nil},
		{"right, then put an hour ahead", 0, time.Hour, false, nil},
		{"right, then put an hour back", 0, -time.Hour, false, nil},
		{"right, then put a day back, without a network", 0, -24 * time.Hour, true, nil},
		{"a day ahead, then put right, without a network", 24 * time.Hour, -24 * time.Hour, true, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{ahead: tt.ahead}
				c := w.clock()
				c.Measure(t.Context())
				time.Sleep(time.Minute)
				judge := func(when string, signed time.Time, want timing) {
					t.Helper()
					if got := c.judge(signed); got != want {
						t.Errorf("%s: got %v, want %v", when, got, want)
					}
				}
				judge("before", time.Now(), inTime)
				w.set(tt.jump)
				w.fail.Store(tt.away)
				judge("right after it was set", time.Now(), inTime)
				time.Sleep(8 * time.Second)
				judge("8 s later", time.Now(), inTime)
				asked := w.asked.Load()
				c.Measure(t.Context())
				if w.asked.Load() == asked {
					t.Error("the clock was not measured anew after it was set")
				}
				time.Sleep(30 * time.Second)
				judge("38 s later", time.Now(), inTime)
				if !tt.away {
					judge("an hour old, after the measurement", time.Now().Add(-time.Hour), uncertain)
					c.Measure(t.Context())
					judge("an hour old, after another measurement", time.Now().Add(-time.Hour), offTime)
				}
			})
		})
	}
}

// TestClockSetDuringAMeasurement sets the clock between the questions and their
// answers, as happens when a time service and the program start together.
func TestClockSetDuringAMeasurement(t *testing.T) {
	for _, tt := range []struct {
		name        string
		ahead, jump time.Duration
	}{
		{"an hour ahead, then put right", time.Hour, -time.Hour},
		{"an hour behind, then put right", -time.Hour, time.Hour},
		{"right, then put an hour ahead", 0, time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{ahead: tt.ahead, took: 2 * time.Second}
				c := w.clock()
				time.AfterFunc(time.Second, func() { w.set(tt.jump) })
				c.Measure(t.Context())
				if got := c.judge(time.Now()); got != inTime {
					t.Errorf("after the answers: got %v, want in time", got)
				}
				asked := w.asked.Load()
				c.Measure(t.Context())
				if w.asked.Load() == asked {
					t.Error("the clock was not measured anew after it was set")
				}
				if got := c.judge(time.Now()); got != inTime {
					t.Errorf("after another measurement: got %v, want in time", got)
				}
				if got, want := c.State().Offset, tt.ahead+tt.jump; got != want {
					t.Errorf("got the offset %v, want %v", got, want)
				}
			})
		})
	}
}

// TestSleepDoesNotCountAsClockSet is about a monotonic clock that stands still.
func TestSleepDoesNotCountAsClockSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{ahead: 10 * time.Minute}
		c := w.clock()
		c.Measure(t.Context())
		w.jumped.Add(int64(8 * time.Hour)) // what is true has gone on as well
		if got := c.judge(time.Now().Add(8 * time.Hour)); got != inTime {
			t.Errorf("after a sleep: got %v, want in time", got)
		}
	})
}

func TestClockJudgesByItsWitnesses(t *testing.T) {
	const day = 24 * time.Hour
	tests := []struct {
		name             string
		says             map[string]time.Duration
		signed           time.Duration // before now, by our clock
		want             timing
		disputed, measur bool
	}{
		{"nobody says anything, in time by our clock", nil, 0, inTime, false, false},
		{"nobody says anything, late by our clock", nil, time.Hour, uncertain, false, false},
		{"one alone puts our clock right", map[string]time.Duration{"a": time.Hour}, time.Hour, inTime, false, true},
		{"one alone turns nothing away", map[string]time.Duration{"a": day}, 0, uncertain, false, true},
		{"two agree that it is late", map[string]time.Duration{"a": day, "b": day + 30*time.Second}, 0, offTime, false, true},
		{"two agree that it is in time", map[string]time.Duration{"a": day, "b": day}, day, inTime, false, true},
		{"two disagree", map[string]time.Duration{"a": day, "b": 0}, 0, uncertain, true, false},
		{"two disagree, and it is late by both", map[string]time.Duration{"a": day, "b": 0}, time.Hour, uncertain, true, false},
		{"two of three agree that it is in time", map[string]time.Duration{"a": day, "b": 0, "c": 0}, 0, inTime, true, true},
		{"two of three agree that it is late", map[string]time.Duration{"a": day, "b": 0, "c": 0}, day, uncertain, true, true},
		{"three agree that it is late", map[string]time.Duration{"a": 0, "b": 0, "c": 0}, time.Hour, offTime, false, true},
		{"it is late by one of two that agree", map[string]time.Duration{"a": 0, "b": 20 * time.Second}, 310 * time.Second, uncertain, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var witnesses []relay.Witness
				for _, name := range []string{"a", "b", "c"} {
					if offset, ok := tt.says[name]; ok {
						witnesses = append(witnesses, relay.Witness{Name: name, Offset: func(context.Context) (time.Duration, error) { return offset, nil }})
					}
				}
				c := NewClock(witnesses...)
				c.Measure(t.Context())
				if got := c.judge(time.Now().Add(-tt.signed)); got != tt.want {
					t.Errorf("got %v, want %v", got, tt.want)
				}
				s := c.State()
				if s.Disputed != tt.disputed || s.Measured != tt.measur || len(s.Readings) != len(tt.says) {
					t.Errorf("got %+v, want disputed %v, measured %v and %d readings", s, tt.disputed, tt.measur, len(tt.says))
				}
				time.Sleep(measureEvery + measureWithin + time.Second)
				if got := c.judge(time.Now().Add(-tt.signed)); got == offTime {
					t.Error("turned away by what was measured a while ago")
				}
			})
		})
	}
}

func TestConcurrentMeasurementsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{took: time.Second}
		c := w.clock()
		measure := func(n int) {
			var group sync.WaitGroup
			for range n {
				group.Go(func() { c.Measure(t.Context()) })
			}
			group.Wait()
		}
		wants := func(when string, want int64) {
			t.Helper()
			if got := w.asked.Load(); got != want {
				t.Errorf("%s: got %d questions, want %d", when, got, want)
			}
		}
		measure(1000)
		wants("all at once", 2)
		measure(1000)
		wants("right after", 2)
		time.Sleep(measureEvery)
		measure(1)
		wants("10 s later", 4)
		w.took = time.Hour
		time.Sleep(measureEvery)
		began := time.Now()
		measure(10)
		if took := time.Since(began); took != measureWithin {
			t.Errorf("got %v with witnesses that do not answer, want %v", took, measureWithin)
		}
	})
}

func TestMeasurementIsRestartedWhenItsCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{took: 2 * time.Second}
		c := w.clock()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var group sync.WaitGroup
		group.Go(func() { c.Measure(ctx) })
		synctest.Wait()
		group.Go(func() { c.Measure(t.Context()) })
		group.Wait()
		if s := c.State(); !s.Measured {
			t.Error("whoever waited got no measurement")
		}
	})
}

func TestForgedAndKnownDeliveriesDoNotMeasureClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, w := newIntake(), &world{}
		rc := situation{}.receiver(in, nil)
		rc.clock = w.clock()
		send := func(q request) int {
			rec := httptest.NewRecorder()
			rc.ServeHTTP(rec, q.build(t))
			return rec.Code
		}
		for range 1000 {
			send(request{secret: "wrong", age: time.Hour})
		}
		in.kept[goodID] = relay.Accepted
		if got := send(request{age: time.Hour}); got != http.StatusNoContent {
			t.Errorf("a known event, late: got %d, want 204", got)
		}
		if got := w.asked.Load(); got != 0 {
			t.Errorf("got %d questions to witnesses, want none", got)
		}
		in.kept = map[string]relay.Verdict{}
		if got := send(request{age: time.Hour}); got != http.StatusUnauthorized || w.asked.Load() != 2 {
			t.Errorf("a new event, late: got %d after %d questions, want 401 after two", got, w.asked.Load())
		}
	})
}

func TestOnlyADeliveryInTimeProvesAnything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := newIntake()
		var seen []relay.Delivery
		rc := situation{}.receiver(in, func(d relay.Delivery) { seen = append(seen, d) })
		for _, q := range []request{{age: time.Hour}, {}, {age: time.Hour}} {
			rc.ServeHTTP(httptest.NewRecorder(), q.build(t))
		}
		want := []relay.Delivery{{Status: 401, OffTime: true}, {Status: 204}, {Status: 204, OffTime: true}}
		for i, d := range seen {
			if d.Status != want[i].Status || d.OffTime != want[i].OffTime {
				t.Errorf("delivery %d: got status %d and off time %v, want %+v", i, d.Status, d.OffTime, want[i])
			}
		}
	})
}

func TestHeldDeliveriesShowUntilOneComesInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rc := situation{alone: true}.receiver(newIntake(), nil)
		rc.ServeHTTP(httptest.NewRecorder(), request{age: time.Hour}.build(t))
		if !rc.clock.State().Held {
			t.Error("nothing shows that a delivery was asked to come again")
		}
		rc.ServeHTTP(httptest.NewRecorder(), request{}.build(t))
		if rc.clock.State().Held {
			t.Error("it shows still after one came in time")
		}
	})
}
