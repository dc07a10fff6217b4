package desktop

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/gofrs/flock"

	"vastrelay/app/datadir"
)

// ErrLocked means that another copy of the program uses the folder. Its text
// is a sentence for a person.
var ErrLocked = errors.New("Vast Relay is already running with this data folder.") //nolint:revive,staticcheck // a sentence that is shown

// lockName is the file that is locked. It stays behind, empty: deleting it
// would let two copies lock two different files of the same name.
const lockName = "lock"

// FolderLock is an exclusive lock on a data folder. The system releases it when
// the process ends, however it ends. Keep it until Close: one that is forgotten
// is released by the garbage collector.
type FolderLock struct {
	file   *flock.Flock // nil where the disk takes no file; then folder alone is locked
	folder *flock.Flock // on the folder itself; nil where the system has no such lock
	path   string       // of the file that is locked, or of the folder
	info   fs.FileInfo  // of what is at path
}

// LockFolder locks dir, which must exist, without waiting. The error wraps
// ErrLocked when another copy of the program holds the lock, and is another
// one when dir cannot be locked at all.
//
// The folder itself is locked as well, on systems that can, so that deleting the
// lock file does not let a second copy in. Deleting the whole folder does, which
// the first copy notices by InPlace. If the disk is full or read-only and takes no
// lock file, the folder's lock is enough, so that the program can wait for the
// disk.
func LockFolder(dir string) (*FolderLock, error) {
	folder, err := lockItself(dir)
	if err != nil {
		return nil, err
	}
	lock, err := lockFile(dir)
	if err != nil && folder != nil && takesNoFile(err) {
		lock, err = lockOfFolder(dir)
	}
	if err != nil {
		if folder != nil {
			_ = folder.Close()
		}
		return nil, err
	}
	lock.folder = folder
	return lock, nil
}

// lockItself locks the folder; it returns nil where that is not possible, as on
// Windows and on some network file systems.
func lockItself(dir string) (*flock.Flock, error) {
	if runtime.GOOS == "windows" {
		return nil, nil
	}
	folder := flock.New(dir, flock.SetFlag(os.O_RDONLY))
	locked, err := folder.TryLock()
	switch {
	case err != nil:
		_ = folder.Close()
		return nil, nil //nolint:nilerr // the lock file is enough
	case !locked:
		_ = folder.Close()
		return nil, ErrLocked
	}
	return folder, nil
}

func lockFile(dir string) (*FolderLock, error) {
	path := filepath.Join(dir, lockName)
	// The lock opens the file by itself; OpenFile makes it, with an error that says
	// what else is at its path.
	made, err := datadir.OpenFile(path, os.O_CREATE|os.O_RDONLY)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	_ = made.Close()
	file := flock.New(path, flock.SetFlag(os.O_RDONLY|datadir.NoFollow))
	locked, err := file.TryLock()
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if !locked {
		_ = file.Close()
		return nil, ErrLocked
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	return &FolderLock{file: file, path: path, info: info}, nil
}

// lockOfFolder is the lock on dir, which the caller has locked, without a file in
// it.
func lockOfFolder(dir string) (*FolderLock, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	return &FolderLock{path: dir, info: info}, nil
}

// takesNoFile reports whether a file could not be made because the disk is full
// or read-only.
func takesNoFile(err error) bool {
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// errLockMoved means that the locked file is not at its path any more.
var errLockMoved = errors.New("the lock file was moved, replaced or deleted")

// InPlace returns an error when the locked file, or folder, is not at its path any
// more: another copy of the program could lock the one that is. It is quick and
// safe for concurrent use.
func (l *FolderLock) InPlace() error {
	if now, err := os.Stat(l.path); err != nil || !os.SameFile(now, l.info) {
		return errLockMoved
	}
	return nil
}

// Close releases the lock. A second call does nothing.
func (l *FolderLock) Close() error {
	var err error
	for _, lock := range []*flock.Flock{l.file, l.folder} {
		if lock != nil {
			err = errors.Join(err, lock.Unlock())
		}
	}
	if err != nil {
		return fmt.Errorf("unlock the data folder: %w", err)
	}
	return nil
}
