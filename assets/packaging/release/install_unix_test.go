//go:build unix

package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const desktopEntryPath = "share/applications/app.vastrelay.desktop.desktop"

// unpacked is a release with its install script, as .ci/package packs one.
type unpacked struct {
	t    *testing.T
	dir  string
	home string
}

// unpack returns a release with the files of that program's menu entry, and others.
func unpack(t *testing.T, others ...string) unpacked {
	t.Helper()
	r := unpacked{t, t.TempDir(), t.TempDir()}
	r.copy("assets/packaging/linux/install.sh", "install.sh", 0o700)
	r.copy("assets/packaging/linux/app.vastrelay.desktop.desktop", desktopEntryPath, 0o600)
	r.write("bin/vastrelay", "#!/bin/sh\n")
	for _, path := range others {
		r.write(path, "text\n")
	}
	return r
}

func (r unpacked) copy(from, to string, mode fs.FileMode) {
	r.t.Helper()
	content, err := os.ReadFile(filepath.Join(top, from))
	if err != nil {
		r.t.Fatal(err)
	}
	r.write(to, string(content))
	if err := os.Chmod(filepath.Join(r.dir, to), mode); err != nil {
		r.t.Fatal(err)
	}
}

func (r unpacked) write(path, content string) {
	r.t.Helper()
	path = filepath.Join(r.dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// run runs the script for this user and returns what it says, and whether it was done.
// It is called from the folder above, with a mask that keeps files private.
func (r unpacked) run(args ...string) (said string, done bool) {
	r.t.Helper()
	script := filepath.Base(r.dir) + "/install.sh"
	cmd := exec.CommandContext(r.t.Context(), "/bin/sh", append([]string{"-c", `umask 077; exec "$0" "$@"`, script}, args...)...) //nolint:gosec // The test's own script.
	cmd.Dir, cmd.Env = filepath.Dir(r.dir), []string{"HOME=" + r.home, "PATH=/usr/bin:/bin"}
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// must is run for what has to be done.
func (r unpacked) must(args ...string) string {
	r.t.Helper()
	said, done := r.run(args...)
	if !done {
		r.t.Fatalf("install.sh %v: %s", args, said)
	}
	return said
}

// files are the files below dir, without those that a desktop keeps for itself.
func files(t *testing.T, dir string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.HasSuffix(path, "cache") {
			found = append(found, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestInstallScriptQuotesWhereTheProgramLies(t *testing.T) {
	for name, tc := range map[string]struct{ folder, exec, try string }{
		"plainly":                    {"opt", `"PREFIX/bin/vastrelay"`, `PREFIX/bin/vastrelay`},
		"with a slash at its end":    {"opt/", `"PREFIX/bin/vastrelay"`, `PREFIX/bin/vastrelay`},
		"with spaces":                {"my programs", `"PREFIX/bin/vastrelay"`, `PREFIX/bin/vastrelay`},
		"with an ampersand and bars": {"R&D|x", `"PREFIX/bin/vastrelay"`, `PREFIX/bin/vastrelay`},
		"with a percent sign":        {"100%", `"PREFIX%/bin/vastrelay"`, `PREFIX/bin/vastrelay`},
		"with a dollar sign":         {"$HOME", `"ABOVE/\\$HOME/bin/vastrelay"`, `PREFIX/bin/vastrelay`},
		"with a quotation mark":      {`a"b`, `"ABOVE/a\\"b/bin/vastrelay"`, `PREFIX/bin/vastrelay`},
		"with a backslash":           {`a\b`, `"ABOVE/a\\\\b/bin/vastrelay"`, `ABOVE/a\\b/bin/vastrelay`},
	} {
		t.Run(name, func(t *testing.T) {
			r, above := unpack(t), t.TempDir()
			prefix := above + "/" + strings.TrimSuffix(tc.folder, "/")
			r.must("--user", "--prefix", above+"/"+tc.folder)
			content, err := os.ReadFile(filepath.Join(prefix, desktopEntryPath)) //nolint:gosec // The test's own folder.
			if err != nil {
				t.Fatal(err)
			}
			place := strings.NewReplacer("PREFIX", prefix, "ABOVE", above)
			for _, want := range []string{"Exec=" + place.Replace(tc.exec), "Exec=" + place.Replace(tc.exec) + " --demo", "TryExec=" + place.Replace(tc.try)} {
				if !slices.Contains(strings.Split(string(content), "\n"), want) {
					t.Errorf("there is no line %s in\n%s", want, content)
				}
			}
			r.must("--user", "--prefix", above+"/"+tc.folder, "--uninstall")
			if left := files(t, above); len(left) > 0 {
				t.Errorf("left: %v", left)
			}
			if _, err := os.Stat(above); err != nil {
				t.Errorf("the folder above is gone: %v", err)
			}
		})
	}
}

func TestInstallScriptForEverybodyIgnoresAPrivateMask(t *testing.T) {
	r, prefix := unpack(t), filepath.Join(t.TempDir(), "opt")
	r.must("--system", "--prefix", prefix)
	for _, path := range []string{"bin", "bin/vastrelay", "share/applications", desktopEntryPath} {
		info, err := os.Stat(filepath.Join(prefix, path))
		if err != nil {
			t.Fatal(err)
		}
		want := fs.FileMode(0o644)
		if info.IsDir() || path == "bin/vastrelay" {
			want = 0o755
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: got mode %o, want %o", path, got, want)
		}
	}
}

func TestInstallScriptRemovesWhatAnEarlierReleaseHad(t *testing.T) {
	older, newer := unpack(t, "share/doc/vastrelay/old.txt", "share/icons/gone/a.png"), unpack(t, "share/doc/vastrelay/new.txt")
	prefix := filepath.Join(t.TempDir(), "opt")
	older.must("--user", "--prefix", prefix)
	foreign := filepath.Join(prefix, "share/doc/vastrelay/mine.txt")
	if err := os.WriteFile(foreign, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// A list that was tampered with leads nowhere else.
	list := filepath.Join(prefix, "share/doc/vastrelay/installed-files")
	outside := filepath.Join(filepath.Dir(prefix), "outside")
	for path, content := range map[string]string{outside: "", list: "share/../../outside\n"} {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // The test's own folder.
		if err != nil {
			t.Fatal(err)
		}
		if _, err = f.WriteString(content); err != nil || f.Close() != nil {
			t.Fatal(err)
		}
	}
	newer.must("--user", "--prefix", prefix)
	got, want := files(t, prefix), []string{
		"bin/vastrelay", desktopEntryPath,
		"share/doc/vastrelay/installed-files", "share/doc/vastrelay/mine.txt", "share/doc/vastrelay/new.txt",
	}
	if !slices.Equal(got, want) {
		t.Errorf("installed: got %v, want %v", got, want)
	}
	newer.must("--user", "--prefix", prefix, "--uninstall")
	if got, want := files(t, filepath.Dir(prefix)), []string{"opt/share/doc/vastrelay/mine.txt", "outside"}; !slices.Equal(got, want) {
		t.Errorf("left: got %v, want what is somebody else's alone: %v", got, want)
	}
}

func TestInstallScriptRemovesItsOwnLoginEntryAlone(t *testing.T) {
	r := unpack(t)
	login := filepath.Join(r.home, ".config/autostart/app.vastrelay.desktop.desktop")
	for program, gone := range map[string]bool{r.home + "/.local/bin/vastrelay": true, "/usr/bin/vastrelay": false} {
		r.must("--user")
		if err := os.MkdirAll(filepath.Dir(login), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(login, []byte("[Desktop Entry]\nTryExec="+program+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		r.must("--user", "--uninstall")
		if _, err := os.Lstat(login); os.IsNotExist(err) != gone {
			t.Errorf("the entry that opens %s: gone is %v, want %v", program, !gone, gone)
		}
	}
}

func TestInstallScriptSaysHowItIsUsed(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		done bool
		says string
	}{
		"asked for help":             {[]string{"--help"}, true, "usage: ./install.sh"},
		"an option of others":        {[]string{"--destdir"}, false, "there is no option --destdir."},
		"a prefix without one":       {[]string{"--prefix"}, false, "--prefix takes a path."},
		"an empty prefix":            {[]string{"--prefix", ""}, false, "--prefix takes a path."},
		"a prefix that is not whole": {[]string{"--prefix", "opt"}, false, "begins with a slash"},
		"a prefix of two lines":      {[]string{"--prefix", "/tmp/a\nb"}, false, "without control characters"},
	} {
		t.Run(name, func(t *testing.T) {
			said, done := unpack(t).run(append([]string{"--user"}, tc.args...)...)
			if done != tc.done || !strings.Contains(said, tc.says) || !strings.Contains(said, "--uninstall") {
				t.Errorf("got %v and %q, want %v and %q with the options", done, said, tc.done, tc.says)
			}
		})
	}
}
