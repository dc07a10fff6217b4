package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"vastrelay/relay/store/database"
	"vastrelay/relay/store/fulltext"
)

// The defaults of Retention.
const (
	DefaultMaxAge   = 90 * 24 * time.Hour
	DefaultMaxBytes = 200_000_000
)

// idYears is for how many years the ids of events are kept.
const idYears = 2

const (
	// removeAtOnce is how many events one transaction removes, vacuumAtOnce how
	// many pages it gives back: a few milliseconds of the writer's time.
	removeAtOnce, vacuumAtOnce = 50, 64
	// keepFree is how many free pages stay in the file for new events.
	keepFree = 256
	// shrinkBy says how far below its limit the store is brought: by one part in
	// shrinkBy of the limit, so that the next event does not reach it again.
	shrinkBy = 20
)

// Retention bounds what is kept.
type Retention struct {
	MaxAge   time.Duration // events that arrived longer ago are removed; 0 means 90 days
	MaxBytes int64         // the room that events may take up; 0 means 200 MB, 200,000,000 bytes
}

func (r Retention) orDefaults() Retention {
	if r.MaxAge <= 0 {
		r.MaxAge = DefaultMaxAge
	}
	if r.MaxBytes <= 0 {
		r.MaxBytes = DefaultMaxBytes
	}
	return r
}

// Retained tells what Retain removed.
type Retained struct {
	Payloads int   // payloads whose events stayed
	Events   int   // events with their posts and attempts
	IDs      int   // ids that had outlived their events
	Usage    Usage // what is left
}

// Usage is how much room the events take up.
type Usage struct {
	Bytes int64 // of the database, without the table of ids and free pages
	Limit int64
	// SetAside is how many rows of arrivals could not be read, each of one event or
	// of several that arrived together. They are kept as they are.
	SetAside int
	// Shrunk says that payloads were removed because of the limit: the oldest event
	// has none. The store stays just below its limit from then on.
	Shrunk bool
}

// NearLimit reports whether a person should be told that the oldest events will soon
// be removed: from 80 % of the limit on, until some were. A store that has been at
// its limit is nearly full all the time. Of a Usage that was not measured it says
// nothing.
func (u Usage) NearLimit() bool {
	return u.Limit > 0 && !u.Shrunk && !u.OverLimit() && float64(u.Bytes) >= 0.8*float64(u.Limit)
}

// OverLimit reports whether the events take up more room than is allowed. After
// Retain, those that are left are not posted yet and must not be removed.
func (u Usage) OverLimit() bool { return u.Bytes > u.Limit }

// usage measures the store against r's MaxBytes. ids is the size of the table of ids,
// which does not count.
func (h *History) usage(ctx context.Context, r Retention, ids int64) (Usage, error) {
	u := Usage{Limit: r.MaxBytes, Bytes: -ids}
	var used int64
	err := h.reads.read(ctx, "look at what is left", func(q database.Querier) error {
		return database.Row(ctx, q, `SELECT (SELECT (c.page_count - f.freelist_count) * p.page_size
					FROM pragma_page_count() c, pragma_freelist_count() f, pragma_page_size() p),
				(SELECT COUNT(*) FROM arrivals WHERE num < 0),
				(SELECT num NOT IN (SELECT num FROM payloads) FROM events
					WHERE +fate NOT IN ('waiting', 'failed') ORDER BY received_at LIMIT 1) IS TRUE`, nil, &used, &u.SetAside, &u.Shrunk)
	})
	u.Bytes += used
	return u, err
}

// idBytes measures the table of ids and its index, which do not count towards the
// limit. Source: https://www.sqlite.org/dbstat.html .
func (h *History) idBytes(ctx context.Context) (bytes int64, err error) {
	err = h.reads.read(ctx, "measure the table of ids", func(q database.Querier) error {
		return database.Row(ctx, q, `SELECT (SELECT COALESCE(SUM(pgsize), 0) FROM dbstat WHERE name = 'event_ids')
				+ (SELECT COALESCE(SUM(pgsize), 0) FROM dbstat WHERE name = 'sqlite_autoindex_event_ids_1')`, nil, &bytes)
	})
	return bytes, err
}

// Retain removes what r does not allow, oldest first: events and gaps that are too
// old; then, while the events take up too much room, payloads; then whole events. It
// never removes an event that is not posted yet, and a dead letter only for its age. The
// ids of removed events are kept for two years, so that a late delivery is still
// known, and do not count as room taken up. Freed room goes back to the system.
//
// It works in small transactions, each of which waits until nobody else needs the
// writer, and may take minutes. When ctx ends or the store cannot be written, it
// returns what it did so far with the error. Calls must not overlap.
func (h *History) Retain(ctx context.Context, r Retention) (Retained, error) {
	k := &retention{h: h, r: r.orDefaults()}
	err := k.run(ctx)
	if err == nil {
		k.done.Usage, err = h.usage(ctx, k.r, k.ids)
	}
	if err != nil {
		return k.done, fmt.Errorf("remove what is old: %w", err)
	}
	return k.done, nil
}

// retention is one call of Retain.
type retention struct {
	h    *History
	r    Retention
	ids  int64 // the bytes of the table of ids
	done Retained
}

func (k *retention) run(ctx context.Context) error {
	now := k.h.writer.now()
	if err := k.untilNone(ctx, &k.done.Events, tooOld.from(now.Add(-k.r.MaxAge))); err != nil {
		return err
	}
	if err := k.removeOldGaps(ctx, now.Add(-k.r.MaxAge)); err != nil {
		return err
	}
	if err := k.forgetIDs(ctx, now.AddDate(-idYears, 0, 0)); err != nil {
		return err
	}
	if err := k.forgetBodies(ctx, now); err != nil {
		return err
	}
	var err error
	if k.ids, err = k.h.idBytes(ctx); err != nil {
		return err
	}
	if err := k.shrink(ctx); err != nil {
		return err
	}
	return k.vacuum(ctx)
}

// shrink removes payloads and then events until there is room.
func (k *retention) shrink(ctx context.Context) error {
	u, err := k.h.usage(ctx, k.r, k.ids)
	if err != nil || u.Bytes <= k.r.MaxBytes {
		return err
	}
	target := k.r.MaxBytes - k.r.MaxBytes/shrinkBy
	enough := func() (bool, error) {
		u, err := k.h.usage(ctx, k.r, k.ids)
		return u.Bytes <= target, err
	}
	if err := k.until(ctx, enough, &k.done.Payloads, payloads.from(time.Time{})); err != nil {
		return err
	}
	return k.until(ctx, enough, &k.done.Events, settled.from(time.Time{}))
}

// removal is what one kind of step removes.
type removal int

const (
	tooOld   removal = iota // events that arrived before a moment
	settled                 // events that need no more posting
	payloads                // the payloads of such events
)

// candidates selects the events that a removal may remove, with the time of their
// arrival and in that order: those that arrived from ?1 on and before ?2, at most ?3.
// Of an event with a dead post another post may still wait. The members of a dead
// digest stay together, since it may be sent again under the same ids. The plus signs
// keep SQLite on the index of times: by the index of fates, or by going through all
// payloads, one step of a large store would hold the writer for a second.
func (r removal) candidates() string {
	const from, order = `SELECT e.num, e.received_at FROM events e WHERE e.received_at >= ?1 AND e.received_at < ?2 `,
		` ORDER BY e.received_at LIMIT ?3`
	switch r {
	case tooOld:
		return from + `AND +e.fate <> 'waiting' AND NOT EXISTS (
			SELECT 1 FROM post_events m JOIN posts p ON p.id = m.post
			WHERE m.event = e.num AND (p.state IN ('waiting', 'sending') OR p.state = 'dead' AND EXISTS (
				SELECT 1 FROM post_events o JOIN events y ON y.num = o.event
				WHERE o.post = p.id AND y.received_at >= ?2)))` + order
	case payloads:
		return from + `AND +e.fate NOT IN ('waiting', 'failed') AND +e.num IN (SELECT num FROM payloads)` + order
	default:
		return from + `AND +e.fate NOT IN ('waiting', 'failed')` + order
	}
}

// from returns a step to be repeated: each call removes a few events that arrived
// before the given time, from the oldest on, and returns how many. A zero time means
// all events.
func (r removal) from(before time.Time) func(context.Context, *database.Tx) (int, error) {
	end := int64(1<<63 - 1)
	if !before.IsZero() {
		end = before.UnixMicro()
	}
	reached := int64(-1 << 63)
	return func(ctx context.Context, t *database.Tx) (int, error) {
		var nums []int64
		err := database.ForEach(ctx, t, func(rows *sql.Rows) error {
			var num int64
			err := rows.Scan(&num, &reached)
			nums = append(nums, num)
			return err
		}, r.candidates(), reached, end, removeAtOnce)
		if err != nil || len(nums) == 0 {
			return 0, err
		}
		list := database.JSONList(nums)
		if r == payloads {
			_, err := t.Exec(`DELETE FROM payloads WHERE num IN (SELECT value FROM json_each(?))`, list)
			return len(nums), err
		}
		return len(nums), removeEvents(ctx, t, list)
	}
}

// removeEvents removes the events in list and the posts that are left without
// any.
func removeEvents(ctx context.Context, t *database.Tx, list string) error {
	t.Changed = true
	posts, err := database.Column[int64](ctx, t,
		`DELETE FROM post_events WHERE event IN (SELECT value FROM json_each(?)) RETURNING post`, list)
	if err != nil {
		return err
	}
	if _, err := t.Exec(`DELETE FROM posts WHERE id IN (SELECT value FROM json_each(?))
		AND NOT EXISTS (SELECT 1 FROM post_events m WHERE m.post = posts.id)`, database.JSONList(posts)); err != nil {
		return err
	}
	for _, query := range []string{
		`DELETE FROM payloads WHERE num IN (SELECT value FROM json_each(?))`,
		`DELETE FROM events WHERE num IN (SELECT value FROM json_each(?))`,
	} {
		if _, err := t.Exec(query, list); err != nil {
			return err
		}
	}
	return fulltext.RemoveEmptied(ctx, t, list)
}

// untilNone repeats step until it removes nothing, and adds to count what it removed.
func (k *retention) untilNone(ctx context.Context, count *int, step func(context.Context, *database.Tx) (int, error)) error {
	return k.until(ctx, func() (bool, error) { return false, nil }, count, step)
}

// until repeats step until enough returns true or step removes nothing.
func (k *retention) until(
	ctx context.Context, enough func() (bool, error), count *int, step func(context.Context, *database.Tx) (int, error),
) error {
	for {
		if ok, err := enough(); ok || err != nil {
			return err
		}
		var n int
		err := k.h.writer.doLater(ctx, func(t *database.Tx) (err error) {
			n, err = step(ctx, t)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
		*count += n
	}
}

// forgetIDs removes ids that were first seen before the given time and whose events
// are gone. Ids are numbered nearly in the order of that time, so the first portion
// without such an id is the last one. The highest number stays, since the next one is
// counted from it.
func (k *retention) forgetIDs(ctx context.Context, before time.Time) error {
	reached := int64(-1)
	return k.untilNone(ctx, &k.done.IDs, func(_ context.Context, t *database.Tx) (int, error) {
		var last sql.NullInt64
		if err := t.Row(`SELECT MAX(num) FROM (SELECT num FROM event_ids WHERE num > ? ORDER BY num LIMIT 500)`,
			[]any{reached}, &last); err != nil || !last.Valid {
			return 0, err
		}
		n, err := t.Exec(`DELETE FROM event_ids WHERE num > ? AND num <= ? AND first_seen < ?
				AND num < (SELECT MAX(num) FROM event_ids)
				AND NOT EXISTS (SELECT 1 FROM events e WHERE e.num = event_ids.num)`,
			reached, last.Int64, before.UnixMicro())
		reached = last.Int64
		return int(n), err
	})
}

// forgetBodies removes hashes of bodies that are older than bodyMemory.
func (k *retention) forgetBodies(ctx context.Context, now time.Time) error {
	var removed int
	return k.untilNone(ctx, &removed, func(_ context.Context, t *database.Tx) (int, error) {
		n, err := t.Exec(`DELETE FROM bodies WHERE hash IN (SELECT hash FROM bodies WHERE seen_at <= ? ORDER BY seen_at LIMIT 500)`,
			now.Add(-bodyMemory).UnixMicro())
		return int(n), err
	})
}

// vacuum gives free pages back to the system.
// Source: https://www.sqlite.org/pragma.html#pragma_incremental_vacuum .
func (k *retention) vacuum(ctx context.Context) error {
	last := int64(1<<63 - 1)
	for {
		var free int64
		err := k.h.writer.doLater(ctx, func(t *database.Tx) error {
			if err := t.Row(`PRAGMA freelist_count`, nil, &free); err != nil || free <= keepFree {
				return err
			}
			t.Changed = true
			// Each row of the answer is a page that was given back.
			return database.ForEach(ctx, t, func(*sql.Rows) error { return nil }, fmt.Sprintf(`PRAGMA incremental_vacuum(%d)`, vacuumAtOnce))
		})
		if err != nil || free <= keepFree {
			return err
		}
		if free >= last {
			// Others free pages at the same time, or SQLite cannot give any back.
			return nil
		}
		last = free
	}
}
