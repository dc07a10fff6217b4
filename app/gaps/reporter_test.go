package gaps

import (
	"errors"
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay"
)

func TestWhichGapsAreListedAndPosted(t *testing.T) {
	for name, tt := range map[string]struct {
		length       time.Duration
		lost         func() status.Status
		retried      bool
		quiet        bool
		kept, posted int
	}{
		"a short one is not even listed":                    {length: 59 * time.Second, lost: lost},
		"a longer one is listed":                            {length: time.Minute, lost: lost, kept: 1},
		"a long one in which events may be lost is posted":  {length: 5 * time.Minute, lost: lost, posted: 1},
		"unless a person does not want that":                {length: 5 * time.Minute, lost: lost, quiet: true, kept: 1},
		"or the tunnel has deliveries tried again":          {length: 5 * time.Minute, lost: lost, retried: true, kept: 1},
		"or the program did, which could not store a thing": {length: 5 * time.Minute, lost: fullDisk, kept: 1},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, func(r *rig) {
				r.final, r.quiet = !tt.retried, tt.quiet
				r.relaying()
				r.pass(time.Minute)
				r.set(tt.lost())
				r.pass(tt.length)
				if r.events.calls != 0 {
					t.Error("an event was made before the gap was over")
				}
				r.set(proven())
				r.pass(time.Hour)
				if len(r.events.kept) != tt.kept || len(r.events.posted) != tt.posted || r.events.calls > 1 {
					t.Errorf("got %d kept, %d posted in %d calls; want %d and %d", len(r.events.kept), len(r.events.posted), r.events.calls, tt.kept, tt.posted)
				}
				if stored := r.store.gaps; len(stored) != 1 || stored[0].ToldAt.IsZero() {
					t.Errorf("got %+v, want it noted that nothing is left to tell", stored)
				}
				r.stop()
			})
		})
	}
}

func TestTheEventOfAGapSaysWhatTheStatusSays(t *testing.T) {
	inRig(t, func(r *rig) {
		r.relaying()
		r.pass(time.Minute)
		r.sleep(time.Hour)
		r.set(lost())
		r.pass(5 * time.Second)
		r.set(proven())
		r.pass(time.Minute)
		if len(r.events.posted) != 1 {
			t.Fatalf("got %+v, want one", r.events.posted)
		}
		ev, g, told := r.events.posted[0], r.store.gaps[0], r.tracker.Status().Last[0]
		if !ev.Own() || ev.Subject != told.Text.String() || ev.Subject != status.DescribeGap(g, r.now()).Text.String() || ev.Message != status.GapConsequence(g, 0).String() {
			t.Errorf("got %+v, want the words of %+v", ev, told)
		}
		if !ev.OccurredAt.Equal(g.End) || ev.ReceivedAt.Before(g.End) {
			t.Errorf("got %v and %v, want the end of the gap and now", ev.OccurredAt, ev.ReceivedAt)
		}
		r.stop()
	})
}

func TestAGapIsToldOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		before func(r *rig) // while the gap is open
		then   func(r *rig) // once deliveries arrive
		calls  int          // at least
	}{
		"after a kill before it was noted": {
			func(r *rig) { r.events.react(nil, func() { r.store.fail(errFull) }) },
			func(r *rig) { r.events.react(nil, nil); r.kill(); r.relaying() }, 2,
		},
		"after a kill while the gap was open": {
			func(r *rig) { r.kill(); r.start() }, nil, 1,
		},
		"once there is a destination": {
			func(r *rig) { r.events.react(errors.New("there is no destination yet"), nil) },
			func(r *rig) { r.pass(time.Hour); r.events.react(nil, nil) }, 2,
		},
		"although the store takes nothing for a while": {
			func(r *rig) { r.store.fail(errFull) },
			func(r *rig) { r.pass(time.Hour); r.store.fail(nil) }, 1,
		},
		"although another begins at once": {
			nil, func(r *rig) { r.set(lost()); r.pass(time.Second); r.set(proven()) }, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, func(r *rig) {
				r.relaying()
				r.pass(time.Minute)
				r.set(lost())
				r.pass(10 * time.Second)
				if tt.before != nil {
					tt.before(r)
				}
				r.pass(time.Hour)
				r.set(proven())
				if tt.then != nil {
					tt.then(r)
				}
				r.pass(time.Hour)
				if len(r.events.posted) != 1 || r.events.calls < tt.calls {
					t.Errorf("got %+v in %d calls, want one event in at least %d", r.events.posted, r.events.calls, tt.calls)
				}
				r.stop()
				calls := r.events.calls
				r.relaying()
				r.pass(time.Hour)
				if r.events.calls != calls {
					t.Errorf("the next run told again: %+v", r.events.posted)
				}
				if stored := r.store.gaps[0]; stored.ToldAt.IsZero() || stored.Cause != relay.GapTunnel {
					t.Errorf("got %+v, want it noted", stored)
				}
				r.stop()
			})
		})
	}
}
