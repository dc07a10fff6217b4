package store

import (
	"testing"
	"time"

	"vastrelay/relay/store/journal"
)

// journalAt is a journal that is entered so far.
type journalAt struct {
	appended, entered int64
	len               int
}

func (j journalAt) Behind() bool    { return j.entered < j.appended }
func (j journalAt) Appended() int64 { return j.appended }
func (j journalAt) Entered() int64  { return j.entered }
func (j journalAt) Len() int        { return j.len }

func TestOrderOfTurns(t *testing.T) {
	waiting := func(after ...int64) (all []*request) {
		for _, n := range after {
			all = append(all, &request{after: n})
		}
		return all
	}
	asked := func(after int64) []*request { return []*request{{after: after, since: time.Now()}} }
	for name, c := range map[string]struct {
		events, changes, background []*request
		len                         int
		entered, appended           int64
		afterOther, stopped         bool
		early, moreExpected         bool
		want                        turn
		claimed                     int
	}{
		"nothing to do is rest":                                      {want: turnRest},
		"nothing to do after a stop is the end":                      {stopped: true, want: turnEnd},
		"an event goes before work that can wait":                    {events: waiting(0), background: waiting(0), want: turnAppend, claimed: 1},
		"an event goes before what nobody waits for":                 {events: waiting(0), appended: 1, want: turnAppend, claimed: 1},
		"a change goes before an event":                              {events: waiting(0), changes: waiting(0), want: turnCommit, claimed: 1},
		"and an event before the next change":                        {events: waiting(0), changes: waiting(0), afterOther: true, want: turnAppend, claimed: 1},
		"a change goes before work that can wait":                    {changes: waiting(0), background: waiting(0, 0), want: turnCommit, claimed: 1},
		"work that can wait comes one at a time":                     {background: waiting(0, 0), want: turnCommit, claimed: 1},
		"a change waits for what arrived before it":                  {changes: waiting(3), appended: 3, entered: 2, want: turnEnter},
		"changes that need not wait are made together":               {changes: waiting(1, 2, 3), appended: 3, entered: 2, want: turnCommit, claimed: 2},
		"entering that was waited for for long goes before an event": {events: waiting(0), changes: waiting(3), appended: 3, entered: 2, want: turnEnter},
		"but not twice in a row":                                     {events: waiting(0), changes: waiting(3), appended: 3, entered: 2, afterOther: true, want: turnAppend, claimed: 1},
		"entering that was just asked for lets events go first":      {events: waiting(0), changes: asked(3), appended: 3, entered: 2, want: turnAppend, claimed: 1},
		"and comes at once where there are none":                     {changes: asked(3), appended: 3, entered: 2, want: turnEnter},
		"but for a moment after several at once":                     {changes: asked(3), appended: 3, entered: 2, moreExpected: true, want: turnRest},
		"unless it was waited for for long":                          {changes: waiting(3), appended: 3, entered: 2, moreExpected: true, want: turnEnter},
		"a change that need not wait does not wait for that":         {changes: asked(2), appended: 3, entered: 2, moreExpected: true, want: turnCommit, claimed: 1},
		"too many behind takes turns with events":                    {events: waiting(0), len: maxBehind, appended: 9, want: turnEnter},
		"and gives way every other time":                             {events: waiting(0), len: maxBehind, appended: 9, afterOther: true, want: turnAppend, claimed: 1},
		"what nobody waits for is entered after a while":             {appended: 1, want: turnEnter},
		"and not before":                                             {appended: 1, early: true, want: turnRest},
		"work that can wait also waits for entering":                 {background: waiting(0), appended: 1, early: true, want: turnRest},
		"a stop does not wait for entering":                          {appended: 1, stopped: true, want: turnEnd},
		"a stop waits for work that was taken on, behind or not":     {appended: 1, stopped: true, background: waiting(0), want: turnCommit, claimed: 1},
		"a stop waits for those who wait for entering":               {appended: 1, stopped: true, changes: waiting(1), want: turnEnter},
		"more events than a row may hold are left for the next one":  {events: waiting(make([]int64, journal.MaxBatch+1)...), want: turnAppend, claimed: journal.MaxBatch},
	} {
		t.Run(name, func(t *testing.T) {
			q := &queue{
				maxBatch: defaultBatch, journal: journalAt{c.appended, c.entered, c.len},
				events: c.events, changes: c.changes, background: c.background, stopped: c.stopped,
			}
			q.timing.afterEvents = !c.afterOther
			if c.moreExpected {
				q.timing.moreUntil = time.Now().Add(time.Hour)
			}
			if c.early {
				q.timing.enterAt = time.Now().Add(time.Hour)
			}
			got, batch := q.next()
			if got != c.want || len(batch) != c.claimed {
				t.Errorf("turn %d with %d requests, want %d with %d", got, len(batch), c.want, c.claimed)
			}
		})
	}
}
