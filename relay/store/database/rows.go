package database

import (
	"context"
	"database/sql"
)

// Querier reads rows, within a transaction that writes or over a reading
// connection.
type Querier interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
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

// ForEach runs query and calls scan for every row.
func ForEach(ctx context.Context, q Querier, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	return each(rows, scan)
}

// Column reads the only column of all rows of query.
func Column[T any](ctx context.Context, q Querier, query string, args ...any) ([]T, error) {
	var values []T
	err := ForEach(ctx, q, func(rows *sql.Rows) error {
		var value T
		err := rows.Scan(&value)
		values = append(values, value)
		return err
	}, query, args...)
	return values, err
}

// Row reads the only row of query into dest, and leaves dest as it is when there
// is none.
func Row(ctx context.Context, q Querier, query string, args []any, dest ...any) error {
	return ForEach(ctx, q, func(rows *sql.Rows) error { return rows.Scan(dest...) }, query, args...)
}
