package launch

import (
	"vastrelay/app/config"
	"vastrelay/app/ui"
)

// windowStore keeps the size of the main window in the file at path; nil, which
// keeps nothing, where path is empty.
func windowStore(path string) ui.WindowStore {
	if path == "" {
		return nil
	}
	return config.NewFile[ui.WindowState](path)
}
