package datadir

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// filePerm is the mode of every file that this package writes: what is in the
// data folder concerns its owner alone.
const filePerm fs.FileMode = 0o600

// ReplaceFile makes data the content of the file at path, with mode 0600,
// such that a crash or a power cut at any moment leaves either the old content
// or the new, whole. When it returns nil, the new content is on disk.
//
// The new content is first written to path with ".tmp" appended, so one file
// must not be replaced by two writers at once.
func ReplaceFile(path string, data []byte) error {
	return osSteps().replace(path, data)
}

// steps are the operations of a replacement that can fail on a full or dying
// disk. Tests make each of them fail in turn.
type steps struct {
	write   func(f *os.File, data []byte) error
	sync    func(f *os.File) error
	rename  func(from, to string) error
	syncDir func(dir string) error
}

func osSteps() steps {
	return steps{
		write:   func(f *os.File, data []byte) error { _, err := f.Write(data); return err },
		sync:    (*os.File).Sync,
		rename:  os.Rename,
		syncDir: syncFolder,
	}
}

func (s steps) replace(path string, data []byte) error {
	temp := path + ".tmp"
	if err := s.writeTemp(temp, data); err != nil {
		_ = os.Remove(temp) // It may not exist; the first error is the one to report.
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	if err := s.rename(temp, path); err != nil {
		_ = os.Remove(temp)
		return fmt.Errorf("replace %s: %w", filepath.Base(path), err)
	}
	if err := s.syncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("sync the folder of %s: %w", filepath.Base(path), err)
	}
	return nil
}

func (s steps) writeTemp(temp string, data []byte) (err error) {
	// A crash may have left one behind. Creating it anew, rather than
	// truncating, also gives it the right mode and follows no link.
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, filePerm) // #nosec G304 -- the path is the program's own
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := s.write(f, data); err != nil {
		return err
	}
	return s.sync(f)
}

// WriteWhole lets fill write the file at path, with mode 0600. The file appears
// under its name once it is whole and on disk; until then, and after an error of
// fill, there is what was there before. A link is replaced, not followed; a folder, a
// device, and a link to either, such as /dev/stdout, is refused with a *NotRegularError.
//
// The content is first written to path with ".part" appended, so one file must not
// be written by two at once.
func WriteWhole(path string, fill func(io.Writer) error) (err error) {
	if info, err := os.Stat(path); err == nil {
		if err := checkRegular(path, info); err != nil {
			return err
		}
	}
	// What a process has open is no place for another file, see proc_pid_fd(5).
	if target, err := os.Readlink(path); err == nil && strings.HasPrefix(target, "/proc/") {
		return &NotRegularError{Name: filepath.Base(path), Kind: "a symbolic link"}
	}
	part := path + ".part"
	f, err := OpenFile(part, os.O_WRONLY|os.O_CREATE)
	if err != nil {
		return fmt.Errorf("create the file: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part)
		}
	}()
	if err := f.Truncate(0); err != nil { // an earlier one may have been killed
		return errors.Join(fmt.Errorf("create the file: %w", err), f.Close())
	}
	if err := errors.Join(fill(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("name the file: %w", err)
	}
	return nil
}

// SetAside renames the file at path to the first free one of path.damaged,
// path.damaged-2, path.damaged-3 and so on, and returns the new path. Nothing
// is ever overwritten.
func SetAside(path string) (aside string, err error) {
	for n := 1; n <= 1000; n++ {
		aside = path + ".damaged"
		if n > 1 {
			aside += "-" + strconv.Itoa(n)
		}
		if _, err := os.Lstat(aside); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("set %s aside: %w", filepath.Base(path), err)
		}
		if err := os.Rename(path, aside); err != nil {
			return "", fmt.Errorf("set %s aside: %w", filepath.Base(path), err)
		}
		return aside, syncFolder(filepath.Dir(path))
	}
	return "", fmt.Errorf("set %s aside: too many damaged copies beside it", filepath.Base(path))
}
