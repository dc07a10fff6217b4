package lastrun

import (
	"time"

	"golang.org/x/sys/windows"
)

// bootedAt is when the computer was started, by its uptime.
func bootedAt(now time.Time) time.Time { return now.Add(-windows.DurationSinceBoot()) }
