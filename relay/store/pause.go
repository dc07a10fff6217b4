package store

import (
	"context"
	"database/sql"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// The keys of meta.
const (
	keyPauseSince = "pause_since"
	keyPauseUntil = "pause_until"
	keyTried      = "tried"
	keyInboxIDs   = "inbox_ids"
	keyReadUpTo   = "read_up_to" // see schema8
)

// Pause implements relay.Store.
func (s *Store) Pause(ctx context.Context) (relay.Pause, error) {
	var since, until sql.NullInt64
	err := s.reads.read(ctx, "read the pause", func(q database.Querier) error {
		return database.Row(ctx, q, `SELECT (SELECT value FROM meta WHERE key = ?), (SELECT value FROM meta WHERE key = ?)`, []any{keyPauseSince, keyPauseUntil}, &since, &until)
	})
	return relay.Pause{Since: database.TimeOrZero(since), Until: database.TimeOrZero(until)}, err
}

// SavePause implements relay.Store.
func (s *Store) SavePause(ctx context.Context, p relay.Pause) error {
	return s.writer.change(ctx, "save the pause", func(t *database.Tx) error {
		if err := setMeta(t, keyPauseSince, p.Since); err != nil {
			return err
		}
		return setMeta(t, keyPauseUntil, p.Until)
	})
}

// setMeta writes a time under key.
func setMeta(t *database.Tx, key string, value time.Time) error {
	_, err := t.Exec(`INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)`, key, database.Micros(value))
	return err
}
