package app

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestStandardErrorWhileDescriptorTwoLeadsElsewhere writes while a window is
// tried, which sends descriptor 2 elsewhere. Not parallel: the descriptor belongs
// to the whole process.
func TestStandardErrorWhileDescriptorTwoLeadsElsewhere(t *testing.T) {
	for _, tt := range []struct {
		name string
		open func(t *testing.T) (writeEnd, readEnd *os.File)
	}{
		{"a file", func(t *testing.T) (writeEnd, readEnd *os.File) {
			path := filepath.Join(t.TempDir(), "stderr")
			w, err := os.Create(path) //nolint:gosec // A file of the test's own.
			if err != nil {
				t.Fatal(err)
			}
			r, err := os.Open(path) //nolint:gosec // The same.
			if err != nil {
				t.Fatal(err)
			}
			return w, r
		}},
		{"a pipe", func(t *testing.T) (writeEnd, readEnd *os.File) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			return w, r
		}},
		{"a socket", func(t *testing.T) (writeEnd, readEnd *os.File) {
			fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			return os.NewFile(uintptr(fds[0]), "socket"), os.NewFile(uintptr(fds[1]), "socket")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, r := tt.open(t)
			t.Cleanup(func() { _, _ = w.Close(), r.Close() })
			redirectDescriptorTwo(t, w)
			out := standardError()
			t.Cleanup(func() { _ = out.Close() })
			nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = nowhere.Close() })
			redirectDescriptorTwo(t, nowhere)

			const want = "no window can be shown\n"
			if _, err := out.WriteString(want); err != nil {
				t.Fatal(err)
			}
			_, _ = w.Close(), out.Close()
			got := make([]byte, 64)
			n, err := r.Read(got)
			if string(got[:n]) != want {
				t.Errorf("got %q, error %v; want %q", got[:n], err, want)
			}
		})
	}
}

// redirectDescriptorTwo leads descriptor 2 to f until the test ends.
func redirectDescriptorTwo(t *testing.T, f *os.File) {
	t.Helper()
	before, err := syscall.Dup(stderrFD)
	if err != nil {
		t.Fatal(err)
	}
	syscall.CloseOnExec(before)
	t.Cleanup(func() {
		if err := syscall.Dup3(before, stderrFD, 0); err != nil {
			t.Error(err)
		}
		_ = syscall.Close(before)
	})
	if err := syscall.Dup3(int(f.Fd()), stderrFD, 0); err != nil {
		t.Fatal(err)
	}
}
