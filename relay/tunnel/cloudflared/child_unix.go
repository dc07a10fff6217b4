//go:build unix && !linux

package cloudflared

import (
	"os"
	"os/exec"
	"syscall"
	"time"
)

// exampleExecutable is a path of cloudflared as it looks on this system.
const exampleExecutable = "/usr/local/bin/cloudflared"

// installFolders are folders in which Homebrew and packages install cloudflared,
// and which are not in the PATH of a program that the desktop starts.
func installFolders() []string {
	return []string{"/opt/homebrew/bin", "/usr/local/bin", "/opt/local/bin", "/usr/bin"}
}

// guard ties a process to the life of this program by a watchdog: these systems
// have no signal for the death of a parent.
type guard struct {
	watchdog *watchdog
	group    int
}

// newGuard prepares cmd, which has not been started. Its process gets a group of its
// own, so that Ctrl+C in a terminal reaches this program alone, which then ends it
// in order.
func newGuard(cmd *exec.Cmd) (*guard, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	w, err := startWatchdog()
	if err != nil {
		return nil, err
	}
	return &guard{watchdog: w}, nil
}

// bind is called once with the process that was started.
func (g *guard) bind(p *os.Process) error {
	g.group = p.Pid
	return g.watchdog.watch(p.Pid)
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
func (g *guard) release() { g.watchdog.stop() }
