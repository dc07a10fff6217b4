//go:build !windows

package config

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vastrelay/relay/tunnel/tunneltest"
)

// newPipe makes a named pipe at path.
func newPipe(t *testing.T, path string) string {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOpenDoesNotWaitForANamedPipe would wait for ever where Open read one.
func TestOpenDoesNotWaitForANamedPipe(t *testing.T) {
	pipe := newPipe(t, filepath.Join(t.TempDir(), "settings.json"))
	link := filepath.Join(t.TempDir(), "settings.json")
	if err := os.Symlink(pipe, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, link} {
		if _, err := Open(path, tunneltest.Vendors()); err == nil {
			t.Errorf("%s: got nil, want an error", path)
		}
	}
}

func TestReadInput(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "..data", "key")
	link, large := filepath.Join(dir, "key"), filepath.Join(dir, "large")
	err := errors.Join(
		os.Mkdir(filepath.Dir(file), 0o700),
		os.WriteFile(file, []byte("from a file\n"), 0o600),
		os.Symlink(file, link),
		os.WriteFile(large, make([]byte, maxInput+1), 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	written := newPipe(t, filepath.Join(dir, "written"))
	go func() {
		if f, err := os.OpenFile(written, os.O_WRONLY, 0); err == nil {
			_, _ = f.WriteString("from a pipe")
			_ = f.Close()
		}
	}()
	tests := []struct {
		name, path, want string
		limit            time.Duration
		err              error
		says             string
	}{
		{"a file", file, "from a file\n", time.Minute, nil, ""},
		{"a link, as mounted secrets are", link, "from a file\n", time.Minute, nil, ""},
		{"a named pipe, as a shell's <(…) is", written, "from a pipe", time.Minute, nil, ""},
		{"a named pipe that nobody writes to", newPipe(t, filepath.Join(dir, "silent")), "", time.Millisecond, errInputLate, "within 10s"},
		{"a device without an end", "/dev/zero", "", time.Minute, errInputLarge, "larger than 1 MiB"},
		{"a file that is too large", large, "", time.Minute, errInputLarge, "larger than 1 MiB"},
		{"a missing file", filepath.Join(dir, "absent"), "", time.Minute, fs.ErrNotExist, "cannot be read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readInputWithin(t.Context(), tt.path, tt.limit)
			if string(got) != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %q, %v, want %q, %v", got, err, tt.want, tt.err)
			}
			if err != nil && !strings.Contains(inputSentence(err), tt.says) {
				t.Errorf("got %q, want it to say %q", inputSentence(err), tt.says)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ReadInput(ctx, newPipe(t, filepath.Join(dir, "asked to stop"))); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want it to end with the start that it belongs to", err)
	}
}
