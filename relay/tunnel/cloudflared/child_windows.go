package cloudflared

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// exampleExecutable is a path of cloudflared as it looks on this system.
const exampleExecutable = `C:\Program Files (x86)\cloudflared\cloudflared.exe`

// installFolders are the folders in which Cloudflare's installer and two package
// managers put cloudflared, and in which nobody else may write. This program may have
// been started before they were added to PATH.
func installFolders() []string {
	var folders []string
	for _, place := range []struct{ variable, folder string }{
		{"ProgramFiles", program},
		{"ProgramFiles(x86)", program},
		{"LOCALAPPDATA", `Microsoft\WinGet\Links`},
		{"USERPROFILE", `scoop\shims`},
	} {
		if root := os.Getenv(place.variable); root != "" {
			folders = append(folders, filepath.Join(root, place.folder))
		}
	}
	return folders
}

// guard ties a process to the life of this program by a job object: Windows kills
// the processes of a job when the last handle of it is closed, and this program,
// which has the only one, closes it by ending.
type guard struct {
	job windows.Handle
	// limits of the job. Windows is given their address as a number, which does not
	// follow a variable on a growing stack: here they stay where they are.
	limits windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
}

// newGuard prepares cmd, which has not been started. Its process opens no window.
func newGuard(cmd *exec.Cmd) (*guard, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, fmt.Errorf("make a job for cloudflared: %w", err)
	}
	g := &guard{job: job}
	g.limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(
		job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&g.limits)), uint32(unsafe.Sizeof(g.limits))) //nolint:gosec // How Windows takes a structure.
	if err != nil {
		_ = windows.CloseHandle(job)
		return nil, fmt.Errorf("make a job for cloudflared: %w", err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.CREATE_NO_WINDOW}
	return g, nil
}

// bind puts the process that was started into the job. One that has ended meanwhile,
// such as for a token that it refuses, is no longer taken by Windows and needs none.
func (g *guard) bind(p *os.Process) error {
	var assigned error
	err := p.WithHandle(func(handle uintptr) {
		process := windows.Handle(handle)
		assigned = windows.AssignProcessToJobObject(g.job, process)
		if event, err := windows.WaitForSingleObject(process, 0); err == nil && event == windows.WAIT_OBJECT_0 {
			assigned = nil
		}
	})
	if err := cmp.Or(err, assigned); err != nil {
		return fmt.Errorf("put cloudflared into its job: %w", err)
	}
	return nil
}

// lastAnswers is how long cloudflared takes at most to pass on the answers that it
// was given.
const lastAnswers = 200 * time.Millisecond

// terminate leaves the process until it is killed, which is soon: a process without
// a console of ours cannot be asked to end, and no request is in flight by then.
func (g *guard) terminate(grace time.Duration) time.Duration { return min(grace, lastAnswers) }

// kill ends the process and all that it has started.
func (g *guard) kill() { _ = windows.TerminateJobObject(g.job, 1) }

// release is called once the process has ended, or could not be started.
func (g *guard) release() { _ = windows.CloseHandle(g.job) }
