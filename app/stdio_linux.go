package app

import (
	"os"
	"strconv"
	"syscall"
)

// standardError returns standard error for writing, and makes file descriptor 2
// non-blocking: a panic writes its trace there while all goroutines are stopped,
// and at a full pipe that nobody reads it would block for ever, with the port and
// the lock held. Pipes and terminals are opened anew first, since the flag belongs
// to the open file, which other programs may share. The returned file is never
// descriptor 2 itself; see duplicateStderr.
func standardError() *os.File {
	var stat syscall.Stat_t
	if syscall.Fstat(stderrFD, &stat) != nil {
		return duplicateStderr()
	}
	var fd int
	var err error
	switch stat.Mode & syscall.S_IFMT {
	case syscall.S_IFIFO, syscall.S_IFCHR:
		path := "/proc/self/fd/" + strconv.Itoa(stderrFD)
		fd, err = syscall.Open(path, syscall.O_WRONLY|syscall.O_NONBLOCK|syscall.O_NOCTTY|syscall.O_CLOEXEC, 0)
		if err == nil {
			err = syscall.Dup3(fd, stderrFD, 0)
		}
	case syscall.S_IFSOCK: // the system log's, which this service has for itself
		if err = syscall.SetNonblock(stderrFD, true); err == nil {
			fd, err = syscall.Dup(stderrFD)
			syscall.CloseOnExec(fd)
		}
	default: // a file never makes anybody wait
		return duplicateStderr()
	}
	if err != nil {
		return duplicateStderr()
	}
	return os.NewFile(uintptr(fd), os.Stderr.Name())
}
