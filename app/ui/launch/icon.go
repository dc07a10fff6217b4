//go:build !ci

package launch

import (
	"runtime"

	"fyne.io/systray"
)

// onIconTapped calls f, on any goroutine, when the tray icon itself is clicked,
// where the desktop tells. Call it before the tray starts. The toolkit's own
// way would also replace what the close button of the window does.
func onIconTapped(f func()) { systray.SetOnTapped(f) }

// nameIcon gives the tray icon its title. Call it before the tray starts: the
// toolkit sets the title while it tells the desktop of the icon, and a title
// that comes between what is told and the means to change it is lost for the
// whole run.
func nameIcon(title string) {
	if runtime.GOOS != "darwin" { // there it would stand in the menu bar, beside the icon
		systray.SetTitle(title)
	}
}

// renameIcon changes what the desktop shows when the pointer is over the icon: the title
// on Linux, a text of its own elsewhere. Call it once the tray has started.
func renameIcon(title string) {
	switch runtime.GOOS {
	case "darwin", "windows":
		systray.SetTooltip(title)
	default:
		systray.SetTitle(title)
	}
}

// restartIcon opens the tray icon, with its picture and menu, on the session bus
// of now. It belongs on the UI goroutine. The toolkit has no way to do it.
func restartIcon() {
	start, _ := systray.RunWithExternalLoop(nil, nil)
	start()
}
