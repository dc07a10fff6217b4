package database

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// reasonUnclear is for a result code that has several causes, such as a full disk:
// Explain asks the system.
const reasonUnclear Reason = "unclear"

// codeReasons maps SQLite's result codes to reasons. An extended code that is
// not in the table has the reason of its primary code, the lowest 8 bits; a code
// that is not there either is ReasonOther.
// Source: https://www.sqlite.org/rescode.html .
func codeReasons() map[int]Reason {
	return map[int]Reason{
		// These are faults of the request.
		sqlite3.SQLITE_ERROR: "", sqlite3.SQLITE_CONSTRAINT: "", sqlite3.SQLITE_TOOBIG: "",
		sqlite3.SQLITE_MISMATCH: "", sqlite3.SQLITE_RANGE: "",

		sqlite3.SQLITE_FULL:  ReasonFull,
		sqlite3.SQLITE_NOLFS: ReasonFull, // the file cannot grow any further

		sqlite3.SQLITE_READONLY:           ReasonReadOnly, // unless it is for the file's permissions: see Explain
		sqlite3.SQLITE_READONLY_DIRECTORY: ReasonDenied,
		sqlite3.SQLITE_READONLY_DBMOVED:   ReasonMoved,

		sqlite3.SQLITE_PERM: ReasonDenied,
		sqlite3.SQLITE_AUTH: ReasonDenied,

		sqlite3.SQLITE_CORRUPT: ReasonDamaged,
		sqlite3.SQLITE_NOTADB:  ReasonDamaged,

		// Neither says why. Opening fails also without room for the log, and a write
		// also at the limit of a quota.
		sqlite3.SQLITE_IOERR:    reasonUnclear,
		sqlite3.SQLITE_CANTOPEN: reasonUnclear,

		sqlite3.SQLITE_IOERR_CORRUPTFS:  ReasonDamaged,
		sqlite3.SQLITE_IOERR_DATA:       ReasonDamaged, // a wrong checksum
		sqlite3.SQLITE_IOERR_SHORT_READ: ReasonDamaged, // the file is shorter than it says
		sqlite3.SQLITE_IOERR_NOMEM:      ReasonOther,
		sqlite3.SQLITE_CANTOPEN_ISDIR:   ReasonOther,
		sqlite3.SQLITE_CANTOPEN_SYMLINK: ReasonOther,
	}
}

// Diagnose maps a database or system error to a Reason; "" for a fault of the request
// itself.
func Diagnose(err error) Reason {
	if reason := rawReason(err); reason != reasonUnclear {
		return reason
	}
	return ReasonOther
}

// rawReason is Diagnose without asking the system: it can return reasonUnclear.
func rawReason(err error) Reason {
	if _, damaged := errors.AsType[*DamagedError](err); damaged {
		return ReasonDamaged
	}
	if errors.Is(err, errMoved) {
		return ReasonMoved
	}
	if s, ok := errors.AsType[*sqlite.Error](err); ok {
		return reasonOfCode(s.Code())
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return reasonOfErrno(errno)
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) {
		return ReasonOther
	}
	return ""
}

// reasonOfCode is the reason for a result code of SQLite.
func reasonOfCode(code int) Reason {
	reasons := codeReasons()
	for _, c := range []int{code, code & 0xff} {
		if reason, known := reasons[c]; known {
			return reason
		}
	}
	return ReasonOther
}

// reasonOfErrno is the reason for an error number of the system.
func reasonOfErrno(errno syscall.Errno) Reason {
	if reason, known := errnoReasons()[errno]; known {
		return reason
	}
	return ReasonOther
}

// wantsReplacing reports whether err says that the database itself is damaged, so that
// replacing it helps. It does not help where the file system is damaged.
func wantsReplacing(err error) bool {
	if s, ok := errors.AsType[*sqlite.Error](err); ok {
		primary := s.Code() & 0xff
		return primary == sqlite3.SQLITE_CORRUPT || primary == sqlite3.SQLITE_NOTADB
	}
	_, damaged := errors.AsType[*DamagedError](err)
	return damaged
}

// Explain is Classify for an error of the database at path. Where the error does not
// say why, Explain tries to write a file in the folder.
func Explain(path string, err error) error {
	raw := rawReason(err)
	unclear := ReasonOf(err) == "" && (raw == reasonUnclear || raw == ReasonReadOnly)
	err = Classify(err)
	u, ok := errors.AsType[*UnavailableError](err)
	if !ok || !unclear {
		return err
	}
	if reason := askSystem(path); reason != "" {
		return &UnavailableError{Reason: reason, Err: u.Err}
	}
	return err
}

// triedBytes is how much askSystem writes: more than the index of the write-ahead
// log, which is the first thing that needs room.
const triedBytes = 64 << 10

// askSystem returns why the database at path may not be written, or no file made in
// its folder; "" when both work, or for a reason that is not known.
func askSystem(path string) Reason {
	err := access(path)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = tryFolder(path)
	}
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errnoReasons()[errno]
	}
	return ""
}

// tryFolder makes, writes and syncs a file beside the database and removes it.
func tryFolder(path string) (err error) {
	name := path + ".try"
	// A crash may have left one. O_EXCL makes sure that it is no link or pipe.
	_ = os.Remove(name)
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode) //nolint:gosec // Beside the caller's own file.
	if err != nil {
		return fmt.Errorf("try the folder of %s: %w", filepath.Base(path), err)
	}
	defer func() { _ = os.Remove(name) }()
	_, err = file.Write(make([]byte, triedBytes))
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}
