package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"vastrelay/relay"
)

// Destinations implements relay.Store, sorted by space.
func (s *Store) Destinations(ctx context.Context) ([]relay.Destination, error) {
	rows, err := s.reader.query(ctx, `SELECT space, label, ids, refuses_ids, refuses_cards, parked_since, park_reason,
			park_detail, probe_at, unauthorized, hold_until, hold_step
		FROM destinations ORDER BY space`)
	var all []relay.Destination
	if err == nil {
		err = each(rows, func(rows *sql.Rows) error {
			var d relay.Destination
			var parked, probe, hold sql.NullInt64
			err := rows.Scan(&d.Space, &d.Label, &d.IDs, &d.RefusesIDs, &d.RefusesCards, &parked, &d.ParkReason,
				&d.ParkDetail, &probe, &d.Unauthorized, &hold, &d.HoldStep)
			d.ParkedSince, d.ProbeAt, d.HoldUntil = timeOrZero(parked), timeOrZero(probe), timeOrZero(hold)
			all = append(all, d)
			return err
		})
	}
	if err != nil {
		return nil, s.readError("list the destinations", err)
	}
	return all, nil
}

// SaveDestination implements relay.Store. d.Space must not be empty.
func (s *Store) SaveDestination(ctx context.Context, d relay.Destination) error {
	if d.Space == "" {
		return fmt.Errorf("save a destination: it has no space")
	}
	err := s.writer.do(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT OR REPLACE INTO destinations (space, label, ids, refuses_ids, refuses_cards,
				parked_since, park_reason, park_detail, probe_at, unauthorized, hold_until, hold_step)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			d.Space, d.Label, string(d.IDs), d.RefusesIDs, d.RefusesCards,
			micros(d.ParkedSince), d.ParkReason, d.ParkDetail, micros(d.ProbeAt), d.Unauthorized,
			micros(d.HoldUntil), int64(d.HoldStep))
		return err
	})
	if err != nil {
		return fmt.Errorf("save a destination: %w", err)
	}
	return nil
}

// The keys of meta.
const (
	keyPauseSince = "pause_since"
	keyPauseUntil = "pause_until"
	keyLastProven = "last_proven"
)

// Pause implements relay.Store.
func (s *Store) Pause(ctx context.Context) (relay.Pause, error) {
	values, err := s.meta(ctx)
	if err != nil {
		return relay.Pause{}, s.readError("read the pause", err)
	}
	return relay.Pause{Since: values[keyPauseSince], Until: values[keyPauseUntil]}, nil
}

// SavePause implements relay.Store.
func (s *Store) SavePause(ctx context.Context, p relay.Pause) error {
	err := s.writer.do(ctx, func(t *tx) error {
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
	values, err := s.meta(ctx)
	if err != nil {
		return time.Time{}, s.readError("read the last proven moment", err)
	}
	return values[keyLastProven], nil
}

// SetLastProven keeps t across crashes; each call costs a sync.
func (s *Store) SetLastProven(ctx context.Context, t time.Time) error {
	err := s.writer.do(ctx, func(x *tx) error { return setMeta(x, keyLastProven, t) })
	if err != nil {
		return fmt.Errorf("save the last proven moment: %w", err)
	}
	return nil
}

// meta reads all times in meta.
func (s *Store) meta(ctx context.Context) (map[string]time.Time, error) {
	rows, err := s.reader.query(ctx, `SELECT key, value FROM meta`)
	if err != nil {
		return nil, err
	}
	values := make(map[string]time.Time)
	err = each(rows, func(rows *sql.Rows) error {
		var key string
		var value sql.NullInt64
		err := rows.Scan(&key, &value)
		values[key] = timeOrZero(value)
		return err
	})
	return values, err
}

func setMeta(t *tx, key string, value time.Time) error {
	_, err := t.exec(`INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)`, key, micros(value))
	return err
}

// Size returns how many bytes of the database hold data: pages that were freed
// and wait for use, and the write-ahead log, do not count.
func (s *Store) Size(ctx context.Context) (int64, error) {
	var bytes int64
	rows, err := s.reader.query(ctx, `SELECT (c.page_count - f.freelist_count) * p.page_size
		FROM pragma_page_count() c, pragma_freelist_count() f, pragma_page_size() p`)
	if err == nil {
		err = each(rows, func(rows *sql.Rows) error { return rows.Scan(&bytes) })
	}
	if err != nil {
		return 0, s.readError("measure the event store", err)
	}
	return bytes, nil
}
