package datadir

// syncFolder does nothing: Windows cannot sync a folder, and NTFS journals its
// names by itself.
func syncFolder(string) error { return nil }

// NoFollow is empty: Windows has no such flags. OpenFile compares what it
// opened with what it saw before.
const NoFollow = 0
