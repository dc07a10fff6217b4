package backlog

import (
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/status"
)

// step is what happens next to the posts that wait.
type step struct {
	after time.Duration
	posts int           // that leave; negative: that many come
	hold  time.Duration // for which the lane then makes no attempt
}

// play lets posts leave as steps say, round and round, until none waits or limit has
// passed, and hands each progress to see.
func play(t *testing.T, waiting int, steps []step, limit time.Duration, see func(at time.Duration, waiting int, p status.Progress)) {
	t.Helper()
	var tracker Tracker
	begun := time.Now()
	see(0, waiting, tracker.Note(begun, Sample{Waiting: waiting}))
	for i := 0; waiting > 0 && time.Since(begun) < limit; i++ {
		s := steps[i%len(steps)]
		time.Sleep(s.after)
		waiting = max(waiting-s.posts, 0)
		next := time.Now().Add(time.Second)
		if s.hold > 0 {
			next = time.Now().Add(s.hold)
		}
		see(time.Since(begun), waiting, tracker.Note(time.Now(), Sample{Waiting: waiting, NextAt: next}))
		if s.hold > 0 {
			time.Sleep(s.hold)
		}
	}
}

func TestTheEstimateIsNearAndDoesNotJump(t *testing.T) {
	const pace = 1050 * time.Millisecond
	one := step{after: pace, posts: 1}
	for name, c := range map[string]struct {
		waiting int
		steps   []step
		near    float64 // how far off the estimate may be, as a part of what is left
		moves   float64 // how far the end may move at once, as a part of what is left
	}{
		"one message each":                  {600, []step{one}, 0.05, 0.02},
		"a slow answer now and then":        {300, []step{one, one, {after: 4 * time.Second, posts: 1}}, 0.2, 0.1},
		"digests":                           {9000, []step{{after: pace / 10, posts: 119}, one}, 0.2, 0.1},
		"others come, half as many":         {300, []step{one, one, {after: time.Millisecond, posts: -1}}, 0.6, 0.05},
		"a lane that holds for ten seconds": {250, append(slices.Repeat([]step{one}, 40), step{after: pace, hold: 10 * time.Second}), 0.3, 0.1},
		"a backlog that is just many":       {many, []step{one}, 0.2, 0.1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun, before := time.Now(), time.Time{}
				estimates := make(map[time.Duration]time.Time)
				ended := false
				play(t, c.waiting, c.steps, time.Hour, func(at time.Duration, waiting int, p status.Progress) {
					ended = ended || waiting < few
					if ended || at < settleTime {
						if !p.IsZero() {
							t.Errorf("at %v, with %d waiting, there is %+v", at, waiting, p)
						}
						return
					}
					if p.Total-p.Posted != waiting || p.Posted < 0 {
						t.Fatalf("at %v, with %d waiting, there is %+v", at, waiting, p)
					}
					if p.Ends.IsZero() {
						return
					}
					estimates[at] = p.Ends
					left, moved := time.Until(p.Ends).Seconds(), p.Ends.Sub(before).Seconds()
					if !before.IsZero() && math.Abs(moved) > c.moves*left+11 { // A hold is said at once.
						t.Errorf("at %v the end moved by %.0f s, with %.0f s left", at, moved, left)
					}
					before = p.Ends
				})
				if len(estimates) == 0 || !ended {
					t.Fatal("there was no estimate, or no end")
				}
				for at, ends := range estimates {
					left := (time.Since(begun) - at).Seconds()
					if off := time.Until(ends).Seconds(); math.Abs(off) > c.near*left+10 {
						t.Errorf("at %v the end was %.0f s off, with %.0f s left", at, off, left)
					}
				}
			})
		})
	}
}

func TestWhatIsShortIsNotShown(t *testing.T) {
	for name, c := range map[string]struct {
		waiting int
		steps   []step
	}{
		"a burst that becomes a digest": {100, []step{{time.Second, 99, 0}, {time.Second, 1, 0}}},
		"a few posts, however long":     {many - 1, []step{{10 * time.Second, 1, 0}}},
		"nothing that leaves at all":    {many - 1, []step{{time.Minute, 0, 0}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				play(t, c.waiting, c.steps, 10*time.Minute, func(at time.Duration, _ int, p status.Progress) {
					if p != (status.Progress{}) {
						t.Errorf("at %v there is %+v", at, p)
					}
				})
			})
		})
	}
}

func TestWithoutAnyPostThatLeavesThereIsNoEstimate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		play(t, 100, []step{{time.Second, 0, 0}}, time.Minute, func(at time.Duration, _ int, p status.Progress) {
			if want := (status.Progress{Total: 100}); at >= settleTime && p != want {
				t.Errorf("at %v: got %+v, want %+v", at, p, want)
			}
		})
	})
}

func TestAPauseEndsTheProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tracker Tracker
		for n := 600; n > 560; n-- {
			tracker.Note(time.Now(), Sample{Waiting: n})
			time.Sleep(time.Second)
		}
		if p := tracker.Note(time.Now(), Sample{Waiting: 560, Paused: true}); p != (status.Progress{}) {
			t.Errorf("while paused there is %+v", p)
		}
		time.Sleep(time.Hour)
		tracker.Note(time.Now(), Sample{Waiting: 580})
		time.Sleep(settleTime)
		if got, want := tracker.Note(time.Now(), Sample{Waiting: 577}), 580; got.Total != want || got.Posted != 3 {
			t.Errorf("after the pause: got %+v, want 3 of %d", got, want)
		}
	})
}
