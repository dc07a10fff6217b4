//go:build !windows

package datadir

import (
	"errors"
	"os"
	"syscall"
)

// syncFolder makes the names in dir durable: without it a power cut can undo
// a rename that has already happened.
func syncFolder(dir string) error {
	f, err := os.Open(dir) // #nosec G304 -- the path is the program's own
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// NoFollow are the flags of os.OpenFile that refuse a symbolic link, and do not
// wait for the other end of a named pipe.
const NoFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
