//go:build !linux && !windows

package reach

import (
	"context"
	"time"
)

// uptime is not known on this system.
func uptime() (up time.Duration, ok bool) { return 0, false }

// followSleep returns: this system is not asked of its sleep, which the clock
// shows a moment later.
func followSleep(context.Context, func()) {}
