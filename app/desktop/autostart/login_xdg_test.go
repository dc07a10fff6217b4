//go:build unix && !darwin

package autostart

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"vastrelay/app/status"
)

// home is the folder of a user in which entries are read and written.
type home struct {
	t       *testing.T
	dir     string
	env     map[string]string
	program string // that is to be opened
}

func newHome(t *testing.T) *home {
	t.Helper()
	dir := t.TempDir()
	h := &home{t: t, dir: dir, program: filepath.Join(dir, "vastrelay")}
	h.env = map[string]string{"HOME": dir, "XDG_CONFIG_DIRS": filepath.Join(dir, "etc"), "XDG_CURRENT_DESKTOP": "XFCE", "PATH": os.Getenv("PATH")}
	h.executable(h.program)
	return h
}

// executable makes a program at path.
func (h *home) executable(path string) {
	h.t.Helper()
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil { //nolint:gosec // A program.
		h.t.Fatal(err)
	}
}

func (h *home) login() *Login {
	return New(Options{
		Getenv: func(name string) string { return h.env[name] }, Args: []string{"--hidden"},
		Program: func() (string, error) { return h.program, nil },
	})
}

// path is that of the entry of the user.
func (h *home) path() string { return filepath.Join(h.dir, ".config", "autostart", entryName) }

// put makes the file at path hold content.
func (h *home) put(path, content string) {
	h.t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
		h.t.Fatal(err)
	}
}

func TestTheEntryIsShownAsItIs(t *testing.T) {
	for _, tt := range []struct {
		name  string
		stage func(h *home)
		want  status.LoginState
	}{
		{"there is none", func(*home) {}, status.LoginOff},
		{"as we write it", func(h *home) { h.put(h.path(), formatDesktopEntry([]string{h.program, "--hidden"})) }, status.LoginOn},
		{"by a link to the program", func(h *home) {
			link := filepath.Join(h.dir, "link")
			_ = os.Symlink(h.program, link)
			h.put(h.path(), formatDesktopEntry([]string{link, "--hidden"}))
		}, status.LoginOn},
		{"in a file that a link leads to", func(h *home) {
			h.put(filepath.Join(h.dir, "dotfiles"), formatDesktopEntry([]string{h.program, "--hidden"}))
			_ = os.MkdirAll(filepath.Dir(h.path()), 0o700)
			_ = os.Symlink(filepath.Join(h.dir, "dotfiles"), h.path())
		}, status.LoginOn},
		{"switched off in the settings of the desktop", func(h *home) {
			h.put(h.path(), formatDesktopEntry([]string{h.program, "--hidden"})+"Hidden=true\n")
		}, status.LoginOff},
		{"switched off in the settings of MATE", func(h *home) {
			h.put(h.path(), formatDesktopEntry([]string{h.program, "--hidden"})+"X-MATE-Autostart-enabled=false\n")
		}, status.LoginOff},
		{"for another desktop", func(h *home) {
			h.put(h.path(), formatDesktopEntry([]string{h.program, "--hidden"})+"OnlyShowIn=KDE;\n")
		}, status.LoginOff},
		{"with other arguments", func(h *home) { h.put(h.path(), formatDesktopEntry([]string{h.program, "--demo"})) }, status.LoginOtherArguments},
		{"without arguments", func(h *home) { h.put(h.path(), formatDesktopEntry([]string{h.program})) }, status.LoginOtherArguments},
		{"for another copy", func(h *home) {
			h.executable(filepath.Join(h.dir, "other"))
			h.put(h.path(), formatDesktopEntry([]string{filepath.Join(h.dir, "other"), "--hidden"}))
		}, status.LoginOtherProgram},
		{"for another program of the search path", func(h *home) { h.put(h.path(), "[Desktop Entry]\nExec=sh --hidden\n") }, status.LoginOtherProgram},
		{"for a program that is gone", func(h *home) {
			h.put(h.path(), formatDesktopEntry([]string{filepath.Join(h.dir, "gone"), "--hidden"}))
		}, status.LoginBroken},
		{"for a program that cannot be run", func(h *home) {
			h.put(filepath.Join(h.dir, "text"), "")
			h.put(h.path(), formatDesktopEntry([]string{filepath.Join(h.dir, "text"), "--hidden"}))
		}, status.LoginBroken},
		{"with a TryExec that is gone", func(h *home) {
			h.put(h.path(), "[Desktop Entry]\nExec="+h.program+" --hidden\nTryExec=/nonexistent/x\n")
		}, status.LoginBroken},
		{"cut off", func(h *home) { h.put(h.path(), "[Desktop Entry]\nExec=\"/a") }, status.LoginUnreadable},
		{"a folder", func(h *home) { _ = os.MkdirAll(h.path(), 0o700) }, status.LoginUnreadable},
		{"in the folder that XDG_CONFIG_HOME names", func(h *home) {
			h.env["XDG_CONFIG_HOME"] = filepath.Join(h.dir, "conf")
			h.put(filepath.Join(h.dir, "conf", "autostart", entryName), formatDesktopEntry([]string{h.program, "--hidden"}))
		}, status.LoginOn},
		{"not where a relative XDG_CONFIG_HOME leads", func(h *home) {
			h.env["XDG_CONFIG_HOME"] = "conf"
			h.put(h.path(), formatDesktopEntry([]string{h.program, "--hidden"}))
		}, status.LoginOn},
		{"set up for all users", func(h *home) {
			h.put(filepath.Join(h.dir, "etc", "autostart", entryName), formatDesktopEntry([]string{h.program, "--hidden"}))
		}, status.LoginOn},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHome(t)
			tt.stage(h)
			got := h.login().Look(t.Context())
			if got.State != tt.want || got.Refused != status.LoginAllowed {
				t.Fatalf("got %+v, want %s", got, tt.want)
			}
			// One click each mends it and turns it off.
			if err := h.login().Set(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			if got := h.login().Look(t.Context()); got.State != status.LoginOn || !slices.Equal(got.Command, []string{h.program, "--hidden"}) {
				t.Errorf("turned on: got %+v", got)
			}
			if err := h.login().Set(t.Context(), false); err != nil {
				t.Fatal(err)
			}
			if got := h.login().Look(t.Context()); got.State != status.LoginOff {
				t.Errorf("turned off: got %+v", got)
			}
		})
	}
}

func TestTurningOffWhatIsOffIsNoError(t *testing.T) {
	if err := newHome(t).login().Set(t.Context(), false); err != nil {
		t.Error(err)
	}
}

func TestWithoutAHomeThereIsNoPlace(t *testing.T) {
	h := newHome(t)
	h.env["HOME"] = ""
	if err := h.login().Set(t.Context(), true); !errors.Is(err, errNoHome) {
		t.Errorf("got %v, want %v", err, errNoHome)
	}
}

func TestAFailedWriteLeavesTheEntryAsItWas(t *testing.T) {
	h := newHome(t)
	h.put(h.path(), formatDesktopEntry([]string{h.program, "--demo"}))
	folder := filepath.Dir(h.path())
	if err := os.Chmod(folder, 0o500); err != nil { //nolint:gosec // A folder.
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(folder, 0o700) }) //nolint:gosec // A folder.
	if os.Getuid() == 0 {
		t.Skip("root writes everywhere")
	}
	if err := h.login().Set(t.Context(), true); err == nil {
		t.Error("a folder that cannot be written took an entry")
	}
	if got := h.login().Look(t.Context()).State; got != status.LoginOtherArguments {
		t.Errorf("got %s, want the entry as it was", got)
	}
}

func TestLasting(t *testing.T) {
	dir := t.TempDir()
	temp := filepath.Join(dir, "temp")
	program := filepath.Join(dir, "bin", "vastrelay")
	image := filepath.Join(dir, "Relay.AppImage")
	for _, path := range []string{program, image, filepath.Join(temp, "x", "vastrelay"), filepath.Join(dir, "go-build123", "b001", "exe", "vastrelay"), filepath.Join(dir, "mount", "usr", "vastrelay")} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o700)); err != nil { //nolint:gosec // A program.
			t.Fatal(err)
		}
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(program, link); err != nil {
		t.Fatal(err)
	}
	mount := map[string]string{"APPIMAGE": image, "APPDIR": filepath.Join(dir, "mount")}
	for _, tt := range []struct {
		name, path string
		env        map[string]string
		want       string
		refused    status.LoginRefusal
	}{
		{"a program", program, nil, program, ""},
		{"a link to it", link, nil, program, ""},
		{"one whose file was replaced while it runs", program + " (deleted)", nil, program, ""},
		{"one that is gone", filepath.Join(dir, "gone"), nil, "", status.LoginNoProgram},
		{"a folder", dir, nil, "", status.LoginNoProgram},
		{"one below the folder for temporary files", filepath.Join(temp, "x", "vastrelay"), nil, "", status.LoginTemporary},
		{"one that go run has built", filepath.Join(dir, "go-build123", "b001", "exe", "vastrelay"), nil, "", status.LoginTemporary},
		{"one of an AppImage", filepath.Join(dir, "mount", "usr", "vastrelay"), mount, image, ""},
		{"one that another AppImage has started", program, mount, program, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := lasting(tt.path, func(name string) string { return tt.env[name] }, temp)
			if got != tt.want || refusalOf(err) != tt.refused {
				t.Errorf("got %q, %v; want %q, %q", got, err, tt.want, tt.refused)
			}
		})
	}
}

func TestARefusedCopyIsSaidAndNotEntered(t *testing.T) {
	h := newHome(t)
	l := New(Options{
		Getenv:  func(name string) string { return h.env[name] },
		Program: func() (string, error) { return "", &Refusal{status.LoginTemporary} },
	})
	if got := l.Look(t.Context()); got.State != status.LoginOff || got.Refused != status.LoginTemporary {
		t.Errorf("got %+v", got)
	}
	if err := l.Set(t.Context(), true); refusalOf(err) != status.LoginTemporary {
		t.Errorf("got %v, want a refusal", err)
	}
	if _, err := os.Lstat(h.path()); err == nil {
		t.Error("an entry was written")
	}
}

func TestFoldersOfEntries(t *testing.T) {
	for _, tt := range []struct {
		name string
		env  map[string]string
		want []string
	}{
		{"nothing is named", map[string]string{"HOME": "/home/ada"}, []string{"/home/ada/.config", "/etc/xdg"}},
		{"both are named", map[string]string{"HOME": "/home/ada", "XDG_CONFIG_HOME": "/conf", "XDG_CONFIG_DIRS": "/one:/two"}, []string{"/conf", "/one", "/two"}},
		{"relative paths do not count", map[string]string{"HOME": "/home/ada", "XDG_CONFIG_HOME": "conf", "XDG_CONFIG_DIRS": "one:/two:"}, []string{"/home/ada/.config", "/two"}},
		{"there is no home", map[string]string{}, []string{"", "/etc/xdg"}},
		{"there is no home, and a relative path", map[string]string{"XDG_CONFIG_HOME": "conf"}, []string{"", "/etc/xdg"}},
		{"the home is a relative path", map[string]string{"HOME": "ada"}, []string{"", "/etc/xdg"}},
	} {
		if got := configFolders(func(name string) string { return tt.env[name] }); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestWithin(t *testing.T) {
	for _, tt := range []struct {
		path, folder string
		want         bool
	}{
		{"/tmp/x/vastrelay", "/tmp", true},
		{"/tmp", "/tmp", true},
		{"/tmpfile/vastrelay", "/tmp", false},
		{"/opt/vastrelay", "/tmp", false},
		{"/..tmp/vastrelay", "/", true},
		{"/opt/vastrelay", "", false},
		{"opt/vastrelay", "", false},
	} {
		if got := within(tt.path, tt.folder); got != tt.want {
			t.Errorf("%q in %q: got %v, want %v", tt.path, tt.folder, got, tt.want)
		}
	}
}
