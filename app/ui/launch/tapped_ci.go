//go:build ci

package launch

// onIconTapped does nothing: the in-memory toolkit has no tray.
func onIconTapped(func()) {}
