package app

import "os"

// standardError returns standard error. What the program writes there passes
// through an output; only the trace of a panic could wait for it.
func standardError() *os.File { return os.Stderr }
