package database

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"testing"

	sqlite3 "modernc.org/sqlite/lib"
)

func TestEveryResultCodeHasItsReason(t *testing.T) {
	for _, c := range []struct {
		name string
		code int
		want Reason
	}{
		{"FULL", sqlite3.SQLITE_FULL, ReasonFull},
		{"NOLFS", sqlite3.SQLITE_NOLFS, ReasonFull},
		{"READONLY", sqlite3.SQLITE_READONLY, ReasonReadOnly},
		{"READONLY_RECOVERY", sqlite3.SQLITE_READONLY_RECOVERY, ReasonReadOnly},
		{"READONLY_CANTLOCK", sqlite3.SQLITE_READONLY_CANTLOCK, ReasonReadOnly},
		{"READONLY_ROLLBACK", sqlite3.SQLITE_READONLY_ROLLBACK, ReasonReadOnly},
		{"READONLY_CANTINIT", sqlite3.SQLITE_READONLY_CANTINIT, ReasonReadOnly},
		{"READONLY_DIRECTORY", sqlite3.SQLITE_READONLY_DIRECTORY, ReasonDenied},
		{"READONLY_DBMOVED", sqlite3.SQLITE_READONLY_DBMOVED, ReasonMoved},
		{"PERM", sqlite3.SQLITE_PERM, ReasonDenied},
		{"AUTH", sqlite3.SQLITE_AUTH, ReasonDenied},
		{"CORRUPT", sqlite3.SQLITE_CORRUPT, ReasonDamaged},
		{"CORRUPT_VTAB", sqlite3.SQLITE_CORRUPT_VTAB, ReasonDamaged},
		{"CORRUPT_SEQUENCE", sqlite3.SQLITE_CORRUPT_SEQUENCE, ReasonDamaged},
		{"CORRUPT_INDEX", sqlite3.SQLITE_CORRUPT_INDEX, ReasonDamaged},
		{"NOTADB", sqlite3.SQLITE_NOTADB, ReasonDamaged},
		{"IOERR_CORRUPTFS", sqlite3.SQLITE_IOERR_CORRUPTFS, ReasonDamaged},
		{"IOERR_DATA", sqlite3.SQLITE_IOERR_DATA, ReasonDamaged},
		{"IOERR_SHORT_READ", sqlite3.SQLITE_IOERR_SHORT_READ, ReasonDamaged},
		{"IOERR", sqlite3.SQLITE_IOERR, reasonUnclear},
		{"IOERR_READ", sqlite3.SQLITE_IOERR_READ, reasonUnclear},
		{"IOERR_WRITE", sqlite3.SQLITE_IOERR_WRITE, reasonUnclear},
		{"IOERR_FSYNC", sqlite3.SQLITE_IOERR_FSYNC, reasonUnclear},
		{"IOERR_DIR_FSYNC", sqlite3.SQLITE_IOERR_DIR_FSYNC, reasonUnclear},
		{"IOERR_TRUNCATE", sqlite3.SQLITE_IOERR_TRUNCATE, reasonUnclear},
		{"IOERR_FSTAT", sqlite3.SQLITE_IOERR_FSTAT, reasonUnclear},
		{"IOERR_DELETE", sqlite3.SQLITE_IOERR_DELETE, reasonUnclear},
		{"IOERR_ACCESS", sqlite3.SQLITE_IOERR_ACCESS, reasonUnclear},
		{"IOERR_CLOSE", sqlite3.SQLITE_IOERR_CLOSE, reasonUnclear},
		{"IOERR_SHMOPEN", sqlite3.SQLITE_IOERR_SHMOPEN, reasonUnclear},
		{"IOERR_SHMSIZE", sqlite3.SQLITE_IOERR_SHMSIZE, reasonUnclear}, // 4874, which a full disk gives at the start
		{"IOERR_SHMMAP", sqlite3.SQLITE_IOERR_SHMMAP, reasonUnclear},
		{"IOERR_SEEK", sqlite3.SQLITE_IOERR_SEEK, reasonUnclear},
		{"IOERR_MMAP", sqlite3.SQLITE_IOERR_MMAP, reasonUnclear},
		{"IOERR_GETTEMPPATH", sqlite3.SQLITE_IOERR_GETTEMPPATH, reasonUnclear},
		{"IOERR_NOMEM", sqlite3.SQLITE_IOERR_NOMEM, ReasonOther},
		{"CANTOPEN", sqlite3.SQLITE_CANTOPEN, reasonUnclear},
		{"CANTOPEN_DIRTYWAL", sqlite3.SQLITE_CANTOPEN_DIRTYWAL, reasonUnclear},
		{"CANTOPEN_FULLPATH", sqlite3.SQLITE_CANTOPEN_FULLPATH, reasonUnclear},
		{"CANTOPEN_ISDIR", sqlite3.SQLITE_CANTOPEN_ISDIR, ReasonOther},
		{"CANTOPEN_SYMLINK", sqlite3.SQLITE_CANTOPEN_SYMLINK, ReasonOther},
		{"BUSY", sqlite3.SQLITE_BUSY, ReasonOther},
		{"LOCKED", sqlite3.SQLITE_LOCKED, ReasonOther},
		{"PROTOCOL", sqlite3.SQLITE_PROTOCOL, ReasonOther},
		{"NOMEM", sqlite3.SQLITE_NOMEM, ReasonOther},
		{"ERROR", sqlite3.SQLITE_ERROR, ""},
		{"CONSTRAINT", sqlite3.SQLITE_CONSTRAINT, ""},
		{"CONSTRAINT_UNIQUE", sqlite3.SQLITE_CONSTRAINT_UNIQUE, ""},
		{"TOOBIG", sqlite3.SQLITE_TOOBIG, ""},
	} {
		if got := reasonOfCode(c.code); got != c.want {
			t.Errorf("%s (%d): got %q, want %q", c.name, c.code, got, c.want)
		}
	}
}

func TestErrorNumbersOfTheSystemHaveTheirReason(t *testing.T) {
	for errno, want := range errnoReasons() {
		for name, err := range map[string]error{
			"of a path":   &fs.PathError{Op: "write", Path: "x", Err: errno},
			"of a link":   &os.LinkError{Op: "rename", Old: "x", New: "y", Err: errno},
			"of a call":   os.NewSyscallError("fsync", errno),
			"wrapped":     fmt.Errorf("create the event store: %w", &fs.PathError{Op: "open", Path: "x", Err: errno}),
			"with others": errors.Join(errors.New("first"), errno),
		} {
			if got := ReasonOf(Classify(err)); got != want {
				t.Errorf("%v %s: got %q, want %q", errno, name, got, want)
			}
		}
	}
	if got := ReasonOf(Classify(&fs.PathError{Op: "open", Path: "x", Err: syscall.EIO})); got != ReasonOther {
		t.Errorf("EIO: got %q, want %q", got, ReasonOther)
	}
}

func TestOnlyADamagedDatabaseIsReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"a check that complains":  {fmt.Errorf("check: %w", &DamagedError{Cause: "page 5"}), true},
		"a damaged file system":   {&fs.PathError{Op: "stat", Path: "x", Err: syscall.Errno(117)}, false},
		"a file that is not ours": {&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, false},
		"a moved file":            {errMoved, false},
	} {
		if got := wantsReplacing(c.err); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
