package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Conn is the one connection that writes, with its prepared statements.
// Only one goroutine uses it at a time.
type Conn struct {
	LogPages int         // as the constant; tests make it smaller
	Home     os.FileInfo // the file that the connection leads to

	db       *sql.DB
	conn     *sql.Conn
	stmts    map[string]*sql.Stmt
	settings string // what SetDurability has set; empty: nothing
}

// Connect opens the writing connection to the existing file at path. Where home
// is not nil, the file at path must be that one; else the error is errMoved.
func Connect(ctx context.Context, path string, home os.FileInfo) (*Conn, error) {
	pragmas := writePragmas(runtime.GOOS)
	if info, err := os.Stat(path); err == nil && info.Size() == 0 {
		// Only an empty database can be told to give pages back to the system
		// later. Telling another would take the write lock for nothing.
		pragmas = append(pragmas, "auto_vacuum(INCREMENTAL)")
	}
	db, err := openSame(source(path, "rw", pragmas), path, &home)
	if err != nil {
		return nil, fmt.Errorf("open the event store for writing: %w", err)
	}
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open the event store for writing: %w", err)
	}
	return &Conn{db: db, conn: conn, stmts: make(map[string]*sql.Stmt), Home: home, LogPages: logPages}, nil
}

// logPages is at how many pages the write-ahead log is moved into the database.
const logPages = 1000

// durability says how transactions are committed.
type durability int

const (
	// Synced is for what somebody waits for.
	Synced durability = iota
	// SyncedInLargeLog is the same, but the write-ahead log may grow to 64 MB
	// before a commit has to wait until it is moved into the database; the next
	// commit of another durability moves it.
	SyncedInLargeLog
	// Unsynced is for what is on disk elsewhere: it becomes durable with the next
	// commit that is synced, as all go through one log.
	Unsynced
)

// settings returns the statements that set d, where the log is usually moved at
// logPages pages.
func (d durability) settings(logPages int) string {
	const words = "PRAGMA synchronous = %s; PRAGMA wal_autocheckpoint = %d"
	switch d {
	case Unsynced:
		return fmt.Sprintf(words, "NORMAL", logPages)
	case SyncedInLargeLog:
		return fmt.Sprintf(words, "FULL", 16*logPages)
	default:
		return fmt.Sprintf(words, "FULL", logPages)
	}
}

// SetDurability sets how the next transactions are committed. The statements
// must be prepared anew each time: SQLite obeys them while preparing them.
// Source: https://www.sqlite.org/pragma.html#pragma_synchronous .
func (s *Conn) SetDurability(d durability) error {
	settings := d.settings(s.LogPages)
	if settings == s.settings {
		return nil
	}
	s.settings = "" // until all is set
	if _, err := s.conn.ExecContext(context.Background(), settings); err != nil {
		return err
	}
	s.settings = settings
	return nil
}

// Close ends the connection; the statements go with it.
func (s *Conn) Close() error {
	var errs []error
	for _, stmt := range s.stmts {
		errs = append(errs, stmt.Close())
	}
	errs = append(errs, s.conn.Close(), s.db.Close())
	return errors.Join(errs...)
}

// statement returns query as a prepared statement, prepared at its first use.
// Queries are constants of this package, so their number is bounded.
func (s *Conn) statement(query string) (*sql.Stmt, error) {
	if stmt, ok := s.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := s.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	s.stmts[query] = stmt
	return stmt, nil
}

// Exec runs a statement that returns no rows. It takes no context: its
// transaction is shared by requests with contexts of their own, none of which
// may end it for the others.
func (s *Conn) Exec(query string, args ...any) (sql.Result, error) {
	stmt, err := s.statement(query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(context.Background(), args...)
}

// Query implements Querier. Its context is not used, see Exec.
func (s *Conn) Query(_ context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := s.statement(query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(context.Background(), args...)
}

// Rollback undoes the open transaction. After a full disk or an input/output
// error SQLite has undone it by itself, and says so with a plain error.
// Source: https://www.sqlite.org/lang_transaction.html .
func (s *Conn) Rollback() error {
	_, err := s.Exec("ROLLBACK")
	var e *sqlite.Error
	if errors.As(err, &e) && e.Code() == sqlite3.SQLITE_ERROR {
		return nil
	}
	return err
}

// Try runs fn within a savepoint of the open transaction. An error that tells of
// what fn attempted undoes that alone and comes back as failed; an error of the
// database comes back as err.
func (s *Conn) Try(fn func() error) (failed, err error) {
	if _, err := s.Exec("SAVEPOINT try"); err != nil {
		return nil, err
	}
	if failed = fn(); failed != nil {
		if Diagnose(failed) != "" {
			return nil, failed
		}
		if _, err := s.Exec("ROLLBACK TO try"); err != nil {
			return nil, err
		}
	}
	_, err = s.Exec("RELEASE try")
	return failed, err
}

// Tx is the transaction as one request sees it. Its methods may only be called
// from within the request, on the writing goroutine.
type Tx struct {
	Conn    *Conn
	Now     time.Time // the transaction's time stamp
	Changed bool      // this request has changed something
}

// Exec runs a statement and returns how many rows it changed.
func (t *Tx) Exec(query string, args ...any) (int64, error) {
	t.Changed = true
	r, err := t.Conn.Exec(query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// Insert runs an INSERT and returns the row's integer key.
func (t *Tx) Insert(query string, args ...any) (int64, error) {
	t.Changed = true
	r, err := t.Conn.Exec(query, args...)
	if err != nil {
		return 0, err
	}
	return r.LastInsertId()
}

// InsertNew is insert for a statement that does nothing where the row is there
// already, which entered tells.
func (t *Tx) InsertNew(query string, args ...any) (key int64, entered bool, err error) {
	t.Changed = true
	r, err := t.Conn.Exec(query, args...)
	if err != nil {
		return 0, false, err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return 0, false, err
	}
	key, err = r.LastInsertId()
	return key, true, err
}

// Query implements Querier.
func (t *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return t.Conn.Query(ctx, query, args...)
}

// Row reads one row into dest; sql.ErrNoRows when there is none.
func (t *Tx) Row(query string, args []any, dest ...any) error {
	stmt, err := t.Conn.statement(query)
	if err != nil {
		return err
	}
	return stmt.QueryRowContext(context.Background(), args...).Scan(dest...)
}

// writePragmas are the settings of the writing connection.
// Source: https://www.sqlite.org/pragma.html .
func writePragmas(goos string) []string {
	pragmas := []string{
		"journal_mode(WAL)",
		"synchronous(FULL)",
		"foreign_keys(1)",
		"temp_store(MEMORY)",
		"trusted_schema(0)",
		"cache_size(-16384)",
		"journal_size_limit(67108864)",
	}
	if goos == "darwin" {
		// A plain fsync on macOS leaves the data in the drive's cache.
		pragmas = append(pragmas, "fullfsync(1)", "checkpoint_fullfsync(1)")
	}
	return pragmas
}

// readPragmas are the settings of the reading connections.
func readPragmas() []string {
	return []string{"query_only(1)", "temp_store(MEMORY)", "trusted_schema(0)", "cache_size(-4096)"}
}
