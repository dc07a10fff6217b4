//go:build unix && !darwin

package autostart

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// maxEntry bounds what is read of an entry, in bytes.
const maxEntry = 64 << 10

// read reads the first entry of our name, in the order in which desktops do.
func (l *Login) read(context.Context) found {
	for _, folder := range configFolders(l.o.Getenv) {
		if folder == "" {
			continue
		}
		path := filepath.Join(folder, "autostart", entryName)
		if f := l.readFile(path); f.exists || f.err != nil {
			return f
		}
	}
	return found{}
}

// readFile reads the entry at path.
func (l *Login) readFile(path string) found {
	f := found{where: path}
	content, err := readEntry(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f
	case err != nil:
		f.err = err
		return f
	}
	e, err := parseDesktopEntry(content)
	if err != nil {
		f.err = err
		return f
	}
	f.exists, f.command = true, e.exec
	f.disabled = e.hidden || !e.enabled || !e.shownIn(l.o.Getenv("XDG_CURRENT_DESKTOP"))
	if f.disabled {
		return f
	}
	if program, err := exec.LookPath(f.command[0]); err == nil && filepath.IsAbs(program) {
		f.command[0] = program
	} else {
		f.missing = true
	}
	if e.tryExec != "" {
		if _, err := exec.LookPath(e.tryExec); err != nil {
			f.missing = true
		}
	}
	return f
}

// readEntry reads the file at path, which a link may lead to, as dotfiles are kept.
func readEntry(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() { // opening a named pipe could wait for ever
		return "", errors.New("it is not a regular file")
	}
	if info.Size() > maxEntry {
		return "", errors.New("it is too large")
	}
	content, err := os.ReadFile(path) // #nosec G304 -- the path is the program's own
	return string(content), err
}

// ownPath is the path of the entry of this user.
func (l *Login) ownPath() (string, error) {
	folder := configFolders(l.o.Getenv)[0]
	if folder == "" {
		return "", errNoHome
	}
	return filepath.Join(folder, "autostart", entryName), nil
}

// write replaces the entry of this user.
func (l *Login) write(_ context.Context, command []string) error {
	return l.replace(formatDesktopEntry(command))
}

// replace replaces the file of the entry, whatever is there.
func (l *Login) replace(content string) error {
	path, err := l.ownPath()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the autostart folder: %w", err)
	}
	return replaceFile(path, content)
}

// remove takes the entry of this user away. One that was set up for all users is
// hidden by one of this user that says so.
func (l *Login) remove(context.Context) error {
	path, err := l.ownPath()
	if err != nil {
		return err
	}
	for _, folder := range configFolders(l.o.Getenv)[1:] {
		if _, err := os.Stat(filepath.Join(folder, "autostart", entryName)); err == nil {
			return l.replace(hiddenEntry)
		}
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the autostart entry: %w", err)
	}
	return nil
}
