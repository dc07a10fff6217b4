package desktop

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// serve runs Serve on dir until stop is called, at the latest at the end of
// the test. It returns once Serve answers.
func serve(t *testing.T, dir string, show func()) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, dir, show) }()
	stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: got %v, want nil", err)
		}
		done <- nil
	}
	t.Cleanup(stop)
	path, err := socketPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	for { // A socket is there only once it is listened at.
		conn, err := net.Dial("unix", path)
		if err == nil {
			_ = conn.Close()
			return stop
		}
		select {
		case err := <-done:
			done <- nil
			t.Fatalf("serve: %v", err)
		default:
			runtime.Gosched()
		}
	}
}

// shortDir is a temporary folder with a path short enough for a socket in it.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "second")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestASecondStartShowsTheWindowOfTheFirst(t *testing.T) {
	for _, c := range []struct {
		name string
		dir  func(t *testing.T) string
	}{
		{"in a folder with a short path", shortDir},
		{"in a folder with a path too long for a socket", func(t *testing.T) string {
			dir := filepath.Join(shortDir(t), strings.Repeat("long", 30))
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if path, err := socketPath(dir); err == nil {
					_ = os.Remove(filepath.Dir(path))
				}
			})
			return dir
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := c.dir(t)
			if err := Signal(t.Context(), dir); !errors.Is(err, ErrNoAnswer) {
				t.Errorf("before the first start: got %v, want ErrNoAnswer", err)
			}
			var shown atomic.Int32
			stop := serve(t, dir, func() { shown.Add(1) })
			for range 3 {
				if err := Signal(t.Context(), dir); err != nil {
					t.Errorf("signal: got %v, want nil", err)
				}
			}
			if got := shown.Load(); got != 3 {
				t.Errorf("got %d shows, want 3", got)
			}
			path, err := socketPath(dir)
			if err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("got %v, %v, want a socket with mode 600", info, err)
			}
			stop()
			if err := Signal(t.Context(), dir); !errors.Is(err, ErrNoAnswer) {
				t.Errorf("after the end of the first: got %v, want ErrNoAnswer", err)
			}
		})
	}
}

func TestTheSocketOfACrashedCopyIsReplaced(t *testing.T) {
	dir := shortDir(t)
	path, err := socketPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	crashed, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	crashed.SetUnlinkOnClose(false)
	if err := crashed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Signal(t.Context(), dir); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("before: got %v, want ErrNoAnswer", err)
	}
	serve(t, dir, func() {})
	if err := Signal(t.Context(), dir); err != nil {
		t.Errorf("after: got %v, want nil", err)
	}
}

func TestServeIgnoresWhatItDoesNotUnderstand(t *testing.T) {
	dir := shortDir(t)
	var shown atomic.Int32
	serve(t, dir, func() { shown.Add(1) })
	path, err := socketPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{"", "\n", "show", "SHOW\n", "hide\n", strings.Repeat("show", 100) + "\n", "\x00\xff\n"} {
		conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, said)
		_ = conn.CloseWrite()
		if answer, _ := io.ReadAll(conn); len(answer) != 0 {
			t.Errorf("%q: got answer %q, want none", said, answer)
		}
		_ = conn.Close()
	}
	if got := shown.Load(); got != 0 {
		t.Errorf("got %d shows, want none", got)
	}
	if err := Signal(t.Context(), dir); err != nil {
		t.Errorf("a real second start afterwards: got %v, want nil", err)
	}
}

func TestServeEndsAtOnceWithASilentCaller(t *testing.T) {
	dir := shortDir(t)
	stop := serve(t, dir, func() {})
	path, err := socketPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	stop() // It would hang here if Serve waited for the caller.
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection is still open")
	}
}

func TestSignalDoesNotTakeAnyAnswerForTheRightOne(t *testing.T) {
	for _, answer := range []string{"", "what\n", strings.Repeat("x", 100)} {
		dir := shortDir(t)
		path, err := socketPath(dir)
		if err != nil {
			t.Fatal(err)
		}
		listener, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = readWord(conn)
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}()
		if err := Signal(t.Context(), dir); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("%q: got %v, want ErrNoAnswer", answer, err)
		}
		_ = listener.Close()
		<-ended
	}
}

func TestServeReportsThatItCannotListen(t *testing.T) {
	if err := Serve(t.Context(), filepath.Join(shortDir(t), "absent"), func() {}); err == nil {
		t.Error("a missing folder: got nil, want an error")
	}
	dir := shortDir(t)
	if err := os.MkdirAll(filepath.Join(dir, "socket", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Serve(t.Context(), dir, func() {}); err == nil {
		t.Error("a folder in the place of the socket: got nil, want an error")
	}
}

func TestAForeignFolderIsNotTrusted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the temporary folder is the user's own on Windows")
	}
	t.Setenv("TMPDIR", shortDir(t))
	dir := filepath.Join("/", strings.Repeat("long", 30))
	path, err := socketPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(path), 0o755); err != nil { // #nosec G302 -- the looseness is the case
		t.Fatal(err)
	}
	if _, err := socketPath(dir); err == nil {
		t.Error("an open folder: got nil, want an error")
	}
	if err := os.Remove(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(t.TempDir(), filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if _, err := socketPath(dir); err == nil {
		t.Error("a link: got nil, want an error")
	}
	t.Setenv("TMPDIR", "/"+strings.Repeat("x", 100))
	if _, err := socketPath(dir); err == nil {
		t.Error("a long temporary folder: got nil, want an error")
	}
}
