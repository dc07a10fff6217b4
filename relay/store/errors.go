package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io/fs"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"vastrelay/relay"
)

// Reason says in one word why the store cannot be used.
type Reason string

// The reasons.
const (
	ReasonFull     Reason = "full"      // the disk, or the room allowed to the database, is used up
	ReasonReadOnly Reason = "read_only" // the file or its file system is read-only
	ReasonDamaged  Reason = "damaged"   // the file is not, or no longer, a sound database
	ReasonClosed   Reason = "closed"    // Close was called
	ReasonOther    Reason = "other"     // input/output error, missing folder, no permission, locked by another program
)

// Sentence says what is wrong, for a person; empty for the empty Reason.
func (r Reason) Sentence() string {
	switch r {
	case ReasonFull:
		return "The disk is full, so events cannot be stored."
	case ReasonReadOnly:
		return "The event store is read-only, so events cannot be stored."
	case ReasonDamaged:
		return "The event store is damaged, so events cannot be stored."
	case ReasonClosed:
		return "The event store is closed."
	case ReasonOther:
		return "The event store cannot be reached on the disk."
	default:
		return ""
	}
}

// ErrNewer means that a newer version of the program wrote the database. The
// file is left as it is.
var ErrNewer = errors.New("the event store was written by a newer version of this program")

// errClosed is the cause inside an UnavailableError after Close.
var errClosed = errors.New("the store is closed")

// UnavailableError says that the store cannot be used just now, and why. It
// wraps relay.ErrStoreUnavailable and its cause.
type UnavailableError struct {
	Reason Reason
	Err    error // the cause, as the database or the system names it
}

// Error reads "the event store cannot be written (full): cause".
func (e *UnavailableError) Error() string {
	return relay.ErrStoreUnavailable.Error() + " (" + string(e.Reason) + "): " + e.Err.Error()
}

// Unwrap yields relay.ErrStoreUnavailable and the cause.
func (e *UnavailableError) Unwrap() []error { return []error{relay.ErrStoreUnavailable, e.Err} }

// ReasonOf returns the reason inside err, or "" when err does not mean that
// the store cannot be used.
func ReasonOf(err error) Reason {
	var u *UnavailableError
	if errors.As(err, &u) {
		return u.Reason
	}
	return ""
}

// classify wraps err in an UnavailableError when it tells of the store rather
// than of the request, and returns it as it is otherwise.
func classify(err error) error {
	if err == nil || ReasonOf(err) != "" ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, errClosed) {
		return &UnavailableError{Reason: ReasonClosed, Err: errClosed}
	}
	if reason := reasonFor(err); reason != "" {
		return &UnavailableError{Reason: reason, Err: err}
	}
	return err
}

// unavailable is classify for an error that certainly tells of the store.
func unavailable(err error) error {
	if err = classify(err); ReasonOf(err) != "" {
		return err
	}
	return &UnavailableError{Reason: ReasonOther, Err: err}
}

// reasonFor maps a database or system error to a Reason; "" when only the
// request is to blame. Result codes: https://www.sqlite.org/rescode.html .
func reasonFor(err error) Reason {
	var damaged *damagedError
	if errors.As(err, &damaged) {
		return ReasonDamaged
	}
	var s *sqlite.Error
	if !errors.As(err, &s) {
		var path *fs.PathError
		if errors.As(err, &path) || errors.Is(err, driver.ErrBadConn) ||
			errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) {
			return ReasonOther
		}
		return ""
	}
	switch s.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return ReasonFull
	case sqlite3.SQLITE_READONLY:
		return ReasonReadOnly
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return ReasonDamaged
	case sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG,
		sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE:
		return ""
	default:
		return ReasonOther
	}
}
