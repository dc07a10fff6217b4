//go:build unix

package app

import (
	"os"
	"syscall"
)

// stderrFD is the file descriptor of standard error.
const stderrFD = 2

// duplicateStderr returns standard error under a descriptor of its own. Lines
// written there arrive also while descriptor 2 is redirected, as it is during the
// test for a display, whose libraries print their own messages. Symptom without
// it: a start without a display sometimes ended without a message.
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

// attachConsole does nothing: a program has the terminal that it was started from.
func attachConsole([]string) {}
