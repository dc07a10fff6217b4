//go:build !windows

package launch

import "vastrelay/app/health"

// tellWithoutToolkit does nothing: there is nothing else to show a window with.
func tellWithoutToolkit(health.Problem) {}
