package gaps

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

const (
	// settles is how long deliveries have to arrive again before the inbox is read:
	// what Vast.ai sends again by itself comes first.
	settles = 2 * time.Minute
	// inboxTries is how often the inbox is read after a gap while that fails for
	// reasons that may pass; each time the wait before it doubles.
	inboxTries = 3
	// reachesBack is how old a gap may be that a person has caught up.
	reachesBack = 7 * 24 * time.Hour
)

// Inbox reads the newest rows of the account's inbox at Vast.ai, which may not be
// there: nothing may depend on it. It is safe for concurrent use.
type Inbox func(ctx context.Context) ([]vastapi.InboxItem, error)

// History knows which events there are. It is safe for concurrent use.
type History interface {
	// Seen returns those of ids that events are known by, and of each whether it was
	// caught up.
	Seen(ctx context.Context, ids []string) (map[string]bool, error)
	// Alike lists the events of the role, type, subject and message of ev that arrived
	// at or after since.
	Alike(ctx context.Context, ev relay.Event, since time.Time) ([]relay.Event, error)
}

// catcher fetches from the inbox what could not be delivered. It is safe for
// concurrent use; one catch-up runs at a time.
type catcher struct {
	o       Options
	book    *book
	running chan struct{} // holds one while a catch-up runs
	trusted atomic.Bool   // rows are known to have the ids of deliveries, by what the store says or this run found
}

func newCatcher(o Options, b *book) *catcher {
	return &catcher{o: o, book: b, running: make(chan struct{}, 1)}
}

// byHand catches up the gaps of the last days for a person who asks for it.
func (c *catcher) byHand(ctx context.Context) (status.CatchUp, error) {
	return c.catchUp(ctx, c.book.endedAfter(c.o.Now().Add(-reachesBack)), true)
}

// catchUp posts the rows of the inbox that tell of the time of one of the gaps, are of
// a type that a webhook of ours takes, and that no event here tells of. Unless a
// person asked, only rows are posted whose ids are those of deliveries, which has to
// be found out first: what is delivered after all is then known to be the same.
func (c *catcher) catchUp(ctx context.Context, list []*entry, asked bool) (result status.CatchUp, err error) {
	select {
	case c.running <- struct{}{}:
		defer func() { <-c.running }()
	case <-ctx.Done():
		return result, fmt.Errorf("wait for another catch-up: %w", ctx.Err())
	}
	items, err := c.o.Inbox(ctx)
	if err != nil {
		return result, fmt.Errorf("read the inbox: %w", err)
	}
	c.recall(ctx)
	s := c.o.Program.Status()
	pass := &pass{catcher: c, entries: list, chosen: chosen(s.Webhooks), rows: rowsOf(items, c.o.Now())}
	if s.ClockOffset != nil {
		pass.ahead = *s.ClockOffset
	}
	if err := pass.look(ctx); err != nil {
		return result, err
	}
	missing, err := pass.missing(ctx)
	if err != nil {
		return result, err
	}
	result.Found = len(pass.candidates)
	if !asked && !c.trusted.Load() {
		result.Left = len(missing)
		return result, nil
	}
	result.Relayed, err = pass.post(ctx, missing)
	return result, err
}

// pass is one catch-up.
type pass struct {
	*catcher
	entries []*entry
	gaps    []relay.Gap // of entries
	chosen  func(relay.Event) bool
	ahead   time.Duration // of this computer's clock before Vast.ai's
	rows    []row         // oldest first

	seen       map[string]bool // ids that are known here, and whether they were caught up
	candidates []row           // those of the gaps, of chosen types
}

// look finds out which rows are known by their ids, what that tells of the inbox,
// and which rows are candidates.
func (p *pass) look(ctx context.Context) (err error) {
	ids := make([]string, 0, len(p.rows))
	for _, r := range p.rows {
		ids = append(ids, r.event.ID)
	}
	asking, cancel := context.WithTimeout(ctx, storeDeadline)
	defer cancel()
	if p.seen, err = p.o.History.Seen(asking, ids); err != nil {
		return fmt.Errorf("look for what is in the inbox: %w", err)
	}
	for _, r := range p.rows {
		if caughtUp, known := p.seen[r.event.ID]; r.named && known && !caughtUp {
			if err := p.trust(asking); err != nil {
				return err
			}
			break
		}
	}
	for _, e := range p.entries {
		p.gaps = append(p.gaps, p.book.gapOf(e))
	}
	for _, r := range p.rows {
		if p.gapOf(r) >= 0 && p.chosen(r.event) {
			p.candidates = append(p.candidates, r)
		}
	}
	return nil
}

// recall takes up what an earlier run found out about the inbox.
func (c *catcher) recall(ctx context.Context) {
	asking, cancel := context.WithTimeout(ctx, storeDeadline)
	defer cancel()
	if trusted, err := c.o.Store.InboxTrusted(asking); err == nil && trusted {
		c.trusted.Store(true)
	}
}

// trust notes that rows have the ids of deliveries.
func (c *catcher) trust(ctx context.Context) error {
	if c.trusted.Load() {
		return nil
	}
	if err := c.o.Store.TrustInbox(ctx, c.o.Now()); err != nil {
		return fmt.Errorf("note what the inbox is: %w", err)
	}
	c.o.Logger.Info("the inbox names events as deliveries do")
	c.trusted.Store(true)
	return nil
}

// gapOf returns the place of the gap in which the event of a row happened; -1 when
// there is none.
func (p *pass) gapOf(r row) int {
	if r.event.OccurredAt.IsZero() {
		return -1
	}
	return gapAt(p.gaps, r.event.OccurredAt.Add(p.ahead))
}

// missing returns the candidates that no event here tells of, oldest first.
func (p *pass) missing(ctx context.Context) ([]row, error) {
	var missing []row
	done := map[string]bool{}
	for _, r := range p.candidates {
		text := textOf(r.event)
		if done[text] {
			continue
		}
		done[text] = true
		var unknown []row
		for _, other := range p.candidates {
			if _, known := p.seen[other.event.ID]; !known && textOf(other.event) == text {
				unknown = append(unknown, other)
			}
		}
		if len(unknown) == 0 {
			continue
		}
		alike, err := p.alike(ctx, unknown[0].event)
		if err != nil {
			return nil, err
		}
		missing = append(missing, pairOff(unknown, alike, p.ahead)...)
	}
	return missing, nil
}

// textOf is all that a row says but its id and its time.
func textOf(ev relay.Event) string {
	return madeID(relay.Event{Role: ev.Role, Type: ev.Type, Subject: ev.Subject, Message: ev.Message})
}

// alike lists the events that say what first says and that no row names by its id.
// first is the oldest row that says it.
func (p *pass) alike(ctx context.Context, first relay.Event) (alike []relay.Event, err error) {
	asking, cancel := context.WithTimeout(ctx, storeDeadline)
	defer cancel()
	all, err := p.o.History.Alike(asking, first, first.OccurredAt.Add(p.ahead).Add(-time.Hour))
	if err != nil {
		return nil, fmt.Errorf("look for what is in the inbox: %w", err)
	}
	for _, ev := range all {
		if _, named := p.seen[ev.ID]; !named {
			alike = append(alike, ev)
		}
	}
	return alike, nil
}

// post takes the missing rows in and notes at each gap how many of its time were
// caught up, now or before.
func (p *pass) post(ctx context.Context, missing []row) (posted int, err error) {
	for _, r := range missing {
		taking, cancel := context.WithTimeout(ctx, storeDeadline)
		err := p.o.Events.Post(taking, r.event)
		cancel()
		if err != nil {
			return posted, fmt.Errorf("take in an event of the inbox: %w", err)
		}
		p.seen[r.event.ID] = true
		posted++
	}
	counts := make([]int, len(p.entries))
	for _, r := range p.candidates {
		if p.seen[r.event.ID] {
			counts[p.gapOf(r)]++
		}
	}
	for i, n := range counts {
		p.book.caughtUp(p.entries[i], n)
	}
	p.book.noteCaughtUp(posted)
	p.book.save(ctx, p.o.Now())
	return posted, nil
}

// mayPass reports whether reading the inbox may go well later.
func mayPass(err error) bool {
	switch vastapi.ClassOf(err) {
	case vastapi.RateLimited, vastapi.Unavailable, vastapi.Unreachable, vastapi.Intercepted:
		return true
	case "":
		return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, relay.ErrStoreUnavailable)
	default:
		return false
	}
}
