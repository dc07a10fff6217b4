package store

import (
	"context"
	"database/sql"
)

// querier reads rows, within a transaction that writes or over a reading
// connection.
type querier interface {
	query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// each calls scan for every row and closes rows in any case.
func each(rows *sql.Rows, scan func(*sql.Rows) error) error {
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// ask runs query and calls scan for every row.
func ask(ctx context.Context, q querier, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.query(ctx, query, args...)
	if err != nil {
		return err
	}
	return each(rows, scan)
}
