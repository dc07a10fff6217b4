package store

import (
	"context"
	"errors"
	"os"
	"sync/atomic"

	"vastrelay/relay/store/database"
)

// connection is the writing connection, which is opened when it is needed and
// closed when it may be what is broken. It belongs to the writing goroutine, but
// for opened, and for home once that is set.
type connection struct {
	path   string
	opts   Options
	onOpen func(context.Context) // called once, when the database was opened for the first time

	conn     *database.Conn // nil when it must be opened again
	location *database.Location
	home     os.FileInfo           // the file of the database; nil until it was opened
	unopened atomic.Pointer[error] // why the database was never opened; nil once it was
}

// errNotOpened is why a database cannot be used before it was tried to open it.
var errNotOpened = &UnavailableError{Reason: ReasonOther, Err: errors.New("it is not open yet")}

// newConnection returns a connection to the database at path that is not open.
func newConnection(path string, opts Options) *connection {
	c := &connection{path: path, opts: opts}
	c.noteUnopened(errNotOpened)
	return c
}

// opened returns nil once the database was opened, and until then why it was not.
func (c *connection) opened() error {
	if err := c.unopened.Load(); err != nil {
		return *err
	}
	return nil
}

func (c *connection) noteUnopened(err error) { c.unopened.Store(&err) }

// open opens the connection and has load read what it must know. The first time,
// it makes the file and its tables ready.
func (c *connection) open(ctx context.Context, load func(database.Querier) error) error {
	first := c.home == nil
	conn, err := c.connect(ctx)
	if err == nil {
		if err = load(conn); err != nil {
			_ = conn.Close()
		}
	}
	if err != nil {
		if first {
			c.noteUnopened(database.Unavailable(database.Explain(c.path, err)))
		}
		return err
	}
	c.conn, c.location = conn, database.LocationOf(c.path, conn.Home, c.opts.InPlace)
	if first {
		c.home = conn.Home // The readers look at it from here on, and it never changes.
		c.onOpen(ctx)
		c.unopened.Store(nil)
	}
	return nil
}

func (c *connection) connect(ctx context.Context) (*database.Conn, error) {
	if c.home != nil {
		return database.Connect(ctx, c.path, c.home)
	}
	return database.Open(ctx, c.path, database.Options{
		Schema: schema(), Program: c.opts.Program, Now: c.opts.Now, OnDamaged: c.opts.OnDamaged,
	})
}

// use runs fn over the connection. After an error it leaves the connection
// without a transaction, or closes it where it may be what is broken. A full disk
// does not break a connection.
func (c *connection) use(fn func(*database.Conn) error) error {
	err := fn(c.conn)
	if err == nil {
		return nil
	}
	if undo := c.conn.Rollback(); undo != nil || database.Diagnose(err) != ReasonFull {
		_ = c.conn.Close()
		c.conn = nil
	}
	return err
}

// inPlace returns an error of ReasonMoved when what was just written is in files
// that are not in their place any more. The connection stays: it holds what was
// accepted before, which is posted all the same.
func (c *connection) inPlace() error {
	if c.location == nil {
		return nil
	}
	if err := c.location.Check(); err != nil {
		return &UnavailableError{Reason: ReasonMoved, Err: err}
	}
	return nil
}

// close closes the connection, if it is open.
func (c *connection) close() error {
	if c.conn == nil {
		return nil
	}
	return c.conn.Close()
}
