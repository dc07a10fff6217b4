package cloudflared

import (
	"os"
	"os/exec"
	"syscall"
	"time"
)

// exampleExecutable is a path of cloudflared as it looks on this system.
const exampleExecutable = "/usr/local/bin/cloudflared"

// installFolders are folders in which packages install cloudflared, and which may
// not be in PATH.
func installFolders() []string { return []string{"/usr/local/bin", "/usr/bin", "/snap/bin"} }

// guard ties a process to the life of this program: the kernel kills the process
// when the thread that started it ends.
type guard struct{ group int }

// newGuard prepares cmd, which has not been started. Its process gets a group of its
// own, so that Ctrl+C in a terminal reaches this program alone, which then ends it
// in order.
func newGuard(cmd *exec.Cmd) (*guard, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return &guard{}, nil
}

// bind is called once with the process that was started.
func (g *guard) bind(p *os.Process) error {
	g.group = p.Pid
	return nil
}

// terminate asks the process to end, with all that it has started, and returns how
// long that may take.
func (g *guard) terminate(grace time.Duration) time.Duration {
	_ = syscall.Kill(-g.group, syscall.SIGTERM)
	return grace
}

// kill ends the process and all that it has started.
func (g *guard) kill() { _ = syscall.Kill(-g.group, syscall.SIGKILL) }

// release is called once the process has ended, or could not be started.
func (g *guard) release() {}
