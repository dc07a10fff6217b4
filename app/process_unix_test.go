//go:build unix

package app_test

import (
	"os"
	"os/exec"
	"syscall"
)

// separate changes nothing: a signal reaches the process alone that it is sent to.
func separate(*exec.Cmd) {}

// askToStop asks a process to stop, as a service manager does.
func askToStop(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

// wasKilled reports whether the process was ended by Kill.
func wasKilled(state *os.ProcessState) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled()
}
