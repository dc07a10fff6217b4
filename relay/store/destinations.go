package store

import (
	"context"
	"database/sql"
	"errors"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// Destinations implements relay.Store, sorted by space.
func (s *Store) Destinations(ctx context.Context) ([]relay.Destination, error) {
	var all []relay.Destination
	err := s.reads.read(ctx, "list the destinations", func(q database.Querier) error {
		return database.ForEach(ctx, q, func(rows *sql.Rows) error {
			var d relay.Destination
			var parked, probe, hold sql.NullInt64
			err := rows.Scan(&d.Space, &d.Label, &d.IDs, &d.RefusesIDs, &d.RefusesCards, &parked, &d.ParkReason,
				&d.ParkDetail, &probe, &d.Unauthorized, &hold, &d.HoldStep)
			d.ParkedSince, d.ProbeAt, d.HoldUntil = database.TimeOrZero(parked), database.TimeOrZero(probe), database.TimeOrZero(hold)
			all = append(all, d)
			return err
		}, `SELECT space, label, ids, refuses_ids, refuses_cards, parked_since, park_reason,
				park_detail, probe_at, unauthorized, hold_until, hold_step
			FROM destinations ORDER BY space`)
	})
	return all, err
}

// SaveDestination implements relay.Store. d.Space must not be empty.
func (s *Store) SaveDestination(ctx context.Context, d relay.Destination) error {
	if d.Space == "" {
		return errors.New("save a destination: it has no space")
	}
	return s.writer.change(ctx, "save a destination", func(t *database.Tx) error {
		_, err := t.Exec(`INSERT OR REPLACE INTO destinations (space, label, ids, refuses_ids, refuses_cards,
				parked_since, park_reason, park_detail, probe_at, unauthorized, hold_until, hold_step)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			d.Space, d.Label, string(d.IDs), d.RefusesIDs, d.RefusesCards,
			database.Micros(d.ParkedSince), d.ParkReason, d.ParkDetail, database.Micros(d.ProbeAt), d.Unauthorized,
			database.Micros(d.HoldUntil), int64(d.HoldStep))
		return err
	})
}
