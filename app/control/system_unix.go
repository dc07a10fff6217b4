//go:build !windows

package control

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedPrivately reports whether a file belongs to this user and nobody else has
// access to it.
func ownedPrivately(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int64(stat.Uid) == int64(os.Getuid()) && info.Mode().Perm()&0o077 == 0
}

// hasSockets is true: every system but Windows has always had sockets with a path.
func hasSockets() bool { return true }
