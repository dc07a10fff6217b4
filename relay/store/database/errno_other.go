//go:build !linux && !windows

package database

import "syscall"

// damagedFileSystem is the error number of a file system that must be repaired;
// 0: there is none.
const damagedFileSystem syscall.Errno = 0
