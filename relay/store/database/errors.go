package database

import (
	"context"
	"errors"
	"fmt"

	"vastrelay/relay"
)

// Reason says in one word why the store cannot be used.
type Reason string

// The reasons.
const (
	ReasonFull     Reason = "full"      // the disk, or the room allowed to the database, is used up
	ReasonReadOnly Reason = "read_only" // the file or its file system is read-only
	ReasonDenied   Reason = "denied"    // the system gives this process no permission
	ReasonDamaged  Reason = "damaged"   // the file is not, or no longer, a sound database
	ReasonMoved    Reason = "moved"     // the file that is open is not the one at its path any more
	ReasonClosed   Reason = "closed"    // Close was called
	ReasonOther    Reason = "other"     // input/output error, missing folder, locked by another program
)

// ErrNewer is wrapped by NewerError.
var ErrNewer = errors.New("the event store was made by a newer version of this program")

// NewerError says that a newer version of the program made the database. The
// file is left as it is.
type NewerError struct {
	Program string // the version of the program; empty when the database does not say
	Schema  int    // the version of its tables
	known   int    // the newest version that this program knows
}

// Error names both versions of the tables.
func (e *NewerError) Error() string {
	return fmt.Sprintf("%v: its tables have version %d, the newest one known here is %d", ErrNewer, e.Schema, e.known)
}

// Unwrap returns ErrNewer.
func (e *NewerError) Unwrap() error { return ErrNewer }

// ErrClosed is the cause inside an UnavailableError after Close.
var ErrClosed = errors.New("the store is closed")

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

// Classify wraps err in an UnavailableError when it tells of the store rather
// than of the request, and returns it as it is otherwise.
func Classify(err error) error {
	if err == nil || ReasonOf(err) != "" ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, ErrClosed) {
		return &UnavailableError{Reason: ReasonClosed, Err: ErrClosed}
	}
	if reason := Diagnose(err); reason != "" {
		return &UnavailableError{Reason: reason, Err: err}
	}
	return err
}

// Unavailable is classify for an error that certainly tells of the store.
func Unavailable(err error) error {
	if err = Classify(err); ReasonOf(err) != "" {
		return err
	}
	return &UnavailableError{Reason: ReasonOther, Err: err}
}
