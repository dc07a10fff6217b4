package cloudflared

import "os"

// beWatched has nothing to do: Windows has jobs, and no watchdog.
func beWatched(string) { os.Exit(1) }
