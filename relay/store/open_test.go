package store

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"vastrelay/relay"
	"vastrelay/relay/winetest"
)

func TestOpenSaysWhyItCannot(t *testing.T) {
	dir := t.TempDir()
	for name, path := range map[string]string{
		"the folder does not exist": filepath.Join(dir, "no", "events.db"),
		"it is a folder":            dir,
	} {
		if _, err := Open(t.Context(), path, Options{}); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "no", "events.db"), Options{}); ReasonOf(err) != ReasonOther {
		t.Errorf("Open in no folder = %v, want other", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, filepath.Join(dir, "events.db"), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Open under an ended context = %v, want %v", err, context.Canceled)
	}
}

func TestFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	path := filepath.Join(t.TempDir(), "a ?#%20&é=;'b", "events.db?mode=memory")
	must(t, os.Mkdir(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(path, nil, 0o644))
	must(t, os.Chmod(path, 0o644))
	s := openAt(t, path)
	mustAccept(t, s, eventN(1), spaceA)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("events.db%s: %v, %v; want mode 0600", suffix, info, err)
		}
	}
	must(t, s.Close())
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("folder after Close = %v, %v; want the database alone", entries, err)
	}
}

func TestOnlyRegularFilesAreOpened(t *testing.T) {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		for kind, put := range map[string]func(path, target string) error{
			"a link to a file":              func(path, target string) error { return os.Symlink(target, path) },
			"a link that leads nowhere":     func(path, target string) error { return os.Symlink(target+" absent", path) },
			"a folder":                      func(path, _ string) error { return os.Mkdir(path, 0o700) },
			"a socket, which is no file":    func(path, _ string) error { return leaveSocket(path) },
			"a named pipe nobody writes to": makePipe,
		} {
			t.Run("events.db"+suffix+" is "+kind, func(t *testing.T) {
				if strings.Contains(kind, "link") {
					winetest.Needs(t, winetest.Links)
				}
				dir := t.TempDir()
				path, target := filepath.Join(dir, "e.db"), filepath.Join(t.TempDir(), "target")
				must(t, os.WriteFile(target, []byte("somebody else's"), 0o600))
				if suffix != "" {
					s := openAt(t, path)
					mustAccept(t, s, eventN(1), spaceA)
					must(t, s.Close())
				}
				if err := put(path+suffix, target); err != nil {
					t.Skip(err)
				}
				if s, err := Open(t.Context(), path, Options{OnDamaged: func(Damage) {}}); err == nil {
					_ = s.Close()
					t.Error("opened")
				} else if !strings.Contains(err.Error(), "e.db"+suffix+" is not a regular file") {
					t.Errorf("Open = %v, want it to name the file", err)
				}
				if got, err := os.ReadFile(target); err != nil || string(got) != "somebody else's" {
					t.Errorf("target = %q, %v, want it untouched", got, err)
				}
			})
		}
	}
}

// leaveSocket leaves a socket at path, as a program that was killed does.
func leaveSocket(path string) error {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return err
	}
	l.SetUnlinkOnClose(false)
	return l.Close()
}

func TestReasonOfAnErrorThatIsNotOfTheStore(t *testing.T) {
	if got := ReasonOf(relay.ErrNotFound); got != "" {
		t.Errorf("ReasonOf(%v) = %q, want none", relay.ErrNotFound, got)
	}
}
