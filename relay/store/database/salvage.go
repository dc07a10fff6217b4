package database

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Salvage makes a new database at to and copies into it what can still be read
// of the damaged one at from. incomplete is true when something could not be
// read. After an error, the database at to must not be used.
func Salvage(ctx context.Context, from, to string, schema Schema) (events int, incomplete bool, err error) {
	if err := prepareFile(to); err != nil {
		return 0, true, err
	}
	fresh, err := Connect(ctx, to, nil)
	if err != nil {
		return 0, true, err
	}
	defer func() {
		if closeErr := fresh.Close(); err == nil {
			err = closeErr
		}
	}()
	if err := migrate(ctx, fresh.conn, schema); err != nil {
		return 0, true, err
	}
	// writable_schema makes SQLite read a file that is shorter than its header says.
	// The connection is read-only, so it has no other effect.
	damaged, err := sql.Open(driverName, source(from, "ro", []string{"writable_schema(1)"}))
	if err != nil {
		return 0, true, err
	}
	defer func() { _ = damaged.Close() }()
	incomplete, err = copyTables(ctx, damaged, fresh, schema)
	if err != nil {
		return 0, true, err
	}
	err = fresh.conn.QueryRowContext(ctx, `SELECT COUNT(*) FROM events`).Scan(&events)
	return events, incomplete, err
}

func copyTables(ctx context.Context, damaged *sql.DB, fresh *Conn, schema Schema) (incomplete bool, err error) {
	for _, begin := range []string{"PRAGMA foreign_keys = 0", "BEGIN IMMEDIATE"} {
		if _, err := fresh.conn.ExecContext(ctx, begin); err != nil {
			return true, err
		}
	}
	for _, table := range schema.Tables {
		lost, err := copyTable(ctx, damaged, fresh, table)
		if err != nil {
			return true, err
		}
		incomplete = incomplete || lost
	}
	for _, end := range slices.Concat(schema.Repair, []string{"COMMIT"}) {
		if _, err := fresh.conn.ExecContext(ctx, end); err != nil {
			return true, err
		}
	}
	return incomplete, nil
}

// copyTable copies rows from the first on until one cannot be read, and then from the
// last one backwards, so that only the rows of a bad page in the middle are lost. lost
// is true when a read failed; err is that of a write.
func copyTable(ctx context.Context, damaged *sql.DB, fresh *Conn, table Table) (lost bool, err error) {
	columns, err := sharedColumns(ctx, damaged, fresh.conn, table.Name)
	if err != nil {
		return true, nil //nolint:nilerr // A table that cannot even be described is lost, which is reported.
	}
	from := "SELECT " + strings.Join(columns, ", ") + " FROM " + table.Name
	switch {
	case len(columns) > 0:
	case table.Former != "":
		from = table.Former
		if columns, err = columnsOf(ctx, fresh.conn, table.Name); err != nil {
			return true, err
		}
	default:
		return !table.Later, nil
	}
	insert := fmt.Sprintf("INSERT OR IGNORE INTO %s (%s) VALUES (?%s)",
		table.Name, strings.Join(columns, ", "), strings.Repeat(", ?", len(columns)-1))
	for _, direction := range []string{"", " DESC"} {
		keys := strings.ReplaceAll(table.Order, ",", direction+",") + direction
		readErr, err := copyRows(ctx, damaged, fresh, from+" ORDER BY "+keys, insert, len(columns))
		if err != nil || readErr == nil {
			return lost, err
		}
		lost = true
	}
	return lost, nil
}

func copyRows(
	ctx context.Context, damaged *sql.DB, fresh *Conn, query, insert string, columns int,
) (readErr, err error) {
	rows, readErr := damaged.QueryContext(ctx, query)
	if readErr != nil {
		return readErr, nil
	}
	values, dest := make([]any, columns), make([]any, columns)
	for i := range values {
		dest[i] = &values[i]
	}
	var writeErr error
	readErr = each(rows, func(rows *sql.Rows) error {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		_, writeErr = fresh.Exec(insert, values...)
		return writeErr
	})
	switch {
	case writeErr == nil:
		return readErr, nil
	case Diagnose(writeErr) == "":
		// The row itself is refused: it is damaged too.
		return writeErr, nil
	default:
		return nil, writeErr
	}
}

// sharedColumns returns the columns that table has in both databases; the
// damaged one may be older.
func sharedColumns(ctx context.Context, damaged *sql.DB, fresh *sql.Conn, table string) ([]string, error) {
	there, err := columnsOf(ctx, damaged, table)
	if err != nil {
		return nil, err
	}
	ours, err := columnsOf(ctx, fresh, table)
	return slices.DeleteFunc(ours, func(name string) bool { return !slices.Contains(there, name) }), err
}

// columnsOf returns the columns of a table, none when there is no such table.
func columnsOf(ctx context.Context, db interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}, table string,
) (names []string, err error) {
	rows, err := db.QueryContext(ctx, `SELECT name FROM pragma_table_info(?)`, table)
	if err != nil {
		return nil, err
	}
	err = each(rows, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		names = append(names, name)
		return err
	})
	return names, err
}
