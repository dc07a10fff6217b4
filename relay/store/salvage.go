package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// salvaged lists the tables that salvage copies with the columns that put
// their rows in order. What searches need is made anew from the events.
func salvaged() [][2]string {
	return [][2]string{
		{"arrivals", "num"},
		{"event_ids", "num"},
		{"bodies", "hash"},
		{"events", "num"},
		{"payloads", "num"},
		{"destinations", "space"},
		{"posts", "id"},
		{"post_events", "post, position"},
		{"attempts", "id"},
		{"gaps", "id"},
		{"meta", "key"},
	}
}

// salvageCleanup removes rows whose counterparts could not be read, and makes
// what is derived follow from what is left.
func salvageCleanup() []string {
	return []string{
		`DELETE FROM events WHERE num NOT IN (SELECT num FROM event_ids)`,
		`DELETE FROM payloads WHERE num NOT IN (SELECT num FROM events)`,
		`DELETE FROM post_events WHERE event NOT IN (SELECT num FROM events) OR post NOT IN (SELECT id FROM posts)`,
		`DELETE FROM posts WHERE id NOT IN (SELECT post FROM post_events)`,
		`DELETE FROM attempts WHERE post NOT IN (SELECT id FROM posts)`,
		`UPDATE events SET (fate, may_repeat) = ` + derived + `
			WHERE num IN (SELECT num FROM event_ids WHERE verdict = 'accepted')`,
	}
}

// salvage makes a new database at to and copies into it what can still be read
// of the damaged one at from. incomplete is true when something could not be
// read. After an error, what was made at to is of no use.
func salvage(ctx context.Context, from, to string) (events int, incomplete bool, err error) {
	if err := prepareFile(to); err != nil {
		return 0, true, err
	}
	fresh, err := connect(ctx, to)
	if err != nil {
		return 0, true, err
	}
	defer func() {
		if closeErr := fresh.close(); err == nil {
			err = closeErr
		}
	}()
	if err := migrate(ctx, fresh.conn); err != nil {
		return 0, true, err
	}
	// The odd setting makes SQLite read a file that is shorter than its header
	// says; over a read-only connection it allows nothing else.
	damaged, err := sql.Open(driverName, source(from, "ro", []string{"writable_schema(1)"}))
	if err != nil {
		return 0, true, err
	}
	defer func() { _ = damaged.Close() }()
	incomplete, err = copyTables(ctx, damaged, fresh)
	if err != nil {
		return 0, true, err
	}
	err = fresh.conn.QueryRowContext(ctx, `SELECT COUNT(*) FROM events`).Scan(&events)
	return events, incomplete, err
}

func copyTables(ctx context.Context, damaged *sql.DB, fresh *session) (incomplete bool, err error) {
	for _, begin := range []string{"PRAGMA foreign_keys = 0", "BEGIN IMMEDIATE"} {
		if _, err := fresh.conn.ExecContext(ctx, begin); err != nil {
			return true, err
		}
	}
	for _, table := range salvaged() {
		lost, err := copyTable(ctx, damaged, fresh, table[0], table[1])
		if err != nil {
			return true, err
		}
		incomplete = incomplete || lost
	}
	for _, end := range append(salvageCleanup(), "COMMIT") {
		if _, err := fresh.conn.ExecContext(ctx, end); err != nil {
			return true, err
		}
	}
	return incomplete, nil
}

// copyTable copies rows from the first on until one cannot be read, then from
// the last on down to the damage, so that a bad page in the middle costs
// little. lost tells of a read that failed; err of a write.
func copyTable(ctx context.Context, damaged *sql.DB, fresh *session, table, order string) (lost bool, err error) {
	columns, err := sharedColumns(ctx, damaged, fresh.conn, table)
	if err != nil {
		return true, nil //nolint:nilerr // A table that cannot even be described is lost, which is reported.
	}
	from, source, target := table, strings.Join(columns, ", "), strings.Join(columns, ", ")
	switch {
	case len(columns) > 0:
	case table == "arrivals", table == "bodies":
		return false, nil // There was none before versions 4 and 5.
	case table == "payloads":
		// Before version 3 they were a column of events.
		from, source, target, columns = "events", "num, payload", "num, body", []string{"num", "body"}
	default:
		return true, nil
	}
	insert := fmt.Sprintf("INSERT OR IGNORE INTO %s (%s) VALUES (?%s)",
		table, target, strings.Repeat(", ?", len(columns)-1))
	for _, direction := range []string{"", " DESC"} {
		keys := strings.ReplaceAll(order, ",", direction+",") + direction
		readErr, err := copyRows(ctx, damaged, fresh, "SELECT "+source+" FROM "+from+" ORDER BY "+keys, insert, len(columns))
		if err != nil || readErr == nil {
			return lost, err
		}
		lost = true
	}
	return lost, nil
}

func copyRows(
	ctx context.Context, damaged *sql.DB, fresh *session, query, insert string, columns int,
) (readErr, err error) {
	rows, readErr := damaged.QueryContext(ctx, query) //nolint:gosec // Tables and columns are those of our own schema.
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
		_, writeErr = fresh.exec(insert, values...)
		return writeErr
	})
	switch {
	case writeErr == nil:
		return readErr, nil
	case reasonFor(writeErr) == "":
		// The row itself is refused: it is damaged too.
		return writeErr, nil
	default:
		return nil, writeErr
	}
}

// sharedColumns returns the columns that table has in both databases; the
// damaged one may be older.
func sharedColumns(ctx context.Context, damaged *sql.DB, fresh *sql.Conn, table string) ([]string, error) {
	const query = `SELECT name FROM pragma_table_info(?)`
	old, err := damaged.QueryContext(ctx, query, table)
	if err != nil {
		return nil, err
	}
	names, err := readNames(old)
	if err != nil {
		return nil, err
	}
	now, err := fresh.QueryContext(ctx, query, table)
	if err != nil {
		return nil, err
	}
	ours, err := readNames(now)
	return slices.DeleteFunc(ours, func(name string) bool { return !slices.Contains(names, name) }), err
}

func readNames(rows *sql.Rows) ([]string, error) {
	var names []string
	err := each(rows, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		names = append(names, name)
		return err
	})
	return names, err
}
