//go:build unix

package cloudflared

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// watchdogScript reads the id of a process group, then waits for the end of its
// input, which comes when every writer is gone, and kills the group.
const watchdogScript = `read -r group || exit 0
read -r end
kill -s KILL -- "-$group"`

// watchdog is a shell that kills a process group when this program has ended,
// however it ended: the system then closes the pipe that the shell reads. macOS and
// the BSDs need it; on Linux, which has a signal for this, only tests start it.
type watchdog struct {
	shell *exec.Cmd
	pipe  *os.File // the only writing end; no child inherits it
}

// startWatchdog starts a watchdog that watches nothing yet.
func startWatchdog() (*watchdog, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("watch cloudflared: %w", err)
	}
	defer func() { _ = read.Close() }()
	shell := exec.Command("/bin/sh", "-c", watchdogScript) //nolint:noctx // It must outlive every context of ours, and stop ends it.
	shell.Stdin, shell.Env, shell.Dir = read, []string{}, "/"
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl+C must not end it first
	if err := shell.Start(); err != nil {
		_ = write.Close()
		return nil, fmt.Errorf("watch cloudflared: %w", err)
	}
	return &watchdog{shell: shell, pipe: write}, nil
}

// watch has the process group killed when this program is gone.
func (w *watchdog) watch(group int) error {
	if _, err := fmt.Fprintln(w.pipe, group); err != nil {
		return fmt.Errorf("watch cloudflared: %w", err)
	}
	return nil
}

// stop ends the watchdog, which kills nothing then: the shell goes before the pipe
// is closed.
func (w *watchdog) stop() {
	_ = w.shell.Process.Kill()
	_ = w.shell.Wait()
	_ = w.pipe.Close()
}
