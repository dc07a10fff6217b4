//go:build !windows

package config

import "syscall"

// NoFollow are the flags of os.OpenFile that refuse a symbolic link, and do not
// wait for the other end of a named pipe.
const NoFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
