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

// pool holds the connections that read. It is safe for concurrent use.
type pool struct {
	db *sql.DB

	// life is held shared by every read from its first query to its last row,
	// and exclusively by close, which thereby waits for them.
	life   sync.RWMutex
	closed bool

	mu    sync.Mutex
	stmts map[string]*sql.Stmt // prepared at their first use
}

// newPool returns a pool of the file at path, which *home is by the first
// read: it opens nothing before.
func newPool(path string, home *os.FileInfo) (*pool, error) {
	db, err := openSame(source(path, "rw", readPragmas()), path, home)
	if err != nil {
		return nil, fmt.Errorf("open the event store for reading: %w", err)
	}
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	return &pool{db: db, stmts: make(map[string]*sql.Stmt)}, nil
}

// open makes all connections at once, each of which opens its files at its first
// read: later these may not be in their place any more, and what was accepted has
// to be posted all the same. A connection that cannot be made now is made when it
// is needed.
func (p *pool) open(ctx context.Context) {
	var all []*sql.Conn
	defer func() {
		for _, conn := range all {
			_ = conn.Close() // To the pool, now that all are there.
		}
	}()
	for range readers {
		conn, err := p.db.Conn(ctx)
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
// it is asked.
func (p *pool) read(fn func(querier) error) error {
	p.life.RLock()
	defer p.life.RUnlock()
	if p.closed {
		return errClosed
	}
	return fn(p)
}

// snapshot runs fn within one read transaction, so that all its queries see the
// same moment. It must be called within read.
func (p *pool) snapshot(ctx context.Context, fn func(querier) error) error {
	t, err := p.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = t.Rollback() }()
	return fn(moment{t})
}

// query implements querier with a prepared statement, so query must be a
// constant of this package.
func (p *pool) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := p.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (p *pool) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	p.mu.Lock()
	stmt, ok := p.stmts[query]
	p.mu.Unlock()
	if ok {
		return stmt, nil
	}
	stmt, err := p.db.PrepareContext(ctx, query) //nolint:gosec // Queries are constants of this package.
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if other, ok := p.stmts[query]; ok {
		_ = stmt.Close()
		return other, nil
	}
	p.stmts[query] = stmt
	return stmt, nil
}

// moment is a querier within a read transaction.
type moment struct{ tx *sql.Tx }

func (m moment) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return m.tx.QueryContext(ctx, query, args...) //nolint:gosec // As above.
}

// close ends all connections after the reads that are under way.
func (p *pool) close() error {
	p.life.Lock()
	defer p.life.Unlock()
	p.closed = true
	var errs []error
	for _, stmt := range p.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, p.db.Close())...)
}
