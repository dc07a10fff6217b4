//go:build !ci

package launch

import (
	"os"
	"path/filepath"
	"runtime"

	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"
)

// screenSize is the room that the primary screen has for windows, in pixels;
// zero where nothing tells. The toolkit does not say how large a screen is, the
// library below it does. UI goroutine only, once there is a window.
func screenSize() (size fyne.Size) {
	// The library panics while it is not started. Windows of their first size
	// are better than none.
	defer func() {
		if recover() != nil {
			size = fyne.Size{}
		}
	}()
	monitor := glfw.GetPrimaryMonitor()
	if monitor == nil {
		return fyne.Size{}
	}
	_, _, width, height := monitor.GetWorkarea()
	return fyne.NewSize(float32(width), float32(height))
}

// toolkitFolder is where the toolkit keeps its files; empty where nothing tells.
func toolkitFolder() string {
	config, err := os.UserConfigDir()
	if runtime.GOOS == "darwin" {
		config, err = os.UserHomeDir()
		config = filepath.Join(config, "Library", "Preferences")
	}
	if err != nil {
		return ""
	}
	return filepath.Join(config, "fyne")
}
