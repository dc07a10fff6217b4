package lastrun

import (
	"time"

	"golang.org/x/sys/unix"
)

// bootedAt is when the computer was started, as the kernel keeps it.
func bootedAt(time.Time) time.Time {
	at, err := unix.SysctlTimeval("kern.boottime")
	if err != nil {
		return time.Time{}
	}
	return time.Unix(at.Unix())
}
