//go:build linux || darwin

package control

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
)

func TestWhoIsTrusted(t *testing.T) {
	for name, tt := range map[string]struct {
		user, owner int
		want        bool
	}{
		"its own user":              {1000, 1000, true},
		"root, for another's copy":  {0, 1000, true},
		"another user":              {1001, 1000, false},
		"another user, with root's": {1001, 0, false},
		"root with its own":         {0, 0, true},
	} {
		if got := trusted(tt.user, tt.owner); got != tt.want {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}

func TestThePeerIsAsked(t *testing.T) {
	dir := shortDir(t)
	serveCommands(t, dir, commands())
	conn, err := net.Dial("unix", filepath.Join(dir, "socket"))
	orFatal(t, err)
	defer func() { _ = conn.Close() }()
	if user, known := peer(conn); !known || user != os.Geteuid() {
		t.Errorf("got %d, %v, want %d", user, known, os.Geteuid())
	}
	here, there := net.Pipe()
	defer func() { _, _ = here.Close(), there.Close() }()
	if _, known := peer(here); known || mayAsk(here) || mayAnswer(here) {
		t.Error("a connection that is no socket is trusted")
	}
}

// strangerVariable turns the test binary into a program that speaks to the socket
// of the folder it names, as another user.
const strangerVariable = "VASTRELAY_TEST_STRANGER_FOLDER"

// The exit codes of the stranger.
const (
	strangerAnswered = 10
	strangerRefused  = 11
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(strangerVariable); dir != "" {
		os.Exit(stranger(dir))
	}
	os.Exit(m.Run())
}

// stranger asks for a command without looking whom it asks.
func stranger(dir string) int {
	conn, err := net.Dial("unix", filepath.Join(dir, "socket"))
	if err != nil {
		return 1
	}
	if mayAnswer(conn) {
		return 2
	}
	if _, err := (Call{Command: "echo"}).Do(context.Background(), dir); !errors.Is(err, ErrUntrusted) {
		return 3
	}
	if _, err := (Call{}).exchange(conn, []byte(`{"protocol":1,"command":"echo"}`)); errors.Is(err, ErrEnded) {
		return strangerRefused
	}
	return strangerAnswered
}

func TestAnotherUserIsNotAnswered(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	dir := shortDir(t)
	var asked atomic.Bool
	serveHandlers(t, dir, Handlers{SecondStart: func(Request) Answer { asked.Store(true); return Answer{} }, Commands: commands()})
	// As if the folder had been opened to everybody.
	for path, mode := range map[string]os.FileMode{dir: 0o777, filepath.Join(dir, "socket"): 0o777} {
		orFatal(t, os.Chmod(path, mode))
	}
	program := filepath.Join(dir, "stranger")
	content, err := os.ReadFile(os.Args[0])
	orFatal(t, err)
	orFatal(t, os.WriteFile(program, content, 0o755)) // #nosec G306 -- for the other user
	cmd := exec.CommandContext(t.Context(), program)  // #nosec G204 -- the test binary itself
	cmd.Env = []string{strangerVariable + "=" + dir}
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	_ = cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != strangerRefused {
		t.Errorf("got exit code %d, want the stranger refused (%d)", got, strangerRefused)
	}
	if asked.Load() {
		t.Error("the stranger was taken for a second start")
	}
}
