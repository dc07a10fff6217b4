package datadir

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/adrg/xdg"
)

func TestFind(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the paths are Linux's")
	}
	tests := []struct {
		name string
		env  map[string]string
		want string
		says string // where there is no folder
	}{
		{"the home folder", map[string]string{"HOME": "/home/ada"}, "/home/ada/.local/share/vastrelay", ""},
		{"a folder for data", map[string]string{"HOME": "/home/ada", "XDG_DATA_HOME": "/data"}, "/data/vastrelay", ""},
		{"a folder for data without a home", map[string]string{"XDG_DATA_HOME": "/data"}, "/data/vastrelay", ""},
		{"a service's folder", map[string]string{"HOME": "/home/ada", "XDG_DATA_HOME": "/data", "STATE_DIRECTORY": "/var/lib/vastrelay"}, "/var/lib/vastrelay", ""},
		{"a service's folder without a home", map[string]string{"STATE_DIRECTORY": "/var/lib/vastrelay"}, "/var/lib/vastrelay", ""},
		{"the first of a service's folders", map[string]string{"STATE_DIRECTORY": "/var/lib/one:/var/lib/two"}, "/var/lib/one", ""},
		{"a service's folder that is not a full path", map[string]string{"HOME": "/home/ada", "STATE_DIRECTORY": "vastrelay"}, "", "STATE_DIRECTORY"},
		{"a list that begins with nothing", map[string]string{"HOME": "/home/ada", "STATE_DIRECTORY": ":/var/lib/two"}, "", "STATE_DIRECTORY"},
		{"a service's folder that is the whole system", map[string]string{"STATE_DIRECTORY": "/"}, "", "STATE_DIRECTORY"},
		{"no home", nil, "", "HOME is not set"},
		{"a home that is the whole system", map[string]string{"HOME": "/"}, "", "HOME"},
		{"a home that is the whole system, in other words", map[string]string{"HOME": "/home/.."}, "", "HOME"},
		{"a home that is not a full path", map[string]string{"HOME": "ada"}, "", "HOME"},
		{"a folder for data that is not a full path", map[string]string{"HOME": "/home/ada", "XDG_DATA_HOME": "data"}, "", "XDG_DATA_HOME"},
	}
	t.Cleanup(xdg.Reload) // after Setenv's own cleanup has put the variables back
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, name := range []string{"HOME", "XDG_DATA_HOME", "STATE_DIRECTORY"} {
				t.Setenv(name, tt.env[name])
			}
			xdg.Reload()
			got, err := Find(os.Getenv)
			if tt.says == "" {
				if err != nil || got != tt.want {
					t.Errorf("got %q, %v, want %q", got, err, tt.want)
				}
				return
			}
			wrong, ok := errors.AsType[*Error](err)
			if !ok || !strings.Contains(wrong.Cause, tt.says) || !strings.Contains(wrong.Next, "--data-dir") || wrong.MayPass {
				t.Errorf("got %q, %v, want it to name %s and --data-dir", got, err, tt.says)
			}
		})
	}
}

func TestDemo(t *testing.T) {
	root := t.TempDir()
	state, own := filepath.Join(root, "state"), filepath.Join(root, "vastrelay")
	for name, tt := range map[string]struct{ state, dir, want string }{
		"beside a person's folder":                         {"", own, own + "-demo"},
		"within a service's folder":                        {state, state, filepath.Join(state, "demo")},
		"within the first of a service's folders":          {state + string(os.PathListSeparator) + own, state, filepath.Join(state, "demo")},
		"beside a folder that a person named to a service": {state, own, own + "-demo"},
		"beside a folder where the service's is no path":   {"state", own, own + "-demo"},
	} {
		t.Run(name, func(t *testing.T) {
			getenv := func(variable string) string {
				if variable == varStateDirectory {
					return tt.state
				}
				return ""
			}
			if got := Demo(tt.dir, getenv); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestEnsureMakesTheFolderPrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such modes on Windows")
	}
	dir := filepath.Join(t.TempDir(), "a", "b")
	if remark, err := Ensure(dir); err != nil || remark != "" {
		t.Fatalf("got %q, %v", remark, err)
	}
	for _, loose := range []os.FileMode{0o755, 0o775, 0o770, 0o750, 0o500, 0o700} {
		if err := os.Chmod(dir, loose); err != nil { // #nosec G302 -- the looseness is the case
			t.Fatal(err)
		}
		if remark, err := Ensure(dir); err != nil || remark != "" {
			t.Fatalf("from %o: got %q, %v", loose, remark, err)
		}
		if got := modeOf(t, dir); got != 0o700 {
			t.Errorf("from %o: got %o, want 700", loose, got)
		}
	}
}

func TestEnsureRefuses(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such modes on Windows")
	}
	folder := func(mode os.FileMode) func(t *testing.T) string {
		return func(t *testing.T) string {
			dir := filepath.Join(t.TempDir(), "data")
			if err := errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, mode)); err != nil {
				t.Fatal(err)
			}
			return dir
		}
	}
	tests := []struct {
		name string
		dir  func(t *testing.T) string
		says string
	}{
		{"a folder that everyone can write to", folder(0o777), "Everyone"},
		{"a folder that only others can write to", folder(0o702), "Everyone"},
		{"a folder for temporary files", folder(0o777 | os.ModeSticky), "Everyone"},
		{"a folder of a group that everyone can write to", folder(0o777 | os.ModeSetgid), "Everyone"},
		{"a file in the place of the folder", func(t *testing.T) string {
			file := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			return file
		}, "cannot be made"},
		{"a file in the place of a folder above", func(t *testing.T) string {
			file := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(file, "data")
		}, "cannot be made"},
		{"the whole system", func(*testing.T) string { return "/" }, "whole system"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := tt.dir(t)
			before, err := os.Stat(dir)
			remark, got := Ensure(dir)
			wrong, ok := errors.AsType[*Error](got)
			if !ok || !strings.Contains(wrong.Cause, tt.says) || !strings.Contains(wrong.Next, "--data-dir") || wrong.MayPass {
				t.Errorf("got %q, %v, want it to say %q and to name --data-dir", remark, got, tt.says)
			}
			if after, _ := os.Stat(dir); err == nil && after.Mode() != before.Mode() {
				t.Errorf("got mode %v, want it as it was: %v", after.Mode(), before.Mode())
			}
		})
	}
}
