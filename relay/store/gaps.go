package store

import (
	"context"
	"database/sql"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// Gaps keeps the stretches of time in which deliveries could not arrive. It is
// safe for concurrent use.
type Gaps struct {
	reads  *reader
	writer *writer
}

// Save writes g and returns it with its id. A gap without an id is new; any other
// replaces the one with its id, and is relay.ErrNotFound when there is none. It
// returns once that is synced.
func (s *Gaps) Save(ctx context.Context, g relay.Gap) (relay.Gap, error) {
	err := s.writer.change(ctx, "save a gap", func(t *database.Tx) error {
		values := []any{database.Micros(g.Start), database.Micros(g.End), string(g.Cause), g.MayLose, g.CaughtUp, database.Micros(g.ToldAt)}
		if g.ID == 0 {
			id, err := t.Insert(`INSERT INTO gaps (started_at, ended_at, reason, may_lose, caught_up, told_at) VALUES (?, ?, ?, ?, ?, ?)`, values...)
			g.ID = relay.GapID(id)
			return err
		}
		n, err := t.Exec(`UPDATE gaps SET started_at = ?, ended_at = ?, reason = ?, may_lose = ?, caught_up = ?, told_at = ?
			WHERE id = ?`, append(values, int64(g.ID))...)
		if err == nil && n == 0 {
			err = relay.ErrNotFound
		}
		return err
	})
	if err != nil {
		return relay.Gap{}, err
	}
	return g, nil
}

// Recent lists the last gaps, at most limit of them, the newest first.
func (s *Gaps) Recent(ctx context.Context, limit int) ([]relay.Gap, error) {
	var gaps []relay.Gap
	err := s.reads.read(ctx, "list the gaps", func(q database.Querier) error {
		return database.ForEach(ctx, q, func(rows *sql.Rows) error {
			var g relay.Gap
			var started int64
			var ended, told sql.NullInt64
			err := rows.Scan(&g.ID, &started, &ended, &g.Cause, &g.MayLose, &g.CaughtUp, &told)
			g.Start, g.End, g.ToldAt = database.TimeOf(started), database.TimeOrZero(ended), database.TimeOrZero(told)
			gaps = append(gaps, g)
			return err
		}, `SELECT id, started_at, ended_at, reason, may_lose, caught_up, told_at
			FROM gaps ORDER BY started_at DESC, id DESC LIMIT ?`, limit)
	})
	return gaps, err
}

// InboxTrusted reports whether TrustInbox was ever called.
func (s *Gaps) InboxTrusted(ctx context.Context) (bool, error) {
	var trusted bool
	err := s.reads.read(ctx, "read what is known of the inbox", func(q database.Querier) error {
		return database.Row(ctx, q, `SELECT EXISTS (SELECT 1 FROM meta WHERE key = ?)`, []any{keyInboxIDs}, &trusted)
	})
	return trusted, err
}

// TrustInbox keeps that a row of Vast.ai's inbox was found, at the given time, to
// have the id of the delivery that it tells of.
func (s *Gaps) TrustInbox(ctx context.Context, at time.Time) error {
	return s.writer.change(ctx, "keep what was learnt of the inbox", func(t *database.Tx) error { return setMeta(t, keyInboxIDs, at) })
}

// Seen returns those of ids that events are known by, whatever became of them, and
// of each whether it was caught up.
func (h *History) Seen(ctx context.Context, ids []string) (map[string]bool, error) {
	seen := make(map[string]bool)
	err := h.reads.read(ctx, "look for events by their ids", func(q database.Querier) error {
		return database.ForEach(ctx, q, func(rows *sql.Rows) error {
			var id string
			var caughtUp bool
			err := rows.Scan(&id, &caughtUp)
			seen[id] = caughtUp
			return err
		}, `SELECT i.id, COALESCE(e.caught_up, 0) FROM json_each(?) AS list CROSS JOIN event_ids i ON i.id = list.value
			LEFT JOIN events e ON e.num = i.num`, database.JSONList(ids))
	})
	return seen, err
}

// Alike lists the events of the role, type, subject and message of ev that arrived
// at or after since, oldest first; of each only the id, the times and whether it was
// caught up.
func (h *History) Alike(ctx context.Context, ev relay.Event, since time.Time) ([]relay.Event, error) {
	var alike []relay.Event
	err := h.reads.read(ctx, "look for events by their texts", func(q database.Querier) error {
		return database.ForEach(ctx, q, func(rows *sql.Rows) error {
			var e relay.Event
			var occurred sql.NullInt64
			var received int64
			err := rows.Scan(&e.ID, &occurred, &received, &e.CaughtUp)
			e.OccurredAt, e.ReceivedAt = database.TimeOrZero(occurred), database.TimeOf(received)
			alike = append(alike, e)
			return err
		}, `SELECT i.id, e.occurred_at, e.received_at, e.caught_up FROM events e CROSS JOIN event_ids i ON i.num = e.num
			WHERE e.type = ? AND e.received_at >= ? AND e.context = ? AND e.subject = ? AND e.message = ?
			ORDER BY e.received_at, i.id`, ev.Type, since.UnixMicro(), string(ev.Role), ev.Subject, ev.Message)
	})
	return alike, err
}

// removeOldGaps removes the gaps that were over before a moment.
func (k *retention) removeOldGaps(ctx context.Context, before time.Time) error {
	var removed int
	return k.untilNone(ctx, &removed, func(_ context.Context, t *database.Tx) (int, error) {
		n, err := t.Exec(`DELETE FROM gaps WHERE id IN (SELECT id FROM gaps WHERE ended_at < ? ORDER BY started_at LIMIT 500)`, before.UnixMicro())
		return int(n), err
	})
}
