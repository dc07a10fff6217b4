//go:build unix && !ci

package launch

import (
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// redirectStderr sends what anything in this process prints on standard error
// to w until restore is called. Where that cannot be done it changes nothing.
func redirectStderr(w io.Writer) (restore func()) {
	nothing := func() {}
	r, into, err := os.Pipe()
	if err != nil {
		return nothing
	}
	kept, err := unix.FcntlInt(uintptr(unix.Stderr), unix.F_DUPFD_CLOEXEC, 3)
	if err == nil {
		err = unix.Dup2(int(into.Fd()), unix.Stderr) //nolint:gosec // A descriptor fits.
	}
	if err != nil {
		_, _ = r.Close(), into.Close()
		return nothing
	}
	var copied sync.WaitGroup
	copied.Go(func() { _, _ = io.Copy(w, r) })
	return func() {
		_ = unix.Dup2(kept, unix.Stderr)
		_ = unix.Close(kept)
		_ = into.Close()
		copied.Wait()
		_ = r.Close()
	}
}
