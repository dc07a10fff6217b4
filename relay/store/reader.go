package store

import (
	"context"

	"vastrelay/relay/store/database"
)

// reader reads the tables, after what has arrived was entered into them.
type reader struct {
	path   string
	pool   *database.Pool
	writer *writer
}

// read runs fn, which may ask several questions; each sees the moment at which
// it is asked. what says in the error what was attempted. Where what has
// arrived cannot be entered just now, what is in the tables has to do.
func (r *reader) read(ctx context.Context, what string, fn func(database.Querier) error) error {
	_ = r.writer.settle(ctx)
	if err := ctx.Err(); err != nil {
		return attempted(what, err)
	}
	return r.readTables(what, fn)
}

// readTables is read without waiting for what has arrived.
func (r *reader) readTables(what string, fn func(database.Querier) error) error {
	return r.explain(what, r.pool.Read(func(q database.Querier) error {
		if err := r.writer.connection.opened(); err != nil {
			return err
		}
		return fn(q)
	}))
}

// snapshot is read within one read transaction, so that all queries of fn see
// the same moment.
func (r *reader) snapshot(ctx context.Context, what string, fn func(database.Querier) error) error {
	return r.read(ctx, what, func(database.Querier) error {
		return r.pool.Snapshot(ctx, fn)
	})
}

// explain returns err as the error of what was attempted.
func (r *reader) explain(what string, err error) error {
	if err == nil {
		return nil
	}
	err = database.Explain(r.path, err)
	database.NoteDamage(r.path, err)
	return attempted(what, err)
}

// backgroundTables is how the indexer reads and writes the tables.
type backgroundTables struct{ reads *reader }

// ReadTables implements fulltext.Tables.
func (b backgroundTables) ReadTables(what string, fn func(database.Querier) error) error {
	return b.reads.readTables(what, fn)
}

// WriteLater implements fulltext.Tables.
func (b backgroundTables) WriteLater(ctx context.Context, fn func(*database.Tx) error) error {
	return b.reads.writer.doLater(ctx, fn)
}

// Writes implements fulltext.Tables.
func (b backgroundTables) Writes() int64 { return b.reads.writer.queue.writes.Load() }
