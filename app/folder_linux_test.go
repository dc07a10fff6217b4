package app_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"vastrelay/app/status"
	"vastrelay/vastapi/vasttest"
)

// withoutDataDir takes the flag away that names the data folder.
func withoutDataDir(cmd *exec.Cmd) {
	i := slices.Index(cmd.Args, "--data-dir")
	cmd.Args = slices.Delete(cmd.Args, i, i+2)
}

// withEnv replaces variables of the command's environment; empty: not set.
func withEnv(cmd *exec.Cmd, env map[string]string) {
	cmd.Env = slices.DeleteFunc(cmd.Env, func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		_, replaced := env[name]
		return replaced
	})
	for name, value := range env {
		if value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
}

func TestTheDataFolderWithoutTheFlag(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		env  map[string]string // $T is an empty folder
		want string            // where the data is; empty: refused
	}{
		{"in the home folder", map[string]string{"HOME": "$T"}, "$T/.local/share/vastrelay"},
		{"where a service manager says", map[string]string{"HOME": "", "STATE_DIRECTORY": "$T/state"}, "$T/state"},
		{"in the first folder that a service manager names", map[string]string{"HOME": "$T", "STATE_DIRECTORY": "$T/one:$T/two"}, "$T/one"},
		{"without a home", map[string]string{"HOME": ""}, ""},
		{"with the whole system for a home", map[string]string{"HOME": "/"}, ""},
		{"with a home that is not a full path", map[string]string{"HOME": "home"}, ""},
		{"with a folder for data that is not a full path", map[string]string{"HOME": "$T", "XDG_DATA_HOME": "data"}, ""},
		{"with a home that is no folder", map[string]string{"HOME": "/dev/null"}, ""},
		{"in the demo, without a home", map[string]string{"HOME": "", "--demo": ""}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			base := t.TempDir()
			env := map[string]string{}
			var args []string
			for name, value := range tt.env {
				if strings.HasPrefix(name, "--") {
					args = append(args, name)
					continue
				}
				env[name] = strings.ReplaceAll(value, "$T", base)
			}
			c := w.startAs(t, nil, func(cmd *exec.Cmd) {
				withoutDataDir(cmd)
				withEnv(cmd, env)
				cmd.Dir = t.TempDir()
			}, args...)
			if tt.want == "" {
				c.wait()
				if said := c.stderr.String(); c.code != 2 || !strings.Contains(said, "--data-dir") || strings.Count(said, "\n") != 1 {
					t.Errorf("got exit code %d and %q, want 2 and one line that names --data-dir", c.code, said)
				}
				if _, err := os.Stat("/.local/share/vastrelay"); err == nil {
					t.Error("got a data folder at the root of the system")
				}
				return
			}
			c.reach(status.Relaying)
			if _, err := os.Stat(filepath.Join(strings.ReplaceAll(tt.want, "$T", base), "events.db")); err != nil {
				t.Errorf("got %v, want the data in %s", err, tt.want)
			}
		})
	}
}

func TestAFolderThatEveryoneCanWriteTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	orFail(t, os.Chmod(w.dir, 0o777)) //nolint:gosec // The looseness is the case.
	c := w.start(t, nil)
	c.wait()
	if said := c.stderr.String(); c.code != 2 || !strings.HasPrefix(said, "vastrelay: The data folder cannot be used: Everyone") || !strings.Contains(said, "--data-dir") {
		t.Errorf("got exit code %d and %q, want 2 and a sentence", c.code, said)
	}
	if entries, err := os.ReadDir(w.dir); err != nil || len(entries) != 0 {
		t.Errorf("got %v, %v, want nothing put there", entries, err)
	}
}

// containerUser is a user without a name, as containers run under.
const containerUser = 12345

// asUser makes the command run under containerUser, from a copy of the program
// that this user may start.
func (w *world) asUser(t *testing.T) func(*exec.Cmd) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can start the program as another user")
	}
	dir, err := os.MkdirTemp("", "vr")
	orFail(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	orFail(t, os.Chmod(dir, 0o755)) //nolint:gosec // Another user must reach what is in it.
	program := filepath.Join(dir, "program")
	// Copied by another process: while this one has it open for writing, so may
	// children that other tests start just then, and it cannot be run.
	orFail(t, exec.Command("cp", os.Args[0], program).Run()) //nolint:gosec // The test binary itself.
	orFail(t, os.Chmod(program, 0o755))                      //nolint:gosec // As above.
	ca := filepath.Join(dir, "ca.pem")
	orFail(t, os.WriteFile(ca, w.edge.CAPEM(), 0o644)) //nolint:gosec // As above.
	w.env["VASTRELAY_NGROK_CA"] = ca
	return func(cmd *exec.Cmd) {
		cmd.Path = program
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: containerUser, Gid: containerUser, NoSetGroups: true}}
		withEnv(cmd, map[string]string{"HOME": "", "VASTRELAY_NGROK_CA": ca})
	}
}

// reachableDir makes the data folder in one that every user can enter.
func (w *world) reachableDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "vr")
	orFail(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	w.dir = dir
	return dir
}

func TestAVolumeOfAContainer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		mode    fs.FileMode
		owner   int
		group   int
		relays  bool
		says    string // in the status, or in the refusal
		isMoved fs.FileMode
	}{
		{"that belongs to root and is open to the group", 0o775 | fs.ModeSetgid, 0, containerUser, true, "belongs to user 0 and group 12345", 0o775},
		{"that is open to the group alone", 0o770 | fs.ModeSetgid, 0, containerUser, true, "belongs to user 0 and group 12345", 0o770},
		{"that is the user's own", 0o775, containerUser, containerUser, true, "", 0o700},
		{"that the group may only read", 0o755, 0, containerUser, false, "may not write", 0o755},
		{"that belongs to another group", 0o775, 0, 54321, false, "may not write", 0o775},
		{"that everyone can write to", 0o777, 0, containerUser, false, "Everyone", 0o777},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			alter := w.asUser(t)
			dir := w.reachableDir(t)
			orFail(t, os.Chown(dir, tt.owner, tt.group))
			orFail(t, os.Chmod(dir, tt.mode))
			// An earlier container has left a file that others may read.
			orFail(t, os.WriteFile(filepath.Join(dir, "vastrelay.log"), []byte("before\n"), 0o600))
			orFail(t, os.Chown(filepath.Join(dir, "vastrelay.log"), containerUser, tt.group))
			orFail(t, os.Chmod(filepath.Join(dir, "vastrelay.log"), 0o664))
			c := w.startAs(t, nil, alter)
			if tt.relays {
				c.reach(status.Relaying)
				w.emit(t, vasttest.Emission{Subject: "into the volume"})
				eventually(t, "the event stands in Chat", func() bool { return w.count("into the volume") == 1 })
				eventually(t, "the status says what the folder is", func() bool {
					s, ok := c.snapshot()
					return ok && strings.Contains(s.Folder.String(), tt.says) && (tt.says != "") == (!s.Folder.IsZero())
				})
				if code, took := c.stop(); code != 0 || took > stopLimit {
					t.Errorf("got exit code %d after %v, want 0 within %v", code, took, stopLimit)
				}
				said := 0
				for line := range strings.Lines(w.log(t)) {
					if strings.Contains(line, "data folder belongs to") {
						said++
					}
				}
				if want := min(len(tt.says), 1); said != want {
					t.Errorf("got it said %d times in the log, want %d", said, want)
				}
				filesArePrivate(t, dir)
			} else if c.wait(); c.code != 2 || !strings.Contains(c.stderr.String(), tt.says) || !strings.Contains(c.stderr.String(), "--data-dir") {
				t.Errorf("got exit code %d and %q, want 2 and %q", c.code, c.stderr, tt.says)
			}
			if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != tt.isMoved {
				t.Errorf("got folder %v, %v, want mode %v", info.Mode(), err, tt.isMoved)
			}
		})
	}
}

// filesArePrivate fails for each file of a folder that others may use.
func filesArePrivate(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	orFail(t, err)
	if len(entries) < 4 {
		t.Errorf("got files %v, want the settings, the database and the log among them", entries)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: got %v, %v, want it closed to others", entry.Name(), info.Mode(), err)
		}
	}
}

// TestAFileOfAnotherUserRefusesTheStart leaves one file of root's in a user's
// folder, as a start with sudo does: no new start by itself changes that.
func TestAFileOfAnotherUserRefusesTheStart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		mode fs.FileMode
	}{
		{"lock", 0o600},
		{"settings.json", 0o600},
		{"webhooks.json", 0o600},
		{"webhooks.json.last-good", 0o600}, // the file itself is gone
		{"proofs.json", 0o600},
		{"secrets.sealed", 0o600},
		{"events.db", 0o600},
		{"events.db", 0o644}, // which this user may read, and not write to
		{"events.db-wal", 0o600},
	}
	for _, tt := range tests {
		t.Run(tt.name+" "+tt.mode.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			alter := w.asUser(t)
			dir := w.reachableDir(t)
			orFail(t, os.Chown(dir, containerUser, containerUser))
			path := filepath.Join(dir, tt.name)
			orFail(t, os.WriteFile(path, nil, tt.mode))
			orFail(t, os.Chmod(path, tt.mode))
			c := w.startAs(t, nil, alter)
			c.wait()
			said := c.stderr.String()
			if i := strings.Index(said, "vastrelay: "); c.code != 2 || i < 0 ||
				!strings.Contains(said[i:], tt.name) || !strings.Contains(said[i:], "belong to the user who runs the program") {
				t.Errorf("got exit code %d and %q, want 2, the file named and what to do", c.code, said)
			}
			info, err := os.Stat(path)
			if err != nil || info.Mode().Perm() != tt.mode || info.Size() != 0 {
				t.Errorf("got %v, %v, want the file left as it was", info, err)
			}
		})
	}
}

func TestRootLeavesAFolderOfSomebodyElsesAlone(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can do harm there")
	}
	for _, mode := range []fs.FileMode{0o700, 0o755} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			orFail(t, os.Chmod(w.dir, mode))
			orFail(t, os.Chown(w.dir, containerUser, containerUser))
			c := w.start(t, nil)
			c.wait()
			if said := c.stderr.String(); c.code != 2 || !strings.Contains(said, "belongs to another user (12345)") || !strings.Contains(said, "--data-dir") {
				t.Errorf("got exit code %d and %q, want 2 and a sentence", c.code, said)
			}
			info, err := os.Stat(w.dir)
			entries, _ := os.ReadDir(w.dir)
			if err != nil || info.Mode().Perm() != mode || len(entries) != 0 {
				t.Errorf("got %v, %v with %v, want it untouched", info.Mode(), err, entries)
			}
		})
	}
}
