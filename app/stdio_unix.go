//go:build unix

package app

import (
	"os"
	"syscall"
)

// stderrFD is the file descriptor of standard error.
const stderrFD = 2

// duplicateStderr returns standard error under a descriptor of its own: what is
// written there arrives also while descriptor 2 leads elsewhere, as it does while
// a window is tried and the libraries below it complain. Symptom otherwise: a
// start without a display sometimes ended without a word.
func duplicateStderr() *os.File {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := syscall.Dup(stderrFD)
	if err != nil {
		return os.Stderr
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), os.Stderr.Name())
}
