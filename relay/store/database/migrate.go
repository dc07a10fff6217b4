package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// driverName is the name under which modernc.org/sqlite registers itself.
const driverName = "sqlite"

// checkVersion refuses a database that a newer program made. It looks over a
// read-only connection, so that such a file, and what its write-ahead log
// still holds, is left exactly as it is. An empty log and its index, which even
// such a connection makes where there are none, are taken away again.
func checkVersion(ctx context.Context, path string, latest int) error {
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return err
	}
	if half, err := exists(path + "-journal"); err != nil || half {
		// A crash cut short the change to write-ahead logging, which is the
		// first thing that happens to a new database. Only a connection that
		// may write can undo that; there is nothing else in it yet.
		return err
	}
	var made []string // what is there after a look and was not before
	for _, suffix := range []string{"-wal", "-shm"} {
		there, err := exists(path + suffix)
		if err != nil {
			return err
		}
		if !there {
			made = append(made, path+suffix)
		}
	}
	err := readVersion(ctx, path, latest)
	if errors.Is(err, ErrNewer) {
		for _, name := range made {
			_ = os.Remove(name)
		}
	}
	return err
}

// readVersion is checkVersion, but leaves the files that SQLite makes.
func readVersion(ctx context.Context, path string, latest int) error {
	db, err := sql.Open(driverName, source(path, "ro", nil))
	if err != nil {
		return fmt.Errorf("open the event store to look at its version: %w", err)
	}
	defer func() { _ = db.Close() }()
	version, err := versionOf(ctx, db)
	if err != nil {
		return fmt.Errorf("read the version of the event store: %w", err)
	}
	if version <= latest {
		return nil
	}
	return &NewerError{Program: programOf(ctx, db), Schema: version, known: latest}
}

// programPrefix begins the keys of meta that name versions of the program; the
// value of each is when that version first opened the database after another one.
const programPrefix = "program "

// programOf returns the version of the program that made the database what it
// is; empty when it does not say.
func programOf(ctx context.Context, q rowQuerier) string {
	var key string
	// A database of a newer version may keep this elsewhere, or not at all.
	err := q.QueryRowContext(ctx, `SELECT key FROM meta WHERE key LIKE ? || '%' ORDER BY value DESC LIMIT 1`, programPrefix).Scan(&key)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(key, programPrefix)
}

// noteProgram notes which version of the program has opened the database, unless
// it was the last one to do so already.
func noteProgram(ctx context.Context, conn *sql.Conn, program string, now time.Time) error {
	if program == "" || programOf(ctx, conn) == program {
		return nil
	}
	// The clock may have been set back since the version before.
	_, err := conn.ExecContext(ctx, `INSERT OR REPLACE INTO meta (key, value)
		SELECT ?1 || ?2, MAX(?3, COALESCE(MAX(value) + 1, 0)) FROM meta WHERE key LIKE ?1 || '%'`,
		programPrefix, program, now.UnixMicro())
	if err != nil {
		return fmt.Errorf("note the version of the program: %w", err)
	}
	return nil
}

// migrate brings the database behind conn to the latest version, a step at a
// time, each in a transaction that also writes the version.
func migrate(ctx context.Context, conn *sql.Conn, schema Schema) error {
	version, err := versionOf(ctx, conn)
	if err != nil {
		return fmt.Errorf("read the version of the event store: %w", err)
	}
	if version > schema.Latest() {
		return &NewerError{Program: programOf(ctx, conn), Schema: version, known: schema.Latest()}
	}
	for ; version < schema.Latest(); version++ {
		if err := migrateOnce(ctx, conn, schema.Steps[version], version+1); err != nil {
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
	if _, err := tx.ExecContext(ctx, pragma); err != nil {
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
