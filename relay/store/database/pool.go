package database

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

// Pool holds the connections that read. It is safe for concurrent use.
type Pool struct {
	db *sql.DB

	// life is held shared by every read from its first query to its last row,
	// and exclusively by close, which thereby waits for them.
	life   sync.RWMutex
	closed bool

	mu    sync.Mutex
	stmts map[string]*sql.Stmt // prepared at their first use
}

// NewPool returns a pool of the file at path, which *home is by the first
// read: it opens nothing before.
func NewPool(path string, home *os.FileInfo) (*Pool, error) {
	db, err := openSame(source(path, "rw", readPragmas()), path, home)
	if err != nil {
		return nil, fmt.Errorf("open the event store for reading: %w", err)
	}
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	return &Pool{db: db, stmts: make(map[string]*sql.Stmt)}, nil
}

// OpenAll makes all connections at once, each of which opens its files at its first
// read: later these may not be in their place any more, and what was accepted has
// to be posted all the same. A connection that cannot be made now is made when it
// is needed.
func (p *Pool) OpenAll(ctx context.Context) {
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

// Read runs fn, which may ask several questions; each sees the moment at which
// it is asked.
func (p *Pool) Read(fn func(Querier) error) error {
	p.life.RLock()
	defer p.life.RUnlock()
	if p.closed {
		return ErrClosed
	}
	return fn(p)
}

// Snapshot runs fn within one read transaction, so that all its queries see the
// same moment. It must be called within read.
func (p *Pool) Snapshot(ctx context.Context, fn func(Querier) error) error {
	t, err := p.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = t.Rollback() }()
	return fn(moment{t})
}

// Query implements Querier with a prepared statement, so query must be a
// constant of this package.
func (p *Pool) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := p.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

func (p *Pool) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	p.mu.Lock()
	stmt, ok := p.stmts[query]
	p.mu.Unlock()
	if ok {
		return stmt, nil
	}
	stmt, err := p.db.PrepareContext(ctx, query)
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

// moment is a Querier within a read transaction.
type moment struct{ tx *sql.Tx }

func (m moment) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return m.tx.QueryContext(ctx, query, args...)
}

// Close ends all connections after the reads that are under way.
func (p *Pool) Close() error {
	p.life.Lock()
	defer p.life.Unlock()
	p.closed = true
	var errs []error
	for _, stmt := range p.stmts {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, p.db.Close())...)
}
