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

// removeOldGaps removes the gaps that were over before a moment.
func (k *retention) removeOldGaps(ctx context.Context, before time.Time) error {
	var removed int
	return k.untilNone(ctx, &removed, func(_ context.Context, t *database.Tx) (int, error) {
		n, err := t.Exec(`DELETE FROM gaps WHERE id IN (SELECT id FROM gaps WHERE ended_at < ? ORDER BY started_at LIMIT 500)`, before.UnixMicro())
		return int(n), err
	})
}
