package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// The keys of meta.
const (
	keyPauseSince = "pause_since"
	keyPauseUntil = "pause_until"
	keyLastProven = "last_proven"
	keyTried      = "tried"
)

// Pause implements relay.Store.
func (s *Store) Pause(ctx context.Context) (relay.Pause, error) {
	values, err := s.meta(ctx, "read the pause")
	return relay.Pause{Since: values[keyPauseSince], Until: values[keyPauseUntil]}, err
}

// SavePause implements relay.Store.
func (s *Store) SavePause(ctx context.Context, p relay.Pause) error {
	err := s.writer.do(ctx, func(t *database.Tx) error {
		if err := setMeta(t, keyPauseSince, p.Since); err != nil {
			return err
		}
		return setMeta(t, keyPauseUntil, p.Until)
	})
	if err != nil {
		return fmt.Errorf("save the pause: %w", err)
	}
	return nil
}

// LastProven returns the last moment that SetLastProven was given: until then
// events are known to have been able to reach us. It is zero when there was
// none.
func (s *Store) LastProven(ctx context.Context) (time.Time, error) {
	values, err := s.meta(ctx, "read the last proven moment")
	return values[keyLastProven], err
}

// SetLastProven keeps t across crashes; each call costs a sync.
func (s *Store) SetLastProven(ctx context.Context, t time.Time) error {
	err := s.writer.do(ctx, func(x *database.Tx) error { return setMeta(x, keyLastProven, t) })
	if err != nil {
		return fmt.Errorf("save the last proven moment: %w", err)
	}
	return nil
}

// TryWrite writes and syncs a little, to learn whether events could be put on
// disk now. Its error is what Accept would return.
func (s *Store) TryWrite(ctx context.Context) error {
	err := s.writer.doInPlace(ctx, func(t *database.Tx) error { return setMeta(t, keyTried, t.Now) })
	if err != nil {
		return fmt.Errorf("try to write: %w", err)
	}
	return nil
}

// CheckPlace returns an *UnavailableError of ReasonMoved when the files of the
// store are not where they were opened any more. It writes nothing.
func (s *Store) CheckPlace(ctx context.Context) error {
	if err := s.writer.doInPlace(ctx, func(*database.Tx) error { return nil }); err != nil {
		return fmt.Errorf("look at the event store: %w", err)
	}
	return nil
}

// meta reads all times in meta. what says in the error what for.
func (s *Store) meta(ctx context.Context, what string) (map[string]time.Time, error) {
	values := make(map[string]time.Time)
	err := s.reads.read(ctx, what, func(q database.Querier) error {
		return database.ForEach(ctx, q, func(rows *sql.Rows) error {
			var key string
			var value sql.NullInt64
			err := rows.Scan(&key, &value)
			values[key] = timeOrZero(value)
			return err
		}, `SELECT key, value FROM meta`)
	})
	if err != nil {
		return nil, err
	}
	return values, nil
}

func setMeta(t *database.Tx, key string, value time.Time) error {
	_, err := t.Exec(`INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)`, key, micros(value))
	return err
}

// Size returns how many bytes of the database hold data: pages that were freed
// and wait for use, and the write-ahead log, do not count.
func (s *Store) Size(ctx context.Context) (int64, error) {
	var bytes int64
	err := s.reads.read(ctx, "measure the event store", func(q database.Querier) error {
		return database.ForEach(ctx, q, func(rows *sql.Rows) error { return rows.Scan(&bytes) },
			`SELECT (c.page_count - f.freelist_count) * p.page_size
				FROM pragma_page_count() c, pragma_freelist_count() f, pragma_page_size() p`)
	})
	return bytes, err
}
