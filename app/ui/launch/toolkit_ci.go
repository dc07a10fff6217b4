//go:build ci

package launch

import (
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
)

// screenSize is unknown: the in-memory toolkit has no screen.
func screenSize() fyne.Size { return fyne.Size{} }

// toolkitFolder is where the in-memory toolkit keeps its files.
func toolkitFolder() string { return filepath.Join(os.TempDir(), "fyne-test") }
