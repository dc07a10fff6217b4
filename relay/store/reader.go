package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// readers is how many reads run at once; more wait for their turn.
const readers = 4

// reader is the pool of connections that read. It is safe for concurrent use.
type reader struct {
	db *sql.DB

	mu     sync.Mutex
	stmts  map[string]*sql.Stmt // prepared lazily; nil after close
	closed bool
}

func newReader(path string) (*reader, error) {
	db, err := sql.Open(driverName, source(path, "rw", readPragmas()))
	if err != nil {
		return nil, fmt.Errorf("open the event store for reading: %w", err)
	}
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	return &reader{db: db, stmts: make(map[string]*sql.Stmt)}, nil
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
	closed := r.closed
	r.mu.Unlock()
	if closed {
		return nil, &UnavailableError{Reason: ReasonClosed, Err: errClosed}
	}
	if ok {
		return stmt, nil
	}
	stmt, err := r.db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if other, ok := r.stmts[query]; ok || r.closed {
		_ = stmt.Close()
		if r.closed {
			return nil, &UnavailableError{Reason: ReasonClosed, Err: errClosed}
		}
		return other, nil
	}
	r.stmts[query] = stmt
	return stmt, nil
}

// snapshot runs read over one connection within one read transaction, so that
// all its queries see the same moment.
func (r *reader) snapshot(ctx context.Context, read func(querier) error) error {
	r.mu.Lock()
	closed := r.closed
	r.mu.Unlock()
	if closed {
		return &UnavailableError{Reason: ReasonClosed, Err: errClosed}
	}
	t, err := r.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = t.Rollback() }()
	return read(moment{t})
}

// moment is a querier within a read transaction.
type moment struct{ tx *sql.Tx }

func (m moment) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return m.tx.QueryContext(ctx, query, args...)
}

// close ends all connections after the reads that are under way.
func (r *reader) close() error {
	r.mu.Lock()
	stmts := r.stmts
	r.stmts, r.closed = nil, true
	r.mu.Unlock()
	var errs []error
	for _, stmt := range stmts {
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
