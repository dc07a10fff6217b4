//go:build !windows

package desktop

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedPrivately reports whether what info describes is this user's and closed
// to everyone else.
func ownedPrivately(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int64(stat.Uid) == int64(os.Getuid()) && info.Mode().Perm()&0o077 == 0
}
