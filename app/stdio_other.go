//go:build !linux && unix

package app

import "os"

// standardError returns standard error for writing. What the program writes there
// passes through an output; only the trace of a panic could wait for it.
func standardError() *os.File { return duplicateStderr() }
