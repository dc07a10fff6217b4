//go:build !windows

package database

import (
	"io/fs"
	"syscall"
)

// errnoReasons maps the error numbers that say why the disk does not take
// something to reasons.
func errnoReasons() map[syscall.Errno]Reason {
	reasons := map[syscall.Errno]Reason{
		syscall.ENOSPC:  ReasonFull,
		syscall.EDQUOT:  ReasonFull, // the user's share of the disk
		syscall.EFBIG:   ReasonFull, // the largest file that the system or its limits allow
		syscall.EROFS:   ReasonReadOnly,
		syscall.EACCES:  ReasonDenied,
		syscall.EPERM:   ReasonDenied,
		syscall.EBADMSG: ReasonDamaged, // a checksum of the file system
	}
	if damagedFileSystem != 0 {
		reasons[damagedFileSystem] = ReasonDamaged
	}
	return reasons
}

// writable is W_OK of access(2).
const writable = 2

// access asks whether this process may write to path, without opening it:
// closing any descriptor of a file drops every lock that this process has on it.
func access(path string) error {
	if err := syscall.Access(path, writable); err != nil {
		return &fs.PathError{Op: "access", Path: path, Err: err}
	}
	return nil
}
