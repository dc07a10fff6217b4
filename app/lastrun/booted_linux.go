package lastrun

import (
	"time"

	"golang.org/x/sys/unix"
)

// bootedAt is when the computer was started, by its uptime.
func bootedAt(now time.Time) time.Time {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return time.Time{}
	}
	return now.Add(-time.Duration(info.Uptime) * time.Second)
}
