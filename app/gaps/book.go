package gaps

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay"
)

const (
	// shortest is the length below which a gap is not recorded: a connection that
	// is made anew at once.
	shortest = 5 * time.Second
	// precision is that of the store, so that a gap is the same before and after it.
	precision = time.Microsecond
	// remembered is how many gaps are kept in memory, and shown how many of them
	// the status lists.
	remembered = 50
	shown      = 10
	// storeDeadline bounds one question to the store.
	storeDeadline = 5 * time.Second
)

// book keeps the gaps in memory and in the store. What cannot be stored just now
// is stored later. It is safe for concurrent use.
type book struct {
	store Store
	log   *slog.Logger

	saving sync.Mutex // held while something is being stored

	mu      sync.Mutex // guards all below; nobody holds it while it waits
	loaded  bool       // what earlier runs recorded is among entries
	entries []*entry   // newest first; only the first may be open
	ended   map[relay.GapCause]uint64
	seconds float64
	fetched uint64 // events that were caught up in this run
	failing bool   // the store refused the last gap
}

// entry is a gap with what is to be done about it.
type entry struct {
	gap     relay.Gap
	changes int // rises with each change
	saved   int // the change that is stored
}

func (e *entry) change(change func(*relay.Gap)) {
	change(&e.gap)
	e.changes++
}

func newBook(store Store, log *slog.Logger) *book {
	return &book{store: store, log: log, ended: map[relay.GapCause]uint64{}}
}

// load reads what earlier runs recorded, unless that has been done. One of these
// gaps that is still open while this run has recorded others ended at the latest
// where those begin.
func (b *book) load(ctx context.Context) {
	b.mu.Lock()
	done := b.loaded
	b.mu.Unlock()
	if done {
		return
	}
	b.saving.Lock() // or what is being stored would count as earlier
	defer b.saving.Unlock()
	asking, cancel := context.WithTimeout(ctx, storeDeadline)
	defer cancel()
	earlier, err := b.store.Recent(asking, remembered)
	if err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.loaded = true
	own := len(b.entries)
	for _, g := range earlier {
		if slices.ContainsFunc(b.entries[:own], func(e *entry) bool { return e.gap.ID == g.ID }) {
			continue // the reporter has stored it before this was asked
		}
		e := &entry{gap: g}
		if n := len(b.entries); n > 0 && g.Open() {
			e.change(func(g *relay.Gap) { g.End = b.entries[n-1].gap.Start })
		}
		b.entries = append(b.entries, e)
	}
}

// begin opens a gap. It is not stored before it is longer than shortest.
func (b *book) begin(g relay.Gap) {
	g.Start = g.Start.Truncate(precision)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries = slices.Insert(b.entries, 0, &entry{gap: g, changes: 1})
	b.entries = b.entries[:min(len(b.entries), remembered)]
}

// restate says of the open gap that it began at another time, for another cause.
func (b *book) restate(g relay.Gap) {
	g.Start = g.Start.Truncate(precision)
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.openEntry(); e != nil {
		e.change(func(open *relay.Gap) { open.Start, open.Cause, open.MayLose = g.Start, g.Cause, g.MayLose })
	}
}

// end ends the open gap, if there is one, at the given time. One that is too short is
// forgotten.
func (b *book) end(at time.Time) {
	at = at.Truncate(precision)
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.openEntry()
	if e == nil {
		return
	}
	if at.Before(e.gap.Start) { // the clock was set back meanwhile
		at = e.gap.Start
	}
	length := at.Sub(e.gap.Start)
	if length < shortest && e.gap.ID == 0 {
		b.entries = b.entries[1:]
		return
	}
	e.change(func(g *relay.Gap) { g.End = at })
	b.ended[e.gap.Cause]++
	b.seconds += length.Seconds()
	b.log.Info("deliveries could not arrive for a while", "cause", string(e.gap.Cause), "took", length.Round(time.Second).String())
}

// openEntry returns the entry of the open gap; nil when there is none. The caller
// holds mu.
func (b *book) openEntry() *entry {
	if len(b.entries) == 0 || !b.entries[0].gap.Open() {
		return nil
	}
	return b.entries[0]
}

// lastEnd is when the newest gap that has ended did; zero when there is none.
func (b *book) lastEnd() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.entries {
		if !e.gap.Open() {
			return e.gap.End
		}
	}
	return time.Time{}
}

// open returns the open gap.
func (b *book) open() (g relay.Gap, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.openEntry(); e != nil {
		return e.gap, true
	}
	return relay.Gap{}, false
}

func (b *book) isOpen() bool {
	_, ok := b.open()
	return ok
}

// save stores what has changed, as things are at now, and reports whether all is
// stored.
func (b *book) save(ctx context.Context, now time.Time) (all bool) {
	b.saving.Lock()
	defer b.saving.Unlock()
	for {
		e, g, change := b.nextUnsaved(now)
		if e == nil {
			return true
		}
		saving, cancel := context.WithTimeout(ctx, storeDeadline)
		stored, err := b.store.Save(saving, g)
		cancel()
		if !b.noteSaved(e, stored.ID, change, err) {
			return false
		}
	}
}

// nextUnsaved returns the oldest gap that has changed, so that ids rise with time.
func (b *book) nextUnsaved(now time.Time) (e *entry, g relay.Gap, change int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range slices.Backward(b.entries) {
		if e.changes != e.saved && (!e.gap.Open() || e.gap.Length(now) >= shortest) {
			return e, e.gap, e.changes
		}
	}
	return nil, relay.Gap{}, 0
}

// noteSaved notes that a change of e is stored, or why it is not.
func (b *book) noteSaved(e *entry, id relay.GapID, change int, err error) (ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil {
		if !b.failing {
			b.log.Warn("recording that deliveries could not arrive", "err", err)
		}
		b.failing = true
		return false
	}
	e.gap.ID, e.saved, b.failing = id, change, false
	return true
}

// untold lists the gaps that have ended and have no event yet, oldest first.
func (b *book) untold() []*entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []*entry
	for _, e := range slices.Backward(b.entries) {
		if !e.gap.Open() && e.gap.ToldAt.IsZero() {
			list = append(list, e)
		}
	}
	return list
}

// gapOf returns the gap of an entry.
func (b *book) gapOf(e *entry) relay.Gap {
	b.mu.Lock()
	defer b.mu.Unlock()
	return e.gap
}

// endedAfter lists the gaps that ended after a moment and in which nobody else took
// what was sent, oldest first.
func (b *book) endedAfter(moment time.Time) []*entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []*entry
	for _, e := range slices.Backward(b.entries) {
		if !e.gap.Open() && e.gap.End.After(moment) && e.gap.Cause != relay.GapStandby {
			list = append(list, e)
		}
	}
	return list
}

// caughtUp notes how many events of the time of a gap were caught up. Rows that the
// inbox no longer shows count on.
func (b *book) caughtUp(e *entry, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n > e.gap.CaughtUp {
		e.change(func(g *relay.Gap) { g.CaughtUp = n })
	}
}

// noteCaughtUp counts events that were caught up.
func (b *book) noteCaughtUp(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fetched += uint64(n) //nolint:gosec // Never negative.
}

// told notes that the event of a gap is on disk, or that it gets none.
func (b *book) told(e *entry, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e.change(func(g *relay.Gap) { g.ToldAt = at.Truncate(precision) })
}

// status describes the gaps as of now.
func (b *book) status(now time.Time) status.Gaps {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := status.Gaps{Last: []status.Gap{}, Ended: map[relay.GapCause]uint64{}, Seconds: b.seconds, CaughtUp: b.fetched} // [] in /status, never null
	for c, n := range b.ended {
		s.Ended[c] = n
	}
	for _, e := range b.entries {
		described := status.DescribeGap(e.gap, now)
		switch {
		case e.gap.Open():
			s.Open = &described
		case len(s.Last) < shown:
			s.Last = append(s.Last, described)
		}
	}
	return s
}
