//go:build ci

package launch

// onIconTapped does nothing: the in-memory toolkit has no tray.
func onIconTapped(func()) {}

// nameIcon does nothing, for the same reason.
func nameIcon(string) {}

// renameIcon does nothing as well.
func renameIcon(string) {}

// restartIcon does nothing either.
func restartIcon() {}
