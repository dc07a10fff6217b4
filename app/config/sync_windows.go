package config

// syncFolder does nothing: Windows cannot sync a folder, and NTFS journals its
// names by itself.
func syncFolder(string) error { return nil }
