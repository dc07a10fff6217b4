package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
)

// readers is how many reads run at once; more wait for their turn.
const readers = 4

// reader is the pool of connections that read. It is safe for concurrent use.
type reader struct {
	db *sql.DB

	// life is held shared by every read from its first query to its last row,
	// and exclusively by close, which thereby waits for them.
	life   sync.RWMutex
	closed bool

	mu    sync.Mutex
	stmts map[string]*sql.Stmt // prepared at their first use
}

// newReader returns a reader of the file at path, which *home is by the first
// read: it opens nothing before.
func newReader(path string, home *os.FileInfo) (*reader, error) {
	db, err := openSame(source(path, "rw", readPragmas()), path, home)
	if err != nil {
		return nil, fmt.Errorf("open the event store for reading: %w", err)
	}
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	return &reader{db: db, stmts: make(map[string]*sql.Stmt)}, nil
}

// open makes all connections at once, each of which opens its files at its first
// read: later these may not be in their place any more, and what was accepted has
// to be posted all the same. A connection that cannot be made now is made when it
// is needed.
func (r *reader) open(ctx context.Context) {
	var all []*sql.Conn
	defer func() {
		for _, conn := range all {
			_ = conn.Close() // To the pool, now that all are there.
		}
	}()
	for range readers {
		conn, err := r.db.Conn(ctx)
		if err != nil {
			return
		}
		all = append(all, conn)
		if _, err := versionOf(ctx, conn); err != nil {
			return
		}
	}
}

// read runs fn, which may ask several questions; each sees the moment at which
// it is asked. what says in the error what was attempted. Where what has
// arrived cannot be entered just now, what is in the tables has to do.
func (s *Store) read(ctx context.Context, what string, fn func(querier) error) error {
	_ = s.writer.settle(ctx)
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return s.readTables(what, fn)
}

// readTables is read without waiting for what has arrived.
func (s *Store) readTables(what string, fn func(querier) error) error {
	r := s.reader
	r.life.RLock()
	defer r.life.RUnlock()
	err := s.writer.opened()
	switch {
	case r.closed:
		err = errClosed
	case err == nil:
		err = fn(r)
	}
	if err == nil {
		return nil
	}
	err = explain(s.path, err)
	s.suspect(err)
	return fmt.Errorf("%s: %w", what, err)
}

// snapshot is read within one read transaction, so that all queries of fn see
// the same moment.
func (s *Store) snapshot(ctx context.Context, what string, fn func(querier) error) error {
	return s.read(ctx, what, func(querier) error {
		t, err := s.reader.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer func() { _ = t.Rollback() }()
		return fn(moment{t})
	})
}

// query implements querier with a prepared statement, so query must be a
// constant of this package.
func (r *reader) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := r.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (r *reader) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	r.mu.Lock()
	stmt, ok := r.stmts[query]
	r.mu.Unlock()
	if ok {
		return stmt, nil
	}
	stmt, err := r.db.PrepareContext(ctx, query) //nolint:gosec // Queries are constants of this package.
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if other, ok := r.stmts[query]; ok {
		_ = stmt.Close()
		return other, nil
	}
	r.stmts[query] = stmt
	return stmt, nil
}

// moment is a querier within a read transaction.
type moment struct{ tx *sql.Tx }

func (m moment) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return m.tx.QueryContext(ctx, query, args...) //nolint:gosec // As above.
}

// close ends all connections after the reads that are under way.
func (r *reader) close() error {
	r.life.Lock()
	defer r.life.Unlock()
	r.closed = true
	var errs []error
	for _, stmt := range r.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, r.db.Close())...)
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
