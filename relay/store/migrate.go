package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
)

// latest is the schema version that this program writes.
const latest = len(steps)

// checkVersion refuses a database that a newer program wrote. It looks over a
// read-only connection, so that such a file, and what its write-ahead log
// still holds, is left exactly as it is.
func checkVersion(ctx context.Context, path string) error {
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return err
	}
	if half, err := exists(path + "-journal"); err != nil || half {
		// A crash cut short the change to write-ahead logging, which is the
		// first thing that happens to a new database. Only a connection that
		// may write can undo that; there is nothing else in it yet.
		return err
	}
	db, err := sql.Open(driverName, source(path, "ro", nil))
	if err != nil {
		return fmt.Errorf("open the event store to look at its version: %w", err)
	}
	defer func() { _ = db.Close() }()
	version, err := versionOf(ctx, db)
	if err != nil {
		return fmt.Errorf("read the version of the event store: %w", err)
	}
	return checkKnown(version)
}

func checkKnown(version int) error {
	if version > latest {
		return fmt.Errorf("%w: its version is %d, the newest one known here is %d", ErrNewer, version, latest)
	}
	return nil
}

// migrate brings the database behind conn to the latest version, a step at a
// time, each in a transaction that also writes the version.
func migrate(ctx context.Context, conn *sql.Conn) error {
	version, err := versionOf(ctx, conn)
	if err != nil {
		return fmt.Errorf("read the version of the event store: %w", err)
	}
	if err := checkKnown(version); err != nil {
		return err
	}
	for ; version < latest; version++ {
		if err := migrateOnce(ctx, conn, steps[version], version+1); err != nil {
			return fmt.Errorf("bring the event store to version %d: %w", version+1, err)
		}
	}
	return nil
}

func migrateOnce(ctx context.Context, conn *sql.Conn, step string, version int) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(ctx, step); err != nil {
		return fmt.Errorf("change the tables: %w", err)
	}
	pragma := fmt.Sprintf("PRAGMA user_version = %d", version)
	if _, err := tx.ExecContext(ctx, pragma); err != nil { //nolint:gosec // A pragma takes no parameters; the number is our own.
		return fmt.Errorf("write the version: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// versionOf reads the schema version and, with it, the first page and the
// schema, which fails on a file that is no database.
func versionOf(ctx context.Context, q rowQuerier) (int, error) {
	var version, tables int
	if err := q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	if err := q.QueryRowContext(ctx, "SELECT COUNT(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return 0, err
	}
	return version, nil
}

// rowQuerier is what *sql.DB, *sql.Conn and *sql.Tx share.
type rowQuerier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}
