package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"

	"modernc.org/sqlite"
)

// errMoved means that a file of the database is not the one that was opened.
var errMoved = errors.New("the file at this path is not the one that was opened")

// Location is where the files of a database were when they were opened. What is
// written to a file that was moved, replaced or deleted since is on no disk that
// the next start looks at.
type Location struct {
	files []locatedFile
	also  func() error // Options.InPlace; may be nil
}

// locatedFile is a path and the file that was there.
type locatedFile struct {
	path string
	info os.FileInfo
}

// Check returns errMoved when a file is not in its place any more.
func (p *Location) Check() error {
	for _, f := range p.files {
		now, err := os.Stat(f.path)
		if err != nil || !os.SameFile(now, f.info) {
			return errMoved
		}
	}
	if p.also != nil {
		if err := p.also(); err != nil {
			return fmt.Errorf("%w: %w", errMoved, err)
		}
	}
	return nil
}

// openAttempts is how often a connection is opened until the file at the path is
// the same before and after. On an overlay file system the first one that writes
// makes another file of it.
const openAttempts = 3

// sameFile is a connector whose connections all lead to one and the same file,
// which the first of them decides.
type sameFile struct {
	driver.Connector
	path string
	home *os.FileInfo // guarded by the caller: the first connection is made alone
}

// openSame returns a pool of connections, by name, to the file at path. While
// home points to nil, the first connection decides which file that is.
func openSame(name, path string, home *os.FileInfo) (*sql.DB, error) {
	connector, err := sqlite.NewConnector(name)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(sameFile{connector, path, home}), nil
}

// Connect implements driver.Connector.
func (c sameFile) Connect(ctx context.Context) (driver.Conn, error) {
	for range openAttempts {
		before, err := os.Stat(c.path)
		if err != nil && *c.home == nil {
			return nil, fmt.Errorf("look at the event store: %w", err)
		}
		if err != nil || *c.home != nil && !os.SameFile(before, *c.home) {
			return nil, errMoved
		}
		conn, err := c.Connector.Connect(ctx)
		if err != nil {
			return nil, err
		}
		after, err := os.Stat(c.path)
		if err == nil && os.SameFile(before, after) {
			if *c.home == nil {
				*c.home = after
			}
			return conn, nil
		}
		_ = conn.Close()
	}
	return nil, errMoved
}

// LocationOf notes where the files of an open database are. The log is made by the
// first transaction.
func LocationOf(path string, home os.FileInfo, also func() error) *Location {
	p := &Location{files: []locatedFile{{path, home}}, also: also}
	if log, err := os.Stat(path + "-wal"); err == nil {
		p.files = append(p.files, locatedFile{path + "-wal", log})
	}
	return p
}
