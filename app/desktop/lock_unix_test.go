//go:build !windows

package desktop

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"vastrelay/app/datadir"
)

func TestOnlyARegularFileIsLocked(t *testing.T) {
	target := filepath.Join(t.TempDir(), "target")
	tests := []struct {
		name string
		put  func(path string) error
	}{
		{"a named pipe", func(path string) error { return syscall.Mkfifo(path, 0o600) }},
		{"a link that leads nowhere", func(path string) error { return os.Symlink(target, path) }},
		{"a folder", func(path string) error { return os.Mkdir(path, 0o700) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := tt.put(filepath.Join(dir, lockName)); err != nil {
				t.Fatal(err)
			}
			failed := make(chan error, 1)
			go func() {
				_, err := LockFolder(dir)
				failed <- err
			}()
			select {
			case err := <-failed:
				if _, ok := errors.AsType[*datadir.NotRegularError](err); !ok {
					t.Errorf("got %v, want it to say what stands there", err)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("got no answer, want it not to wait")
			}
			if _, err := os.Lstat(target); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("got %v, want nothing made at the end of the link", err)
			}
		})
	}
}

func TestTheLockFileIsMadePrivate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, lockName)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	lock, err := LockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Close() }()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want mode 600", info, err)
	}
}
