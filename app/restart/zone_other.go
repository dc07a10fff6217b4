//go:build !unix && !windows

package restart

import "time"

// systemOffset knows nothing of other systems.
func systemOffset(time.Time) (seconds int, known bool) { return 0, false }
