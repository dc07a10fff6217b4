package banners

import (
	"context"
	"time"

	"vastrelay/relay"
)

const (
	// readOverlap is how far a look at the stored events goes back before the newest
	// that is known: events that arrive together are not stored in their order.
	readOverlap = time.Minute
	// pageSize and maxPages bound one look; older events beyond are not told.
	pageSize = 200
	maxPages = 5
)

// reader finds the events that are new since it last looked.
type reader struct {
	events func(ctx context.Context, q relay.Query) ([]relay.Summary, error)

	unread bool      // something was stored since the last look
	idle   bool      // events were not wanted until now
	start  time.Time // what arrived before is never new
	newest time.Time // when the newest event that is known arrived
	looked time.Time // when it last looked
	seen   map[string]time.Time
}

// begin takes everything that arrived before now as known.
func (r *reader) begin(now time.Time) {
	now = now.Round(0) // the time of events is that of the wall clock
	r.start, r.newest, r.seen = now, now, map[string]time.Time{}
}

// read returns the events that are new, oldest first, at most once in readPause; again
// is when to come back for those that it leaves for then. What comes while events are
// not wanted is never new.
func (r *reader) read(ctx context.Context, now time.Time, wanted bool) (rows []relay.Summary, again time.Time) {
	switch {
	case !wanted:
		r.unread, r.idle = false, true
		return nil, time.Time{}
	case r.idle:
		r.idle = false
		r.begin(now)
		return r.read(ctx, now, wanted)
	case !r.unread:
		return nil, time.Time{}
	case now.Sub(r.looked) < readPause:
		return nil, r.looked.Add(readPause)
	}
	r.looked = now
	ctx, cancel := context.WithTimeout(ctx, readDeadline)
	defer cancel()
	fresh, err := r.fresh(ctx, r.since(now))
	if err != nil {
		return nil, now.Add(latestAsk) // the store says what is wrong with it in the status
	}
	r.unread = false
	for i := len(fresh) - 1; i >= 0; i-- {
		rows = append(rows, fresh[i])
	}
	return rows, time.Time{}
}

// since is from when on events can be new. A clock that was set back puts it back.
func (r *reader) since(now time.Time) time.Time {
	since := r.newest
	if now := now.Round(0); now.Before(since) {
		since, r.start = now, now.Add(-readOverlap)
	}
	since = since.Add(-readOverlap)
	if since.Before(r.start) {
		since = r.start
	}
	return since
}

// fresh returns the events that arrived at since or later and were not seen, newest
// first.
func (r *reader) fresh(ctx context.Context, since time.Time) ([]relay.Summary, error) {
	var fresh []relay.Summary
	q := relay.Query{Since: since, Limit: pageSize}
	for range maxPages {
		page, err := r.events(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, row := range page {
			if _, known := r.seen[row.ID]; !known {
				fresh = append(fresh, row)
			}
		}
		if len(page) < pageSize {
			break
		}
		last := page[len(page)-1]
		q.BeforeTime, q.BeforeID = last.ReceivedAt, last.ID
	}
	for _, row := range fresh {
		r.seen[row.ID] = row.ReceivedAt
		if row.ReceivedAt.After(r.newest) {
			r.newest = row.ReceivedAt
		}
	}
	for id, at := range r.seen {
		if at.Before(since.Add(-readOverlap)) {
			delete(r.seen, id)
		}
	}
	return fresh, nil
}
