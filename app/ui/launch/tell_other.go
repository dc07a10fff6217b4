//go:build !windows

package launch

import "vastrelay/app/bridge"

// tellWithoutToolkit does nothing: there is nothing else to show a window with.
func tellWithoutToolkit(bridge.Problem) {}
