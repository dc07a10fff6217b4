package store

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
	"vastrelay/relay/store/fulltext"
)

var _ relay.Store = (*Store)(nil)

// defaultBatch is how many requests share a transaction at most. It bounds how
// long the first of a batch waits for the others to be written.
const defaultBatch = 512

// What can be wrong with the database is told in the words of package database.
type (
	// Damage tells what Open found and did.
	Damage = database.Damage
	// NewerError says that a newer version of the program made the database.
	NewerError = database.NewerError
	// Reason says in one word why the store cannot be used.
	Reason = database.Reason
	// UnavailableError says that the store cannot be used just now, and why.
	UnavailableError = database.UnavailableError
)

// The reasons.
const (
	ReasonFull     = database.ReasonFull
	ReasonReadOnly = database.ReasonReadOnly
	ReasonDenied   = database.ReasonDenied
	ReasonDamaged  = database.ReasonDamaged
	ReasonMoved    = database.ReasonMoved
	ReasonClosed   = database.ReasonClosed
	ReasonOther    = database.ReasonOther
)

// ReasonOf returns the reason inside err, or "" when err does not mean that
// the store cannot be used.
func ReasonOf(err error) Reason { return database.ReasonOf(err) }

// Options are the choices of Open. The zero value is ready for use.
type Options struct {
	// OnDamaged is told, before Open returns, that the database was damaged
	// and set aside and that a fresh one took its place. Without it Open
	// refuses a damaged database and leaves it where it is.
	OnDamaged func(Damage)
	// OnWait has Open return a Store also where the database cannot be used just
	// now, for want of room for example, and is told why before. Until it can be
	// used, everything that is asked of the Store fails with an *UnavailableError,
	// and each write tries anew.
	OnWait func(error)
	// InPlace, when given, is asked beside the Store's own files after each sync
	// and before what it covers is reported: an error means that what is written
	// may not be found by the next start. It must be quick and safe for
	// concurrent use.
	InPlace func() error
	// Program is the version of this program, which the database remembers for
	// those that are older; empty: unknown.
	Program string
	// Now is the clock that stamps what is stored; nil means time.Now.
	Now func() time.Time
	// MaxBatch is how many requests share one transaction at most, from 1;
	// 0 means 512, or 128 where they are events that arrive. Only
	// measurements set it.
	MaxBatch int
}

// Store is the event store. Open makes one.
type Store struct {
	path    string
	writer  *writer
	reads   *reader
	indexer *fulltext.Index

	// History is what is kept of past events.
	History *History
	// Gaps is when deliveries could not arrive.
	Gaps *Gaps

	closing  sync.Once
	closeErr error
}

// Open opens the database at path, which it creates when it is missing and
// brings to the latest version otherwise. The folder must exist and be the
// caller's own. The caller must Close the store.
//
// It returns a *NewerError for a database of a newer program, and, unless
// opts.OnWait is given, an *UnavailableError when the file cannot be used. A
// damaged database is set aside if opts.OnDamaged is there to be told.
func Open(ctx context.Context, path string, opts Options) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("locate the event store: %w", err)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.MaxBatch <= 0 {
		opts.MaxBatch = defaultBatch
	}
	s := &Store{path: path}
	s.writer = newWriter(path, opts)
	pool, err := database.NewPool(path, &s.writer.connection.home)
	if err != nil {
		return nil, fmt.Errorf("open the event store: %w", err)
	}
	s.reads = &reader{path: path, pool: pool, writer: s.writer}
	s.indexer = fulltext.NewIndex(backgroundTables{s.reads})
	s.History = &History{reads: s.reads, writer: s.writer, scan: scanFirst}
	s.Gaps = &Gaps{reads: s.reads, writer: s.writer}
	s.writer.connection.onOpen = pool.OpenAll
	if err = database.Explain(path, s.writer.open(ctx)); err != nil {
		if opts.OnWait == nil || ReasonOf(err) == "" {
			_ = pool.Close()
			return nil, fmt.Errorf("open the event store: %w", err)
		}
		s.writer.disk.stored(err)
		opts.OnWait(err)
	}
	s.writer.start(s.indexer.Noticed)
	s.indexer.Start()
	return s, nil
}

// Close refuses new requests, finishes those that are under way or waiting,
// ends the writing goroutine and closes the file. It is idempotent and may be
// called from several goroutines: each returns after the store is closed, with
// the same error.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.indexer.Close()
		s.writer.stop()
		// The writing connection goes last, so that it moves the rest of the
		// write-ahead log into the database and removes the log.
		readErr := s.reads.pool.Close()
		if err := s.writer.connection.close(); err != nil {
			s.closeErr = fmt.Errorf("close the event store: %w", err)
		} else if readErr != nil {
			s.closeErr = fmt.Errorf("close the event store: %w", readErr)
		}
	})
	return s.closeErr
}
