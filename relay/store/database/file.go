package database

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// fileMode is the mode of the database. SQLite gives its -wal and -shm files
// the mode of the database itself.
const fileMode fs.FileMode = 0o600

// prepareFile sees to it that path is a regular file that only its owner can
// read, and makes it before SQLite would make it with a wider mode. The files
// that SQLite keeps beside it must be regular files too: SQLite would follow a
// link, or wait at a named pipe.
func prepareFile(path string) error {
	for _, suffix := range companions() {
		if err := prepareExisting(path + suffix); err != nil {
			return err
		}
	}
	there, err := exists(path)
	if err != nil {
		return fmt.Errorf("look at the event store: %w", err)
	}
	if !there {
		return createFile(path)
	}
	return nil
}

func prepareExisting(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("look at the event store: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("look at the event store: %s is not a regular file", filepath.Base(path))
	case info.Mode().Perm()&^fileMode != 0:
		// The file is never opened and closed here: closing any descriptor of a
		// file drops every lock that this process holds on it.
		if err := os.Chmod(path, fileMode); err != nil && info.Mode().Perm()&0o002 != 0 {
			return fmt.Errorf("make the event store private: %w", err)
		}
	}
	return nil
}

func createFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, fileMode) //nolint:gosec // The caller names the file.
	if err != nil {
		return fmt.Errorf("create the event store: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("create the event store: %w", err)
	}
	syncFolder(filepath.Dir(path))
	return nil
}

// syncFolder makes names in dir durable where the system can do so. Windows
// has no such call and needs none, so its error is of no consequence.
func syncFolder(dir string) {
	d, err := os.Open(dir) //nolint:gosec // The folder is the caller's own.
	if err != nil {
		return
	}
	_ = d.Sync()
	_ = d.Close()
}

// exists reports whether path names anything.
func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// source is the driver's name for the database at the absolute path: a URI, so
// that no character of the path is taken for a parameter. mode is "rw" or
// "ro". Each pragma reads "name(value)". Source:
// https://www.sqlite.org/uri.html .
func source(path, mode string, pragmas []string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/folder becomes file:///C:/folder
	}
	query := url.Values{
		"mode":      {mode},
		"_dqs":      {"0"},
		"_error_rc": {"1"},
		"_pragma":   append([]string{"busy_timeout(5000)"}, pragmas...),
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
}
