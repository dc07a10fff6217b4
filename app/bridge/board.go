package bridge

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
)

// board holds what the status is made of, and publishes it. It is safe for
// concurrent use, but for asked.
type board struct {
	o     *Options
	notes *credentials.Notes

	// asked says that the pass under way was asked for, by a person or a change of
	// theirs. Only the loop touches it.
	asked bool

	mu       sync.Mutex // guards all below
	in       status.Input
	watchers map[int]func(status.Change)
	nextID   int

	told int // the revision of notes at the last publication

	latest atomic.Pointer[status.Status]
}

func newBoard(o *Options, notes *credentials.Notes) *board {
	b := &board{o: o, notes: notes, watchers: map[int]func(status.Change){}}
	for i, name := range health.HopNames() {
		b.in.Hops[i] = health.Hop{Name: name, State: health.HopIdle, Since: time.Now()}
	}
	b.in.Overrides, b.in.Demo = o.Overrides, o.Demo
	if o.Settings != nil {
		kept := o.Settings.Settings()
		b.in.Trouble.Unconfirmed, b.in.Posting.NeverSetUp = kept.Unconfirmed, kept.Space == ""
	}
	b.publish(0)
	return b
}

// status returns the newest snapshot. It never blocks.
func (b *board) status() status.Status { return *b.latest.Load() }

// watch calls changed after each publication that says something new, until stop.
func (b *board) watch(changed func(status.Change)) (stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := b.nextID
	b.nextID++
	b.watchers[id] = changed
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watchers, id)
	}
}

// update changes the input and publishes what comes of it.
func (b *board) update(change func(*status.Input)) {
	b.mu.Lock()
	change(&b.in)
	b.mu.Unlock()
	b.publish(0)
}

// updateIfNew is update for a change that is reported often: change reports
// whether there was one, and nothing is published without.
func (b *board) updateIfNew(change func(*status.Input) bool) (changed bool) {
	b.mu.Lock()
	changed = change(&b.in)
	b.mu.Unlock()
	if changed {
		b.publish(0)
	}
	return changed
}

// note changes the input without publishing: the next publication tells it.
func (b *board) note(change func(*status.Input)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.in)
}

// publish makes a snapshot of the input and tells the watchers what is new:
// news, and what differs from the snapshot before.
func (b *board) publish(news status.Change) {
	b.mu.Lock()
	b.in.Now = time.Now()
	if b.o.Posting.Pauser != nil {
		b.in.Posting.Pause, b.in.Posting.Counters = b.o.Posting.Pauser.Paused(), b.o.Posting.Queue.Counters()
	}
	s := b.in.Status()
	s.Hops, s.Webhooks = slices.Clone(s.Hops), append([]status.Webhook{}, s.Webhooks...) // [] in /status, never null
	b.in.Phase, b.in.Since = s.Phase, s.Since
	if before := b.latest.Swap(&s); before != nil {
		news |= s.Difference(*before)
	}
	if revision := b.notes.Revision(); revision != b.told {
		b.told = revision
		news |= status.CredentialsChanged
	}
	watchers := make([]func(status.Change), 0, len(b.watchers))
	for _, w := range b.watchers {
		watchers = append(watchers, w)
	}
	b.mu.Unlock()
	if news == 0 {
		return
	}
	for _, w := range watchers {
		w(news)
	}
}

// stopped reports whether Run has ended.
func (b *board) stopped() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.in.Stopped
}

// anyMissing reports whether the last reading lacked a credential.
func (b *board) anyMissing() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.in.Missing) > 0
}

// setHop replaces the hop of that name; its Since moves only when its state does.
func (b *board) setHop(h health.Hop) {
	b.update(func(in *status.Input) { in.SetHop(h) })
}

// hop returns the hop of that name as it stands.
func (b *board) hop(name health.HopName) health.Hop {
	s := b.status()
	return s.Hop(name)
}

// working shows that the hop is being brought up. One that is well stays so
// meanwhile, and one that fails until it is well again, unless a person asked:
// else every try would look like a change.
func (b *board) working(name health.HopName, detail words.Sentence) {
	old := b.hop(name).State
	if old == health.HopOK || (old == health.HopFailing && !b.asked) {
		return
	}
	b.setHop(health.Hop{Name: name, State: health.HopWorking, Detail: detail})
}

// idle sets hops back to "not looked at yet".
func (b *board) idle(names ...health.HopName) {
	b.update(func(in *status.Input) {
		for _, n := range names {
			in.SetHop(health.Hop{Name: n, State: health.HopIdle})
		}
		in.Address.URL = ""
		if in.Address.Before == "" { // else they still deliver
			in.Webhooks = nil
		}
	})
}
