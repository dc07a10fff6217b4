package app_test

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// separate has the command hear what is sent to it alone: keys of a console reach
// every process of a group.
func separate(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.CreationFlags |= windows.CREATE_NEW_PROCESS_GROUP
}

// askToStop asks a process to stop, as Ctrl+Break in its console does. Windows has no
// signals between processes.
func askToStop(p *os.Process) error {
	return windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(p.Pid)) // #nosec G115 -- Windows counts processes in 32 bits
}

// wasKilled reports whether the process was ended by Kill, which gives it the exit
// code of a failed start as well.
func wasKilled(state *os.ProcessState) bool { return state.ExitCode() == 1 }
