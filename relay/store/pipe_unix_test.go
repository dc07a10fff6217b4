//go:build !windows

package store

import "syscall"

func makePipe(path, _ string) error { return syscall.Mkfifo(path, 0o600) }
