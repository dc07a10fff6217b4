package datadir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
)

// maxFile bounds what Load reads. The files of this program are a few KiB; a
// larger one is not ours.
const maxFile = 1 << 20

// CopySuffix makes the name of the last good copy of a file.
const CopySuffix = ".last-good"

// File keeps one value of type T as a JSON file with mode 0600 that is only
// ever replaced whole, and beside it a copy of the same content, from which the
// value is read when the file is damaged or gone. T must marshal to a JSON
// object or array. A T that has a method Check() error uses it to refuse JSON
// that could be decoded and is still not of its kind.
//
// What a newer version of the program added to the file is kept as far as T
// keeps it: see Unknown.
type File[T any] struct {
	// Complete ends the decoding of a value; nil does nothing. It is set before the
	// first Load.
	Complete func(*T) error

	path string
	mu   sync.Mutex
}

// NewFile returns the file at path. Nothing is touched before Load or Save.
func NewFile[T any](path string) *File[T] { return &File[T]{path: path} }

// DamagedError says that a file was damaged or gone although there was one. A
// damaged file was set aside untouched, so that nothing in it is lost.
type DamagedError struct {
	Path     string // where the file was
	Aside    string // where it is now; empty when it was gone
	Restored bool   // the value that came with this error is the last good copy
	Err      error  // what is wrong with the file
	Content  []byte // what could be read of the file and its copy, for rescuing single fields
}

// ErrGone is the cause when a file does not exist although it should.
var ErrGone = errors.New("the file is gone")

// Error names the file, what is wrong with it, where it is now and what is used
// in its place.
func (e *DamagedError) Error() string {
	text := filepath.Base(e.Path) + " is damaged"
	if e.Aside != "" {
		text += " and was set aside as " + filepath.Base(e.Aside)
	}
	if text += ": " + e.Err.Error(); e.Restored {
		text += "; its last good copy is used"
	}
	return text
}

// Unwrap returns what is wrong with the file.
func (e *DamagedError) Unwrap() error { return e.Err }

// Load reads the value. If neither the file nor its copy exists, it returns the
// zero value.
//
// A file that is not JSON for T is set aside, and Load returns the last good copy,
// or else the zero value, with a *DamagedError. It does the same for a file that
// is gone while its copy exists. Nothing is written in the file's place before
// the next Save, so that a crash in between leads to the same error again. Any
// other error means that the file could not be read or set aside, and is still
// there.
func (f *File[T]) Load() (T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	file, err := f.read(f.path)
	if err != nil {
		var zero T
		return zero, err
	}
	spare, err := f.read(f.copyPath())
	if err != nil {
		if errors.Is(err, fs.ErrPermission) && !file.sound() {
			var zero T
			return zero, err // it holds the value, and may be readable again
		}
		spare = contentOf[T]{damage: err} // any other copy that cannot be read counts as none
		if _, odd := errors.AsType[*NotRegularError](err); odd {
			_, _ = SetAside(f.copyPath()) // A folder there would keep every Save from replacing it.
		}
	}
	switch {
	case file.sound():
		f.renewCopy(file.data, spare.data)
		return file.value, nil
	case spare.absent && (file.absent || file.decoded):
		// Nothing was ever saved: there is no file, or one that a person wrote.
		return file.value, nil
	}
	return f.restore(file, spare)
}

// restore sets aside what is damaged and returns the last good copy, if there
// is one.
func (f *File[T]) restore(file, spare contentOf[T]) (T, error) {
	var zero T
	damaged := &DamagedError{Path: f.path, Err: file.damage, Restored: spare.sound(), Content: slices.Concat(file.data, spare.data)}
	if file.absent {
		damaged.Err = ErrGone
	} else {
		aside, err := SetAside(f.path)
		if err != nil {
			return zero, fmt.Errorf("%s is damaged: %w: %w", filepath.Base(f.path), file.damage, err)
		}
		damaged.Aside = aside
	}
	if damaged.Restored {
		return spare.value, damaged
	}
	if !spare.absent {
		// The next Save replaces it in any case.
		_, _ = SetAside(f.copyPath())
	}
	return zero, damaged
}

// renewCopy makes the copy hold what the file holds. They differ after a crash
// between the two, after a person has edited the file, and where an earlier
// version of the program wrote it. Without room for the copy the next Load tries
// again; the file itself is sound.
func (f *File[T]) renewCopy(file, spare []byte) {
	if !bytes.Equal(file, spare) {
		_ = ReplaceFile(f.copyPath(), file)
	}
}

// Save writes v to the copy and then to the file, so that no removed value is left
// in either. When it returns nil, v is on disk in both. After an error the file
// holds the old value or, if only the last sync failed, v.
func (f *File[T]) Save(v T) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", filepath.Base(f.path), err)
	}
	data = append(data, '\n')
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := ReplaceFile(f.copyPath(), data); err != nil {
		return err
	}
	return ReplaceFile(f.path, data)
}

func (f *File[T]) copyPath() string { return f.path + CopySuffix }

// contentOf is the result of reading one path.
type contentOf[T any] struct {
	data    []byte
	value   T
	absent  bool  // there is no file
	decoded bool  // value was decoded, also if it is not of its kind
	damage  error // why there is no value, or why it is not of its kind
}

func (c contentOf[T]) sound() bool { return c.decoded && c.damage == nil }

// read reads and decodes what is at path. The error means that it is there and
// could not be read.
func (f *File[T]) read(path string) (c contentOf[T], err error) {
	c.data, err = readBounded(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.absent = true
		return c, nil
	case errors.Is(err, errTooLarge):
		c.damage = err
		return c, nil
	case err != nil:
		return c, fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	var v T
	if c.damage = decodeWhole(c.data, &v); c.damage == nil && f.Complete != nil {
		c.damage = f.Complete(&v)
	}
	if c.damage != nil {
		return c, nil
	}
	c.value, c.decoded = v, true
	if checker, ok := any(v).(interface{ Check() error }); ok {
		c.damage = checker.Check()
	}
	return c, nil
}

var errTooLarge = errors.New("larger than 1 MiB")

// readBounded reads at most maxFile bytes; of a larger file it returns the
// beginning with errTooLarge.
func readBounded(path string) ([]byte, error) {
	data, err := ReadFile(path, maxFile+1)
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return data[:maxFile], errTooLarge
	}
	return data, nil
}

// byteOrderMark is what some editors of Windows put before a text in UTF-8.
const byteOrderMark = "\xef\xbb\xbf"

// decodeWhole decodes data, which must be exactly one JSON object or array.
func decodeWhole(data []byte, v any) error {
	trimmed := bytes.TrimSpace(bytes.TrimPrefix(data, []byte(byteOrderMark)))
	if len(trimmed) == 0 {
		return errors.New("empty")
	}
	if trimmed[0] != '{' && trimmed[0] != '[' {
		return errors.New("neither a JSON object nor a JSON array")
	}
	return json.Unmarshal(trimmed, v)
}
