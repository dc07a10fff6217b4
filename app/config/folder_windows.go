package config

import (
	"errors"
	"io/fs"
)

// isFinal reports whether the system refused for what was asked of it.
func isFinal(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) }

// secureDir takes every folder: Windows has no such modes, and the user's
// profile is private already.
func secureDir(string, fs.FileInfo) (remark string, err error) { return "", nil }
