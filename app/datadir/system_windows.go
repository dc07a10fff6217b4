package datadir

import (
	"errors"
	"io/fs"
)

// isFinal reports whether trying again cannot help.
func isFinal(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) }

// secureDir accepts every folder: Windows has no such modes, and the user's
// profile is private already.
func secureDir(string, fs.FileInfo) (remark string, err error) { return "", nil }

// syncFolder does nothing: Windows cannot sync a folder, and NTFS journals its
// names by itself.
func syncFolder(string) error { return nil }

// NoFollow is empty: Windows has no such flags. OpenFile compares what it
// opened with what it saw before.
const NoFollow = 0
