//go:build !ci

package launch

import "fyne.io/systray"

// onIconTapped calls f, on any goroutine, when the tray icon itself is clicked,
// where the desktop tells. Call it before the tray starts. The toolkit's own
// way would also replace what the close button of the window does.
func onIconTapped(f func()) { systray.SetOnTapped(f) }
