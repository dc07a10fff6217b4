//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The scripts that .ci/release calls, which install and build for minutes, in a form
// that says how they were called.
const (
	fakeDeps    = "#!/bin/sh\necho \"deps $*\"\n"
	fakePackage = "#!/bin/sh\necho \"packages of $VERSION, complete: $COMPLETE\"\nmkdir -p dist\ncp notes \"dist/vastrelay-$VERSION-notes.md\"\n"
)

// releaseLog is a change log with an entry of version 1.2.3.
const releaseLog = "# Changes\n\n## 1.2.3 (2026-12-01)\n\n- First.\n"

// checkout is a clean checkout with what .ci/release reads.
type checkout struct {
	t   *testing.T
	dir string
}

func newCheckout(t *testing.T) checkout {
	t.Helper()
	for _, program := range []string{"bash", "git"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	c := checkout{t, t.TempDir()}
	for _, path := range []string{".ci/release", "go.mod", "go.sum", iconPath} {
		c.copy(path)
	}
	sources, err := filepath.Glob(filepath.Join(top, "assets/packaging/release/*.go"))
	if err != nil || len(sources) == 0 {
		t.Fatalf("the sources of this program: %v, %v", sources, err)
	}
	for _, source := range sources {
		if !strings.HasSuffix(source, "_test.go") {
			c.copy("assets/packaging/release/" + filepath.Base(source))
		}
	}
	c.write(".ci/deps", fakeDeps, 0o700)
	c.write(".ci/package", fakePackage, 0o700)
	c.write("notes", "What is new.\n", 0o600)
	c.write(".gitignore", "/dist/\n", 0o600)
	c.write("FyneApp.toml", "[Details]\n  Version = \"1.2.3\"\n", 0o600)
	c.write(changeLogPath, releaseLog, 0o600)
	c.git("init", "-q", "-b", "main")
	c.commit()
	return c
}

// copy takes a file of this tree over.
func (c checkout) copy(path string) {
	c.t.Helper()
	from := filepath.Join(top, path)
	content, err := os.ReadFile(from) //nolint:gosec // A file of this tree.
	if err != nil {
		c.t.Fatal(err)
	}
	info, err := os.Stat(from)
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(path, string(content), info.Mode().Perm())
}

func (c checkout) write(path, content string, mode os.FileMode) {
	c.t.Helper()
	path = filepath.Join(c.dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		c.t.Fatal(err)
	}
}

// git runs git, without the settings of whoever runs the test.
func (c checkout) git(args ...string) {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), "git", append([]string{"-c", "user.name=A", "-c", "user.email=a@example.com"}, args...)...) //nolint:gosec // The test's own arguments.
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// commit commits everything.
func (c checkout) commit() {
	c.t.Helper()
	c.git("add", "-A")
	c.git("commit", "-q", "-m", "Change everything")
}

// release runs .ci/release and returns what it said.
func (c checkout) release(version string) (said string, err error) {
	c.t.Helper()
	cmd := exec.CommandContext(c.t.Context(), filepath.Join(c.dir, ".ci/release"), version) //nolint:gosec // The script under test.
	cmd.Env = append(os.Environ(), "COMPLETE=")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestRelease(t *testing.T) {
	c := newCheckout(t)
	for _, when := range []string{"before the tag", "again, from the commit of the tag"} {
		said, err := c.release("1.2.3")
		if err != nil {
			t.Fatalf("%s: %v\n%s", when, err, said)
		}
		for _, want := range []string{"deps window package\n", "packages of 1.2.3, complete: yes\n", "\nWhat is new.\n", "git tag -a v1.2.3"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: got %q, want %q in it", when, said, want)
			}
		}
		if when == "before the tag" {
			c.git("tag", "-a", "v1.2.3", "-m", "Vast Relay 1.2.3")
		}
	}
}

func TestReleaseIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		version string
		change  func(c checkout)
		want    string
	}{
		"without a version":                 {version: "", want: "name the version"},
		"with a version of two numbers":     {version: "1.2", want: "name the version"},
		"with a letter before the version":  {version: "v1.2.3", want: "name the version"},
		"with a pre-release":                {version: "1.2.3-rc.1", want: "name the version"},
		"with a zero before a number":       {version: "1.02.3", want: "name the version"},
		"with something after the version":  {version: "1.2.3\n", want: "name the version"},
		"with another version than the app": {version: "1.3.0", want: "FyneApp.toml says 1.2.3, not 1.3.0"},
		"with a change that is not committed": {version: "1.2.3", want: " M notes\n", change: func(c checkout) {
			c.write("notes", "More.\n", 0o600)
		}},
		"with a change that is about to be committed": {version: "1.2.3", want: "M  notes\n", change: func(c checkout) {
			c.write("notes", "More.\n", 0o600)
			c.git("add", "notes")
		}},
		"with a file that git does not know": {version: "1.2.3", want: "?? more.go\n", change: func(c checkout) {
			c.write("more.go", "package main\n", 0o600)
		}},
		"where another commit has the tag": {version: "1.2.3", want: "1.2.3 was released already", change: func(c checkout) {
			c.git("tag", "-a", "v1.2.3", "-m", "Vast Relay 1.2.3")
			c.write("notes", "More.\n", 0o600)
			c.commit()
		}},
		"without an entry in the change log": {version: "1.2.3", want: "say there what is new", change: func(c checkout) {
			c.write(changeLogPath, strings.ReplaceAll(releaseLog, "1.2.3", "1.2.2"), 0o600)
			c.commit()
		}},
		"with an empty entry": {version: "1.2.3", want: "1.2.3 has no change", change: func(c checkout) {
			c.write(changeLogPath, strings.ReplaceAll(releaseLog, "- First.\n", ""), 0o600)
			c.commit()
		}},
		"with an entry without a date": {version: "1.2.3", want: "want a heading", change: func(c checkout) {
			c.write(changeLogPath, strings.ReplaceAll(releaseLog, " (2026-12-01)", ""), 0o600)
			c.commit()
		}},
		"without a change log": {version: "1.2.3", want: changeLogPath, change: func(c checkout) {
			c.git("rm", "-q", changeLogPath)
			c.commit()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCheckout(t)
			if tt.change != nil {
				tt.change(c)
			}
			said, err := c.release(tt.version)
			if err == nil || !strings.Contains(said, "release: ") || !strings.Contains(said, tt.want) {
				t.Errorf("got %v and %q, want %q in it", err, said, tt.want)
			}
			if strings.Contains(said, "deps ") || strings.Contains(said, "packages of") {
				t.Errorf("it went on: %q", said)
			}
			if _, err := os.Stat(filepath.Join(c.dir, "dist")); err == nil {
				t.Error("dist was made")
			}
		})
	}
}
