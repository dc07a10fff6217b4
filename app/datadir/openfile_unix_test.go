//go:build !windows

package datadir

import (
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// inPlaceOfAFile are things that can stand where a file belongs. Each make
// returns a file that must stay as it is, if there is one.
var inPlaceOfAFile = []struct {
	name, kind string
	make       func(t *testing.T, path string) (target string)
}{
	{"a named pipe", "a named pipe", func(t *testing.T, path string) string { return makePipe(t, path) }},
	{"a folder", "a folder", func(t *testing.T, path string) string {
		mustDo(t, os.MkdirAll(filepath.Join(path, "inside"), 0o700))
		return ""
	}},
	{"a link to a file of somebody else's", "a symbolic link", func(t *testing.T, path string) string {
		target := filepath.Join(t.TempDir(), "target")
		mustDo(t, os.WriteFile(target, []byte("{}"), 0o644))
		mustDo(t, os.Symlink(target, path))
		return target
	}},
	{"a link that leads nowhere", "a symbolic link", func(t *testing.T, path string) string {
		target := filepath.Join(t.TempDir(), "absent")
		mustDo(t, os.Symlink(target, path))
		return target
	}},
	{"a link to a named pipe", "a symbolic link", func(t *testing.T, path string) string {
		mustDo(t, os.Symlink(makePipe(t, filepath.Join(t.TempDir(), "pipe")), path))
		return ""
	}},
	{"a socket", "a socket", func(t *testing.T, path string) string {
		l, err := net.Listen("unix", path)
		mustDo(t, err)
		t.Cleanup(func() { _ = l.Close() })
		return ""
	}},
}

func makePipe(t *testing.T, path string) string {
	t.Helper()
	mustDo(t, syscall.Mkfifo(path, 0o600))
	return path
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// shortDir is a folder whose path leaves room for a socket.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "vr")
	mustDo(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// within fails unless f returns soon: what it opens could wait for ever.
func within(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("got no answer, want it not to wait")
	}
}

func TestOpenFileOpensRegularFilesOnly(t *testing.T) {
	flags := map[string]int{
		"to read": os.O_RDONLY, "to write": os.O_WRONLY, "to read, made when missing": os.O_RDONLY | os.O_CREATE,
		"to append, made when missing": os.O_WRONLY | os.O_APPEND | os.O_CREATE,
	}
	for _, tt := range inPlaceOfAFile {
		for how, flag := range flags {
			t.Run(tt.name+" opened "+how, func(t *testing.T) {
				path := filepath.Join(shortDir(t), "settings.json")
				target := tt.make(t, path)
				before, _ := os.Lstat(target)
				within(t, func() {
					f, err := OpenFile(path, flag)
					if err == nil {
						_ = f.Close()
					}
					wrong, ok := errors.AsType[*NotRegularError](err)
					if !ok || wrong.Kind != tt.kind || wrong.Name != "settings.json" {
						t.Errorf("got %v, want it named as %s", err, tt.kind)
					}
				})
				if after, _ := os.Lstat(target); (before == nil) != (after == nil) || after != nil && after.Mode() != before.Mode() {
					t.Errorf("got %v at the end of the link, want it as it was: %v", after, before)
				}
			})
		}
	}
}

func TestOpenFileMakesFilesPrivate(t *testing.T) {
	for _, mode := range []fs.FileMode{0o666, 0o644, 0o660, 0o600} {
		path := filepath.Join(t.TempDir(), "file")
		mustDo(t, os.WriteFile(path, []byte("kept"), 0o600))
		mustDo(t, os.Chmod(path, mode))
		f, err := OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE)
		mustDo(t, err)
		content, err := io.ReadAll(f)
		if err != nil || string(content) != "kept" {
			t.Errorf("%o: got %q, %v, want the content", mode, content, err)
		}
		mustDo(t, f.Close())
		if got := modeOf(t, path); got != 0o600 {
			t.Errorf("from %o: got %o, want 600", mode, got)
		}
	}
	fresh := filepath.Join(t.TempDir(), "fresh")
	f, err := OpenFile(fresh, os.O_WRONLY|os.O_CREATE)
	mustDo(t, err)
	mustDo(t, f.Close())
	if got := modeOf(t, fresh); got != 0o600 {
		t.Errorf("a new file: got %o, want 600", got)
	}
	if _, err := OpenFile(filepath.Join(t.TempDir(), "absent"), os.O_RDONLY); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: got %v, want fs.ErrNotExist", err)
	}
}

// TestFilesOfTheFolderDoNotHang goes through each way that a file is read.
func TestFilesOfTheFolderDoNotHang(t *testing.T) {
	for _, tt := range inPlaceOfAFile {
		t.Run(tt.name, func(t *testing.T) {
			dir := shortDir(t)
			path := filepath.Join(dir, "settings.json")
			tt.make(t, path)
			within(t, func() {
				if _, err := NewFile[map[string]int](path).Load(); err == nil {
					t.Error("a file of JSON: got nil, want an error")
				}
				if err := Secure(dir); err == nil || !strings.Contains(err.Error(), "settings.json is "+tt.kind) {
					t.Errorf("the folder: got %v, want the file named", err)
				}
			})
			if _, err := os.Lstat(path); err != nil {
				t.Errorf("got %v, want it left in its place", err)
			}
		})
	}
}

func TestNothingInThePlaceOfACopyKeepsAFileFromBeingSaved(t *testing.T) {
	for _, tt := range inPlaceOfAFile {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(shortDir(t), "settings.json")
			file := NewFile[map[string]int](path)
			mustDo(t, file.Save(map[string]int{"a": 1}))
			mustDo(t, os.Remove(path+CopySuffix))
			tt.make(t, path+CopySuffix)
			within(t, func() {
				if got, err := file.Load(); err != nil || got["a"] != 1 {
					t.Errorf("got %v, %v, want what the file holds", got, err)
				}
				if err := file.Save(map[string]int{"a": 2}); err != nil {
					t.Errorf("save: got %v, want nil", err)
				}
			})
			for _, name := range []string{path, path + CopySuffix} {
				if data, err := ReadFile(name, maxFile); err != nil || !strings.Contains(string(data), "2") {
					t.Errorf("%s: got %q, %v, want what was saved", filepath.Base(name), data, err)
				}
			}
		})
	}
}

func TestSecure(t *testing.T) {
	dir := t.TempDir()
	ours := []string{
		"lock", "settings.json", "settings.json.damaged-2", "webhooks.json", "webhooks.json.tmp", "secrets.sealed", "events.db", "events.db-wal",
		"events.db.damaged-20261101T000000.000000Z", "vastrelay.log", "vastrelay-2026-11-01T00-00-00.000.log", "crash.log", "crash-earlier.log", "running.json",
	}
	theirs := []string{"notes.txt", "log", "settings"}
	for _, name := range append(append([]string{}, ours...), theirs...) {
		mustDo(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
		mustDo(t, os.Chmod(filepath.Join(dir, name), 0o666))
	}
	mustDo(t, Secure(dir))
	for _, name := range ours {
		if got := modeOf(t, filepath.Join(dir, name)); got != 0o600 {
			t.Errorf("%s: got %o, want 600", name, got)
		}
	}
	for _, name := range theirs {
		if got := modeOf(t, filepath.Join(dir, name)); got != 0o666 {
			t.Errorf("%s: got %o, want it left alone", name, got)
		}
	}
	for _, file := range neededFiles {
		t.Run(file.name+" may not be a link", func(t *testing.T) {
			dir := t.TempDir()
			mustDo(t, os.Symlink(filepath.Join(dir, "elsewhere"), filepath.Join(dir, file.name)))
			if _, ok := errors.AsType[*NotRegularError](Secure(dir)); !ok {
				t.Error("got no such error")
			}
		})
	}
	mustDo(t, os.Symlink("/dev/stdout", filepath.Join(dir, "vastrelay-old.log")))
	if err := Secure(dir); err != nil {
		t.Errorf("got %v, want a log that cannot be kept to stop nothing", err)
	}
}
