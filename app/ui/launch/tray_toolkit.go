//go:build ci || !(linux || freebsd || openbsd || netbsd)

package launch

// newOwnTray returns nil: on Windows and macOS the system's wish to quit comes through
// the window that the toolkit opens beside its tray.
func newOwnTray(*session) trayHost { return nil }
