//go:build !linux && !darwin && !windows

package lastrun

import "time"

// bootedAt is not known.
func bootedAt(time.Time) time.Time { return time.Time{} }
