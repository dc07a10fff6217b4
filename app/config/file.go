package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// maxFile bounds what Load reads. The files of this program are a few KiB; a
// larger one is not ours.
const maxFile = 1 << 20

// File keeps one value of type T as a JSON file with mode 0600 that is only
// ever replaced whole. T must marshal to a JSON object or array.
//
// Fields of the file that T does not know are ignored by Load and dropped by
// the next Save: after going back to an older version, what only the newer
// one knew is forgotten.
type File[T any] struct {
	path string
	mu   sync.Mutex
}

// NewFile returns the file at path. Nothing is touched before Load or Save.
func NewFile[T any](path string) *File[T] { return &File[T]{path: path} }

// DamagedError says that a file could not be understood and was set aside
// untouched, so that nothing in it is lost.
type DamagedError struct {
	Path  string // where the file was
	Aside string // where it is now; empty when it could not be moved
	Err   error  // what is wrong with it

	content []byte // what could be read, for rescuing single fields
}

// Error names the file, what is wrong with it and where it is now.
func (e *DamagedError) Error() string {
	if e.Aside == "" {
		return fmt.Sprintf("%s is damaged: %v", filepath.Base(e.Path), e.Err)
	}
	return fmt.Sprintf("%s is damaged and was set aside as %s: %v", filepath.Base(e.Path), filepath.Base(e.Aside), e.Err)
}

// Unwrap returns what is wrong with the file.
func (e *DamagedError) Unwrap() error { return e.Err }

// Load reads the value. A file that does not exist yields the zero value. One
// that is not a JSON object or array for T is set aside and yields the zero
// value with a *DamagedError. Any other error means that the file could not be
// read, or not be set aside, and that it is still in its place.
func (f *File[T]) Load() (T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var zero T
	data, err := readBounded(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return zero, nil
	}
	if err == nil {
		var v T
		if err = decodeWhole(data, &v); err == nil {
			return v, nil
		}
	} else if !errors.Is(err, errTooLarge) {
		return zero, fmt.Errorf("read %s: %w", filepath.Base(f.path), err)
	}
	damaged := &DamagedError{Path: f.path, Err: err, content: data}
	aside, err := SetAside(f.path)
	if err != nil {
		return zero, errors.Join(damaged, err)
	}
	damaged.Aside = aside
	return zero, damaged
}

// Save writes v. When it returns nil, v is on disk; after an error the file
// holds what it held before or, if only the last sync failed, v.
func (f *File[T]) Save(v T) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", filepath.Base(f.path), err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return ReplaceFile(f.path, append(data, '\n'))
}

var errTooLarge = errors.New("larger than 1 MiB")

// readBounded reads at most maxFile bytes; of a larger file it returns the
// beginning with errTooLarge.
func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path) // #nosec G304 -- the path is the program's own
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return data[:maxFile], errTooLarge
	}
	return data, nil
}

// decodeWhole decodes data, which must be exactly one JSON object or array.
func decodeWhole(data []byte, v any) error {
	trimmed := bytes.TrimSpace(data)
	if len(trimmed) == 0 {
		return errors.New("empty")
	}
	if trimmed[0] != '{' && trimmed[0] != '[' {
		return errors.New("neither a JSON object nor a JSON array")
	}
	return json.Unmarshal(trimmed, v)
}
