//go:build !unix && !ci

package launch

import "io"

// redirectStderr changes nothing: a program with windows has no standard error
// here.
func redirectStderr(io.Writer) (restore func()) { return func() {} }
