package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/adrg/xdg"
)

// folderName is the program's folder in the platform's data directory.
const folderName = "vastrelay"

// DataDir returns the folder for the program's data where the platform keeps
// such things: $XDG_DATA_HOME/vastrelay or ~/.local/share/vastrelay on Linux,
// ~/Library/Application Support/vastrelay on macOS, %LOCALAPPDATA%\vastrelay on
// Windows. It does not create it; EnsureDir does.
func DataDir() (string, error) {
	if !filepath.IsAbs(xdg.DataHome) {
		return "", errors.New("find the data folder: the home folder is not known; name a folder with --data-dir")
	}
	return filepath.Join(xdg.DataHome, folderName), nil
}

// EnsureDir makes dir, and the folders above it, if they are missing, and
// takes all access to dir from everyone but its owner. It is an error when dir
// is not a folder or cannot be made private.
func EnsureDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("look at the data folder: %w", err)
	}
	// Windows has no such modes; there the user profile is private already.
	if runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 && info.Mode().Perm()&0o700 == 0o700 {
		return nil
	}
	if err := os.Chmod(dir, 0o700); err != nil { // #nosec G302 -- a folder needs its x bit
		return fmt.Errorf("make the data folder private: %w", err)
	}
	return nil
}
