package secrets

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// describe puts err into one word for the line protocol of operate.
func describe(err error) string {
	var stateErr *StateError
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, ErrNotFound):
		return "not_found"
	case errors.Is(err, ErrDismissed):
		return "dismissed"
	case errors.Is(err, context.DeadlineExceeded):
		return "gave_up"
	case errors.As(err, &stateErr):
		return string(stateErr.State)
	default:
		return strings.ReplaceAll(err.Error(), " ", "_")
	}
}

// need skips the test when a program is not installed, except in CI, where it
// must be.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not installed", program)
			}
			t.Skipf("%s is not installed", program)
		}
	}
}

// session is a login session of its own: home, runtime folder and bus.
type session struct {
	t       *testing.T
	home    string
	runtime string
	address string
	config  string // file, of the bus
	env     []string
	stopBus func()
}

// busConfig is a session bus that starts nothing by itself.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=SOCKET</listen>
  SERVICES
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`

// newSession starts a session. With a display, its bus can start the programs
// that are installed for it, such as the one that asks for passwords.
func newSession(t *testing.T, display bool) *session {
	t.Helper()
	need(t, "dbus-daemon")
	// A test's own temporary folder has a name too long for a socket in it.
	dir, err := os.MkdirTemp("", "session")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &session{t: t, home: filepath.Join(dir, "home"), runtime: filepath.Join(dir, "run")}
	for _, dir := range []string{s.home, s.runtime} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	socket := filepath.Join(s.runtime, "private-bus")
	s.address = "unix:path=" + socket
	s.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.home, "XDG_RUNTIME_DIR=" + s.runtime,
		busVariable + "=" + s.address, operateVariable + "=1",
	}
	text := strings.ReplaceAll(busConfig, "SOCKET", socket)
	dirs := ""
	if display {
		dirs = "<standard_session_servicedirs/>"
		s.env = append(s.env, s.startDisplay())
	}
	file := filepath.Join(s.runtime, "bus.conf")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "SERVICES", dirs)), 0o600); err != nil {
		t.Fatal(err)
	}
	s.config = file
	s.startBus()
	return s
}

// startBus starts the bus, or another at the same address.
func (s *session) startBus() {
	s.t.Helper()
	daemon := exec.Command("dbus-daemon", "--nofork", "--nopidfile", "--print-address=1", "--config-file="+s.config)
	daemon.Env = s.env
	out, err := daemon.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	s.stopBus = s.start(daemon)
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		s.t.Fatalf("the bus did not come up: %v", err)
	}
}

// start runs cmd until stop is called, at the latest at the end of the test.
func (s *session) start(cmd *exec.Cmd) (stop func()) {
	s.t.Helper()
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	s.t.Cleanup(stop)
	return stop
}

// startKeyring starts the real daemon and waits until it owns its name. A
// line on its standard input unlocks, or creates, the login collection.
func (s *session) startKeyring(unlock bool) (stop func()) {
	s.t.Helper()
	need(s.t, "gnome-keyring-daemon")
	conn, err := dbus.Connect(s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.AddMatchSignal(dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, secretsName)); err != nil {
		s.t.Fatal(err)
	}
	changes := make(chan *dbus.Signal, 16)
	conn.Signal(changes)
	args := []string{"--foreground", "--components=secrets"}
	if unlock {
		args = append(args, "--unlock")
	}
	daemon := exec.Command("gnome-keyring-daemon", args...)
	daemon.Env = s.env
	daemon.Stdin = strings.NewReader("\n")
	stopDaemon := s.start(daemon)
	for {
		select {
		case change := <-changes:
			if change.Name != busName+".NameOwnerChanged" {
				continue
			}
			if owner, _ := change.Body[2].(string); owner != "" {
				return stopDaemon
			}
		case <-time.After(20 * time.Second):
			s.t.Fatal("the keyring daemon did not take its name")
		}
	}
}

// operate runs the operations in a process of this session and returns its
// answers.
func (s *session) operate(operations []string, env ...string) []string {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.t.Context(), 40*time.Second)
	defer stop()
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(slices.Clone(s.env), env...) // Of two values, the last one counts.
	cmd.Stdin = strings.NewReader(strings.Join(operations, "\n") + "\n")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		s.t.Fatalf("the process ended with %v after %q %q", err, out.String(), errs.String())
	}
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

// check runs the operations, each with its wanted answer, and holds every one
// to having returned in time.
func (s *session) check(steps [][2]string, env ...string) {
	s.t.Helper()
	operations := make([]string, len(steps))
	for i, step := range steps {
		operations[i] = step[0]
	}
	answers := s.operate(operations, env...)
	if len(answers) != len(steps) {
		s.t.Fatalf("got answers %q to %q", answers, operations)
	}
	for i, step := range steps {
		if want := step[1] + " in time"; answers[i] != want {
			s.t.Errorf("%s: got %q, want %q", step[0], answers[i], want)
		}
	}
}

func TestRealKeyringInEveryState(t *testing.T) {
	const planted = "planted-SECRET-value-0001"
	need(t, "dbus-daemon", "gnome-keyring-daemon")

	t.Run("ready and empty, then locked, then ready again, with nothing in plain text", func(t *testing.T) {
		t.Parallel()
		s := newSession(t, false)
		stop := s.startKeyring(true)
		s.check([][2]string{
			{"state", "empty"},
			{"get " + NameVastKey, "not_found"},
			{"delete " + NameVastKey, "ok"},
			{"set " + NameVastKey + " " + planted, "ok"},
			{"state", "ready"},
			{"set " + NameVastKey + " " + planted + "-2", "ok"},
			{"get " + NameVastKey, planted + "-2"},
			{"set " + NameChatURL + " " + planted, "ok"},
			{"delete " + NameChatURL, "ok"},
			{"get " + NameChatURL, "not_found"},
		})
		stop()
		wantNowhere(t, s.home, planted)
		stop = s.startKeyring(false)
		s.check([][2]string{
			{"state", "locked"},
			{"get " + NameVastKey, "locked"},
			{"set " + NameVastKey + " x", "locked"},
			{"delete " + NameVastKey, "locked"},
			{"state", "locked"},
		})
		stop()
		s.startKeyring(true)
		s.check([][2]string{{"state", "ready"}, {"get " + NameVastKey, planted + "-2"}})
	})
	t.Run("no collection", func(t *testing.T) {
		t.Parallel()
		s := newSession(t, false)
		s.startKeyring(false)
		s.check([][2]string{
			{"state", "no_collection"}, {"get n", "no_collection"}, {"set n v", "no_collection"}, {"delete n", "no_collection"},
		})
	})
	t.Run("a bus without a keyring", func(t *testing.T) {
		t.Parallel()
		newSession(t, false).check([][2]string{{"state", "unavailable"}, {"get n", "unavailable"}, {"unlock 1s", "unavailable"}})
	})
	t.Run("a bus address that leads nowhere", func(t *testing.T) {
		t.Parallel()
		s := newSession(t, false)
		s.check([][2]string{{"state", "unavailable"}, {"get n", "unavailable"}}, busVariable+"=unix:path="+s.runtime+"/absent")
	})
	t.Run("no bus address, where a launcher of buses would hang", func(t *testing.T) {
		t.Parallel()
		s := newSession(t, false)
		bin := t.TempDir()
		mark := filepath.Join(s.runtime, "launched")
		launcher := "#!/bin/sh\necho > " + mark + "\nexec sleep 30\n"
		if err := os.WriteFile(filepath.Join(bin, "dbus-launch"), []byte(launcher), 0o700); err != nil { // #nosec G306 -- it is a program
			t.Fatal(err)
		}
		for _, address := range []string{"", "autolaunch:", "autolaunch:scope=*user"} {
			s.check([][2]string{{"state", "unavailable"}, {"get n", "unavailable"}, {"set n v", "unavailable"}, {"unlock 1s", "unavailable"}},
				busVariable+"="+address, "PATH="+bin)
		}
		if _, err := os.Stat(mark); !errors.Is(err, fs.ErrNotExist) {
			t.Error("the launcher was called")
		}
	})
	t.Run("no bus address, but the bus of the runtime folder", func(t *testing.T) {
		t.Parallel()
		s := newSession(t, false)
		s.startKeyring(true)
		if err := os.Symlink(filepath.Join(s.runtime, "private-bus"), filepath.Join(s.runtime, "bus")); err != nil {
			t.Fatal(err)
		}
		s.check([][2]string{{"state", "empty"}, {"set n v", "ok"}, {"get n", "v"}}, busVariable+"=")
	})
	t.Run("a bus that takes the connection and never answers", func(t *testing.T) {
		t.Parallel()
		s := newSession(t, false)
		mute, err := net.Listen("unix", filepath.Join(s.runtime, "mute"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = mute.Close() })
		s.check([][2]string{{"state", "unresponsive"}, {"get n", "locked"}}, busVariable+"=unix:path="+s.runtime+"/mute")
	})
}

// TestRealKeyringNeverPromptsUnasked has a display, where a call to a locked
// keyring opens a window and blocks until someone answers.
func TestRealKeyringNeverPromptsUnasked(t *testing.T) {
	if os.Getenv("VASTRELAY_E2E") == "" {
		t.Skip("it needs a display and takes seconds: set VASTRELAY_E2E=1, as make e2e does")
	}
	need(t, "dbus-daemon", "gnome-keyring-daemon", "Xvfb")
	s := newSession(t, true)
	stop := s.startKeyring(true)
	s.check([][2]string{{"set n v", "ok"}})
	stop()
	stop = s.startKeyring(false)
	s.check([][2]string{
		{"state", "locked"},
		{"get n", "locked"},
		{"set n w", "locked"},
		{"delete n", "locked"},
		{"unlock 2s", "gave_up"}, // It prompts, and nobody answers.
		{"state", "locked"},
		{"get n", "locked"},
	})
	stop()
	s.startKeyring(true)
	s.check([][2]string{{"get n", "v"}})
}

// startDisplay starts an X server and returns the variable that names it.
func (s *session) startDisplay() string {
	s.t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset")
	server.ExtraFiles = []*os.File{writer}
	s.start(server)
	_ = writer.Close()
	number, err := bufio.NewReader(reader).ReadString('\n')
	if err != nil {
		s.t.Fatalf("the display did not come up: %v", err)
	}
	return "DISPLAY=:" + strings.TrimSpace(number)
}

// wantNowhere fails when any file under dir holds the text.
func wantNowhere(t *testing.T, dir, text string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		files++
		file, err := os.Open(path) // #nosec G304 -- a folder of the test
		if err != nil {
			return err
		}
		content, err := io.ReadAll(file)
		if bytes.Contains(content, []byte(text)) {
			t.Errorf("%s holds the secret in plain text", path)
		}
		return errors.Join(err, file.Close())
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Errorf("%s: got no file at all, want the stored keyring", dir)
	}
}
