package desktop

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"vastrelay/app/config"
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
type FolderLock struct{ file *flock.Flock }

// LockFolder locks dir, which must exist, without waiting. The error wraps
// ErrLocked when another copy of the program holds the lock, and is another
// one when dir cannot be locked at all.
func LockFolder(dir string) (*FolderLock, error) {
	path := filepath.Join(dir, lockName)
	// The lock opens the file by itself; this makes it, and says what is in its way.
	made, err := config.OpenFile(path, os.O_CREATE|os.O_RDONLY)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	_ = made.Close()
	file := flock.New(path, flock.SetFlag(os.O_RDONLY|config.NoFollow))
	locked, err := file.TryLock()
	if err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if !locked {
		_ = file.Close()
		return nil, ErrLocked
	}
	return &FolderLock{file: file}, nil
}

// Close releases the lock. A second call does nothing.
func (l *FolderLock) Close() error {
	if err := l.file.Unlock(); err != nil {
		return fmt.Errorf("unlock the data folder: %w", err)
	}
	return nil
}
