package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
	"vastrelay/relay/store/fulltext"
)

// The bounds of relay.Query.Limit.
const (
	defaultPage = 100
	maxPage     = 500
)

// History is what is kept of past events: it lists, counts, finds, exports and
// removes them. It is safe for concurrent use.
type History struct {
	reads  *reader
	writer *writer
	scan   int // how many rows a search looks through before it asks the index
}

// Events lists a page of the events that q selects, newest first by
// (ReceivedAt, id). See fulltext.Words for what counts in q.Search.
func (h *History) Events(ctx context.Context, q relay.Query) ([]relay.Summary, error) {
	var page []relay.Summary
	err := h.reads.snapshot(ctx, "list events", func(r database.Querier) (err error) {
		if len(fulltext.Words(q.Search)) > 0 && q.AfterTime.IsZero() {
			page, err = find(ctx, r, q, h.scan)
		} else {
			page, err = readSummaries(ctx, r, selectEvents(q))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return page, nil
}

// pageSize is how many rows q asks for.
func pageSize(q relay.Query) int {
	if q.Limit <= 0 {
		return defaultPage
	}
	return min(q.Limit, maxPage)
}

// selection words a statement that selects a page of summaries. Events are the
// outer loop of the join (CROSS JOIN forbids another order), read along an
// index that ends in received_at, so that a page costs what it holds.
type selection struct {
	from  string // what comes before event_ids in the join, with events as e
	where string // conditions, each after AND
	args  []any
	limit int
	order string // DESC, or ASC for the oldest rows first
}

// selectEvents selects the page that q asks for, whatever it costs.
func selectEvents(q relay.Query) selection {
	s := selection{from: "events e", limit: pageSize(q)}
	if !q.AfterTime.IsZero() {
		s.order = "ASC"
	}
	s.filter(q, "")
	s.match(q)
	return s
}

// and adds a condition.
func (s *selection) and(term string, args ...any) {
	s.where, s.args = s.where+" AND "+term, append(s.args, args...)
}

// filter adds the conditions of q but for its words. A plus sign as plus keeps
// them from choosing an index.
func (s *selection) filter(q relay.Query, plus string) {
	typePlus, fatePlus := plus, plus
	// Nearly all events end up posted, so that fate selects little; any other
	// fate selects much more than a type does.
	switch {
	case q.Type == "" || q.Fate == "":
	case q.Fate == relay.FatePosted:
		fatePlus = "+"
	default:
		typePlus = "+"
	}
	if q.Type != "" {
		s.and(typePlus+`e.type = ?`, q.Type)
	}
	if q.Fate != "" {
		s.and(fatePlus+`e.fate = ?`, string(q.Fate))
	}
	if !q.Since.IsZero() {
		s.and(plus+`e.received_at >= ?`, q.Since.UnixMicro())
	}
	if !q.Until.IsZero() {
		s.and(plus+`e.received_at < ?`, q.Until.UnixMicro())
	}
	if len(q.IDs) > 0 {
		s.and(`e.num IN (SELECT num FROM event_ids WHERE id IN (SELECT value FROM json_each(?)))`, database.JSONList(q.IDs))
	}
	if !q.AfterTime.IsZero() {
		after := q.AfterTime.UnixMicro()
		s.and(plus+`e.received_at >= ?`, after)
		s.and(`(e.received_at > ? OR (SELECT id FROM event_ids WHERE num = e.num) > ?)`, after, q.AfterID)
	}
	if !q.BeforeTime.IsZero() {
		before := q.BeforeTime.UnixMicro()
		s.and(plus+`e.received_at <= ?`, before)
		s.and(`(e.received_at < ? OR (SELECT id FROM event_ids WHERE num = e.num) < ?)`, before, q.BeforeID)
	}
}

// match adds the condition that every word of q occurs.
func (s *selection) match(q relay.Query) {
	words := fulltext.Words(q.Search)
	// Most rows fail at a number, so it is looked for first.
	slices.SortStableFunc(words, func(a, b string) int {
		return cmp.Compare(min(strings.IndexAny(b, fulltext.Digits), 0), min(strings.IndexAny(a, fulltext.Digits), 0))
	})
	for _, word := range words {
		s.and(`COALESCE(e.folded, e.subject || char(10) || e.message) LIKE ? ESCAPE '\'`, "%"+fulltext.EscapeLike(word)+"%")
	}
}

// gapPayload is the payload of an event that tells of a gap, which its row is worded
// from; those of other events are not read for a row.
const gapPayload = `CASE e.type WHEN '` + relay.GapType + `' THEN (SELECT y.body FROM payloads y WHERE y.num = e.num) END`

// statement words the whole statement.
func (s *selection) statement() (query string, args []any) {
	order := cmp.Or(s.order, "DESC")
	return `SELECT i.id, e.context, e.type, e.subject, e.received_at, e.fate, e.may_repeat, e.caught_up, (` + unread + `), ` + gapPayload + `
		FROM ` + s.from + ` CROSS JOIN event_ids i ON i.num = e.num WHERE 1` + s.where + `
		ORDER BY e.received_at ` + order + `, i.id ` + order + ` LIMIT ?`, append(s.args, s.limit)
}

// readSummaries reads what s selects, newest first.
func readSummaries(ctx context.Context, r database.Querier, s selection) ([]relay.Summary, error) {
	var page []relay.Summary
	query, args := s.statement()
	err := database.ForEach(ctx, r, func(rows *sql.Rows) error {
		var e relay.Summary
		var subject string
		var received int64
		var note []byte
		err := rows.Scan(&e.ID, &e.Role, &e.Type, &subject, &received, &e.Fate, &e.MayRepeat, &e.CaughtUp, &e.Unread, &note)
		e.Note = relay.ReadGapNote(note)
		e.Title = relay.Event{Subject: subject, Type: e.Type}.Title()
		e.ReceivedAt = database.TimeOf(received)
		page = append(page, e)
		return err
	}, query, args...)
	if s.order == "ASC" {
		slices.Reverse(page)
	}
	return page, err
}

// IDs lists up to limit ids, in their order, that begin with prefix, of events that
// are still kept.
func (h *History) IDs(ctx context.Context, prefix string, limit int) (ids []string, err error) {
	err = h.reads.snapshot(ctx, "find an event", func(r database.Querier) (err error) {
		ids, err = database.Column[string](ctx, r, `SELECT i.id FROM event_ids i
			WHERE i.id >= ? AND i.id < ? AND EXISTS (SELECT 1 FROM events e WHERE e.num = i.num) ORDER BY i.id LIMIT ?`,
			prefix, prefix+string(unicode.MaxRune), limit)
		return err
	})
	return ids, err
}

// Detail implements relay.Store.
func (s *Store) Detail(ctx context.Context, id string) (relay.Detail, error) {
	var d relay.Detail
	err := s.reads.snapshot(ctx, "read an event", func(r database.Querier) (err error) {
		d, err = detail(ctx, r, id)
		return err
	})
	if err != nil {
		return relay.Detail{}, err
	}
	return d, nil
}

func detail(ctx context.Context, r database.Querier, id string) (relay.Detail, error) {
	var d relay.Detail
	var num int64
	err := database.ForEach(ctx, r, func(rows *sql.Rows) error {
		var e eventScan
		var stored int64
		var headers sql.NullString
		if err := rows.Scan(append([]any{&num, &d.Verdict, &d.Fate, &stored, &headers}, e.dest()...)...); err != nil {
			return err
		}
		d.Event, d.StoredAt = e.value(), database.TimeOf(stored)
		if !headers.Valid {
			return nil
		}
		return json.Unmarshal([]byte(headers.String), &d.Event.Headers)
	}, `SELECT e.num, i.verdict, e.fate, e.stored_at, y.headers, `+eventColumns+`
		FROM event_ids i JOIN events e ON e.num = i.num`+joinPayload+`WHERE i.id = ?`, id)
	if err != nil {
		return d, err
	}
	if num == 0 {
		return d, relay.ErrNotFound
	}
	d.Posts, err = postsOf(ctx, r, num)
	return d, err
}

// postsOf reads the posts that carry an event, oldest first, with their
// attempts.
func postsOf(ctx context.Context, r database.Querier, event int64) ([]relay.PostDetail, error) {
	var posts []relay.PostDetail
	at := make(map[relay.PostID]int)
	err := database.ForEach(ctx, r, func(rows *sql.Rows) error {
		var p postScan
		var members int
		err := rows.Scan(append(p.dest(), &members)...)
		at[p.post.ID] = len(posts)
		posts = append(posts, relay.PostDetail{Post: p.value(), Members: members})
		return err
	}, `SELECT `+postColumns+`, (SELECT COUNT(*) FROM post_events c WHERE c.post = p.id)
		FROM post_events m JOIN posts p ON p.id = m.post WHERE m.event = ? ORDER BY p.id`, event)
	if err != nil {
		return nil, err
	}
	err = database.ForEach(ctx, r, func(rows *sql.Rows) error {
		a, err := scanAttempt(rows)
		if i, ok := at[a.Post]; ok {
			posts[i].Attempts = append(posts[i].Attempts, a)
		}
		return err
	}, `SELECT a.id, a.post, a.number, a.rung, a.started_at, a.ended_at, a.outcome, a.status,
			a.reason, a.detail, a.name, a.thread, a.replayed, a.retry_after, a.took, a.may_repeat
		FROM post_events m JOIN attempts a ON a.post = m.post WHERE m.event = ? ORDER BY a.post, a.number`, event)
	return posts, err
}

func scanAttempt(rows *sql.Rows) (relay.Attempt, error) {
	var a relay.Attempt
	var started int64
	var ended sql.NullInt64
	r := &a.Result
	err := rows.Scan(&a.ID, &a.Post, &a.Number, &a.Rung, &started, &ended, &r.Outcome, &r.Status,
		&r.Reason, &r.Detail, &r.Name, &r.Thread, &r.Replayed, &r.RetryAfter, &r.Took, &a.MayRepeat)
	a.StartedAt, a.EndedAt = database.TimeOf(started), database.TimeOrZero(ended)
	return a, err
}

// Tally counts events since the given time. Total and LastEvent look at events that were
// accepted, not at those that were recorded, late or unreadable. Events that the
// program made itself count nowhere.
func (h *History) Tally(ctx context.Context, since time.Time) (relay.Tally, error) {
	tally := relay.Tally{ByFate: make(map[relay.Fate]int)}
	err := h.reads.snapshot(ctx, "count events", func(r database.Querier) error {
		err := database.ForEach(ctx, r, func(rows *sql.Rows) error {
			var fate relay.Fate
			var count int
			err := rows.Scan(&fate, &count)
			tally.ByFate[fate] = count
			if fate.Accepted() {
				tally.Total += count
			}
			return err
		}, `SELECT fate, SUM(n) FROM (
				SELECT fate, COUNT(*) AS n FROM events
					WHERE fate IN ('posted', 'waiting', 'failed', 'kept', 'recorded', 'late', 'unreadable')
						AND received_at >= ?1 GROUP BY fate
				UNION ALL
				SELECT fate, -COUNT(*) FROM events WHERE type = ?2 AND received_at >= ?1 GROUP BY fate
			) GROUP BY fate HAVING SUM(n) > 0`, since.UnixMicro(), relay.GapType)
		if err != nil {
			return err
		}
		// One end of an index for each fate of an event that was accepted.
		return database.ForEach(ctx, r, func(rows *sql.Rows) error {
			var newest sql.NullInt64
			err := rows.Scan(&newest)
			tally.LastEvent = database.TimeOrZero(newest)
			return err
		}, `SELECT MAX(newest) FROM (
			`+newestOf("posted")+`
			UNION ALL `+newestOf("waiting")+`
			UNION ALL `+newestOf("failed")+`
			UNION ALL `+newestOf("kept")+`)`, relay.GapType)
	})
	if err != nil {
		return relay.Tally{}, err
	}
	return tally, nil
}

// newestOf words the question when the newest event of that fate arrived that is
// not of the type ?1.
func newestOf(fate string) string {
	return `SELECT (SELECT received_at FROM events WHERE fate = '` + fate + `' AND +type <> ?1 ORDER BY received_at DESC LIMIT 1) AS newest`
}
