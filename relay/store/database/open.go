package database

import (
	"context"
	"time"
)

// Schema says which tables a database has, and how older versions of it become
// the latest one.
type Schema struct {
	// Steps are the migrations: Steps[i] brings a database from version i to
	// version i+1. A released step is never changed; a new one is appended.
	Steps []string
	// Tables are what is copied out of a damaged database, in this order, and
	// Repair the statements that make the copy consistent afterwards.
	Tables []Table
	Repair []string
}

// Table is a table that is copied out of a damaged database.
type Table struct {
	Name  string
	Order string // the columns that put its rows in order
	// Later says that the first version of the schema did not have it.
	Later bool
	// Former selects from an older version what the rows of the table hold, in
	// the order of its columns; empty: older versions had nothing like it.
	Former string
}

// Latest is the version that the steps lead to.
func (s Schema) Latest() int { return len(s.Steps) }

// Options are the choices of Open.
type Options struct {
	Schema  Schema
	Program string           // the version of this program, which the database remembers; empty: unknown
	Now     func() time.Time // the clock
	// OnDamaged is told that a damaged database was set aside and replaced.
	// Without it a damaged database is refused and left where it is.
	OnDamaged func(Damage)
}

// Open opens the writing connection of the database at path, which it
// creates when it is missing, brings to the latest version otherwise, and
// replaces when it is damaged and o.OnDamaged is there to be told. It returns a
// *NewerError for a database of a newer program.
func Open(ctx context.Context, path string, o Options) (*Conn, error) {
	first, err := o.connectSound(ctx, path)
	if !wantsReplacing(err) || o.OnDamaged == nil {
		return first, err
	}
	// Once begun, replacing is not given up halfway because a start is.
	ctx = context.WithoutCancel(ctx)
	damage, err := replace(ctx, path, o.Schema, err, o.Now())
	if err != nil {
		return nil, err
	}
	first, err = o.connectSound(ctx, path)
	o.OnDamaged(damage)
	return first, err
}

// connectSound opens the writing connection of the database at path, creates
// or migrates its tables, and proves as far as is quick that it is sound.
func (o Options) connectSound(ctx context.Context, path string) (*Conn, error) {
	if err := finishReplacing(path, o.Now()); err != nil {
		return nil, err
	}
	if err := strayLog(path); err != nil {
		return nil, err
	}
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	if err := checkVersion(ctx, path, o.Schema.Latest()); err != nil {
		return nil, err
	}
	conn, err := Connect(ctx, path, nil)
	if err != nil {
		return nil, err
	}
	if err := o.makeReady(ctx, path, conn); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// makeReady checks the database behind conn and brings it to the latest version.
func (o Options) makeReady(ctx context.Context, path string, conn *Conn) error {
	if err := checkSound(ctx, path, conn.conn); err != nil {
		return err
	}
	if err := migrate(ctx, conn.conn, o.Schema); err != nil {
		return err
	}
	return noteProgram(ctx, conn.conn, o.Program, o.Now())
}
