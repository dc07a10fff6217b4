//go:build unix

package autostart

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// entryPerm is the mode of the file of an entry, which holds nothing private and is
// read by the desktop.
const entryPerm = 0o644

// replaceFile makes content that of the file at path, whole or not at all. A link
// there is replaced, not followed; an empty folder in its place gives way.
func replaceFile(path, content string) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".vastrelay-*")
	if err != nil {
		return fmt.Errorf("write the login entry: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp.Name())
		}
	}()
	_, err = temp.WriteString(content)
	if err = errors.Join(err, temp.Chmod(entryPerm), temp.Close()); err != nil {
		return fmt.Errorf("write the login entry: %w", err)
	}
	if info, err := os.Lstat(path); err == nil && info.IsDir() {
		_ = os.Remove(path)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return fmt.Errorf("replace the login entry: %w", err)
	}
	return nil
}
