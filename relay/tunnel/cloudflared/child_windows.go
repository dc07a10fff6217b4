package cloudflared

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// exampleExecutable is a path of cloudflared as it looks on this system.
const exampleExecutable = `C:\Program Files (x86)\cloudflared\cloudflared.exe`

// installFolders are the folders in which Cloudflare's installer puts cloudflared.
func installFolders() []string {
	var folders []string
	for _, root := range []string{os.Getenv("ProgramFiles"), os.Getenv("ProgramFiles(x86)")} {
		if root != "" {
			folders = append(folders, filepath.Join(root, program))
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

// bind puts the process that was started into the job.
func (g *guard) bind(p *os.Process) error {
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(p.Pid)) //nolint:gosec // Windows gives ids of 32 bits.
	if err != nil {
		return fmt.Errorf("open cloudflared: %w", err)
	}
	defer func() { _ = windows.CloseHandle(process) }()
	if err := windows.AssignProcessToJobObject(g.job, process); err != nil {
		return fmt.Errorf("put cloudflared into its job: %w", err)
	}
	return nil
}

// terminate ends the process at once: a process without a console cannot be asked,
// and the requests in flight have had their answers by then.
func (g *guard) terminate() { g.kill() }

// kill ends the process and all that it has started.
func (g *guard) kill() { _ = windows.TerminateJobObject(g.job, 1) }

// release is called once the process has ended, or could not be started.
func (g *guard) release() { _ = windows.CloseHandle(g.job) }
