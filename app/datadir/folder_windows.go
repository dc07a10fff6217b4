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
