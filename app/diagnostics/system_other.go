//go:build !linux && !darwin && !windows

package diagnostics

// release knows nothing of other systems.
func release() (system, kernel string) { return "", "" }
