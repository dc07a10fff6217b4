package datadir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
)

// NotRegularError says that a path of the program is not a regular file: opening
// it could block for ever, or open a file of another user.
type NotRegularError struct {
	Name string // of the file, without its folder
	Kind string // what is at the path, "a symbolic link"
}

// Error reads "settings.json is a named pipe, not a regular file".
func (e *NotRegularError) Error() string { return e.Name + " is " + e.Kind + ", not a regular file" }

// openTries is how often OpenFile looks again at a name that changed between
// looking and opening.
const openTries = 3

// OpenFile opens a file in the data folder with the flags of os.OpenFile, and
// makes it 0600. It opens regular files only and follows no link: for anything
// else it returns a *NotRegularError at once, and has opened and made nothing.
func OpenFile(path string, flag int) (*os.File, error) {
	err := errors.New("it is replaced again and again")
	for range openTries {
		var f *os.File
		f, err = openOnce(path, flag)
		if err == nil || !errors.Is(err, errChanged) {
			return f, err
		}
	}
	return nil, &fs.PathError{Op: "open", Path: path, Err: err}
}

var errChanged = errors.New("the file was replaced while it was opened")

func openOnce(path string, flag int) (*os.File, error) {
	before, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) && flag&os.O_CREATE != 0 {
		f, err := os.OpenFile(path, flag|os.O_EXCL, filePerm) // #nosec G304 -- the path is the program's own
		if errors.Is(err, fs.ErrExist) {
			return nil, errChanged
		}
		return f, err
	}
	if err != nil {
		return nil, err
	}
	if err := checkRegular(path, before); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, flag&^os.O_CREATE|NoFollow, 0) // #nosec G304 -- the path is the program's own
	if err != nil {
		if now, lookErr := os.Lstat(path); lookErr != nil || !os.SameFile(before, now) {
			return nil, errChanged
		}
		return nil, err
	}
	after, err := f.Stat()
	if err == nil && !os.SameFile(before, after) {
		err = errChanged
	}
	if err == nil {
		err = makePrivate(f, after)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// checkRegular returns a *NotRegularError unless info is that of a regular file.
func checkRegular(path string, info fs.FileInfo) error {
	if info.Mode().IsRegular() {
		return nil
	}
	kind := "a device"
	switch info.Mode().Type() {
	case fs.ModeDir:
		kind = "a folder"
	case fs.ModeSymlink:
		kind = "a symbolic link"
	case fs.ModeNamedPipe:
		kind = "a named pipe"
	case fs.ModeSocket:
		kind = "a socket"
	}
	return &NotRegularError{Name: filepath.Base(path), Kind: kind}
}

// makePrivate takes all access to f from everyone but its owner. In a shared
// folder f may belong to somebody else, and some file systems know no modes;
// that is an error only where anybody could write to f.
func makePrivate(f *os.File, info fs.FileInfo) error {
	mode := info.Mode().Perm()
	if runtime.GOOS == "windows" || mode&^filePerm == 0 { // Windows has no such modes
		return nil
	}
	if err := f.Chmod(filePerm); err != nil && mode&0o002 != 0 {
		return fmt.Errorf("take the right to write to %s from everyone: %w", filepath.Base(f.Name()), err)
	}
	return nil
}

// ReadFile reads the program's own file at path, limit bytes of it at most. See
// OpenFile.
func ReadFile(path string, limit int64) ([]byte, error) {
	f, err := OpenFile(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, limit))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return data, nil
}

// lockName is the file that says that the folder is in use.
const lockName = "lock"

// neededFiles are the files in the data folder that the program does not start
// with unless it can use them, each with how it uses it: what is only replaced
// whole need not be writable. privateFiles match the names of all files that it
// keeps there, older copies included; see path.Match.
var (
	neededFiles = []struct {
		name string
		flag int // of os.OpenFile
	}{
		{lockName, os.O_RDONLY},
		{"settings.json", os.O_RDONLY},
		{"webhooks.json", os.O_RDONLY},
		{"proofs.json", os.O_RDONLY},
		{"events.db", os.O_RDWR},
		{"events.db-wal", os.O_RDWR},
		{"events.db-shm", os.O_RDWR},
		{"events.db-journal", os.O_RDWR},
	}
	privateFiles = []string{
		lockName, "settings.json*", "webhooks.json*", "proofs.json*", "secrets.sealed*", "events.db*",
		"reachable.txt", "vastrelay.log", "vastrelay-*.log", "crash.log", "crash-*.log", "running.json", "updates.json*",
	}
)

// Secure makes the program's files in dir 0600, older copies included. It
// returns a *NotRegularError when something else stands in the place of a file
// that the program needs, and an error that wraps fs.ErrPermission when the
// system keeps such a file from this user. Call it before the store opens:
// closing a file drops the locks that this process holds on it.
func Secure(dir string) error {
	for _, file := range neededFiles {
		if err := checkUsable(filepath.Join(dir, file.name), file.flag); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list the data folder: %w", err)
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() || !matchesAny(entry.Name(), privateFiles) {
			continue
		}
		// the part that needs a file reports that it cannot be opened
		if f, err := OpenFile(filepath.Join(dir, entry.Name()), os.O_RDONLY); err == nil {
			_ = f.Close()
		}
	}
	return nil
}

// checkUsable opens the file at path, or its last good copy where it is gone, and
// closes it again. It returns only errors that stay until a person has acted: the
// part that needs the file waits for the others to pass.
func checkUsable(path string, flag int) error {
	f, err := OpenFile(path, flag)
	if errors.Is(err, fs.ErrNotExist) {
		if f, err = OpenFile(path+CopySuffix, flag); !errors.Is(err, fs.ErrPermission) {
			err = nil // File.Load does without any other copy
		}
	}
	if f != nil {
		_ = f.Close()
	}
	if _, odd := errors.AsType[*NotRegularError](err); odd || errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

func matchesAny(name string, patterns []string) bool {
	for _, pattern := range patterns {
		if ok, err := path.Match(pattern, name); err == nil && ok {
			return true
		}
	}
	return false
}

// Erase deletes the program's files in dir, older copies included, but for the lock,
// which its holder still has. What else lies there is left alone.
func Erase(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list the data folder: %w", err)
	}
	var errs []error
	for _, entry := range entries {
		if name := entry.Name(); name != lockName && matchesAny(name, append([]string{"window.json*", "socket"}, privateFiles...)) && !entry.IsDir() {
			errs = append(errs, os.Remove(filepath.Join(dir, name)))
		}
	}
	return errors.Join(errs...)
}

// RemoveEmptied deletes the lock, which nobody holds any more, and dir, if nothing
// else lies there.
func RemoveEmptied(dir string) error {
	if err := os.Remove(filepath.Join(dir, lockName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_ = os.Remove(dir) // somebody else's files keep it
	return nil
}
