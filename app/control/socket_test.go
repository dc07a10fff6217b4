package control

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vastrelay/relay/winetest"
)

// serve runs Serve on dir until stop is called, at the latest at the end of
// the test. It returns once Serve answers.
func serve(t *testing.T, dir string, answer func(Request) Answer) (stop func()) {
	t.Helper()
	return serveHandlers(t, dir, Handlers{SecondStart: answer})
}

func serveHandlers(t *testing.T, dir string, h Handlers) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, dir, h) }()
	stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: got %v, want nil", err)
		}
		done <- nil
	}
	t.Cleanup(stop)
	path, _, err := socketPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	for { // A socket is there only once it is listened at.
		conn, err := net.Dial("unix", path)
		if err == nil {
			hangUp(conn)
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

// hangUp says nothing to the running copy and waits until it has ended conn, which
// it does only once the socket has its final mode.
func hangUp(conn net.Conn) {
	_ = conn.(*net.UnixConn).CloseWrite()
	_, _ = io.Copy(io.Discard, conn)
	_ = conn.Close()
}

// showing answers as a copy with a window does, and counts.
func showing(shown *atomic.Int32) func(Request) Answer {
	return func(Request) Answer {
		shown.Add(1)
		return Answer{Shown: true}
	}
}

// ask asks as a second start at no particular display does.
func ask(t *testing.T, dir string) error {
	answer, err := Ask(t.Context(), dir, Seat{})
	if err == nil && !answer.Shown {
		t.Errorf("got %+v, want the window shown", answer)
	}
	return err
}

// shortDir is a temporary folder with a path short enough for a socket in it.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "second")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	winetest.Needs(t, winetest.LocalSockets)
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
				if path, _, err := socketPath(dir); err == nil {
					_ = os.Remove(filepath.Dir(path))
				}
			})
			return dir
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := c.dir(t)
			if err := ask(t, dir); !errors.Is(err, ErrNoAnswer) {
				t.Errorf("before the first start: got %v, want ErrNoAnswer", err)
			}
			var shown atomic.Int32
			stop := serve(t, dir, showing(&shown))
			for range 3 {
				if err := ask(t, dir); err != nil {
					t.Errorf("ask: got %v, want nil", err)
				}
			}
			if got := shown.Load(); got != 3 {
				t.Errorf("got %d shows, want 3", got)
			}
			path, _, err := socketPath(dir)
			if err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
				t.Errorf("got %v, %v, want a socket with mode 600", info, err)
			}
			stop()
			if err := ask(t, dir); !errors.Is(err, ErrNoAnswer) {
				t.Errorf("after the end of the first: got %v, want ErrNoAnswer", err)
			}
		})
	}
}

func TestTheSocketOfACrashedCopyIsReplaced(t *testing.T) {
	dir := shortDir(t)
	path, _, err := socketPath(dir)
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
	if err := ask(t, dir); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("before: got %v, want ErrNoAnswer", err)
	}
	serve(t, dir, showing(new(atomic.Int32)))
	if err := ask(t, dir); err != nil {
		t.Errorf("after: got %v, want nil", err)
	}
}

func TestServeIgnoresWhatItDoesNotUnderstand(t *testing.T) {
	dir := shortDir(t)
	var shown atomic.Int32
	serve(t, dir, showing(&shown))
	path, _, err := socketPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{"", "\n", "show", "SHOW\n", "hide\n", strings.Repeat("show", 2000) + "\n", "\x00\xff\n", "{}\n", "{\"version\":1}\n", "[2]\n", "null\n"} {
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
	if err := ask(t, dir); err != nil {
		t.Errorf("a real second start afterwards: got %v, want nil", err)
	}
}

func TestServeEndsAtOnceWithASilentCaller(t *testing.T) {
	dir := shortDir(t)
	stop := serve(t, dir, showing(new(atomic.Int32)))
	path, _, err := socketPath(dir)
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

func TestAskDoesNotTakeAnyAnswerForTheRightOne(t *testing.T) {
	for _, answer := range []string{"", "what\n", strings.Repeat("x", 100), "{}\n", "{\"version\":1,\"shown\":true}\n", "null\n"} {
		dir := shortDir(t)
		path, _, err := socketPath(dir)
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
			_, _ = readLine(conn, maxAnswer)
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}()
		if err := ask(t, dir); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("%q: got %v, want ErrNoAnswer", answer, err)
		}
		_ = listener.Close()
		<-ended
	}
}

func TestServeReportsThatItCannotListen(t *testing.T) {
	if err := Serve(t.Context(), filepath.Join(shortDir(t), "absent"), Handlers{}); err == nil {
		t.Error("a missing folder: got nil, want an error")
	}
	dir := shortDir(t)
	if err := os.MkdirAll(filepath.Join(dir, "socket", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Serve(t.Context(), dir, Handlers{}); err == nil {
		t.Error("a folder in the place of the socket: got nil, want an error")
	}
}

func TestAForeignFolderIsNotTrusted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the temporary folder is the user's own on Windows")
	}
	t.Setenv("TMPDIR", shortDir(t))
	dir := filepath.Join("/", strings.Repeat("long", 30))
	path, _, err := socketPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	refused := func(what string) {
		t.Helper()
		if _, err := listenPath(dir); err == nil {
			t.Errorf("%s: the running copy listens there, want an error", what)
		}
		if _, err := dialPath(dir); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("%s: got %v for a caller, want ErrNoAnswer", what, err)
		}
	}
	if _, err := dialPath(dir); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("no folder: got %v, want ErrNoAnswer", err)
	}
	if _, err := os.Lstat(filepath.Dir(path)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want a caller to make no folder", err)
	}
	if _, err := listenPath(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(path), 0o755); err != nil { // #nosec G302 -- the looseness is the case
		t.Fatal(err)
	}
	refused("an open folder")
	if err := os.Remove(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(t.TempDir(), filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	refused("a link")
	t.Setenv("TMPDIR", "/"+strings.Repeat("x", 100))
	if _, _, err := socketPath(dir); err == nil {
		t.Error("a long temporary folder: got nil, want an error")
	}
}

func TestTheAnswerSaysWhereTheProgramRuns(t *testing.T) {
	dir := shortDir(t)
	want := Answer{Version: 2, Seat: Seat{Display: ":1"}, Process: os.Getpid()}
	serve(t, dir, func(r Request) Answer {
		if r.Seat != (Seat{Display: ":2"}) {
			t.Errorf("got asked from %+v, want from :2", r.Seat)
		}
		return Answer{Seat: Seat{Display: ":1"}}
	})
	if got, err := Ask(t.Context(), dir, Seat{Display: ":2"}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

// TestCopiesOfTheFirstVersion speaks with copies of the program from before
// requests had a version.
func TestCopiesOfTheFirstVersion(t *testing.T) {
	t.Run("an old second start is answered in its words", func(t *testing.T) {
		dir := shortDir(t)
		var shown atomic.Int32
		serve(t, dir, showing(&shown))
		path, _, err := socketPath(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := say(t.Context(), path, "show"); err != nil || got != "done" || shown.Load() != 1 {
			t.Errorf("got %q, %v and %d shows, want done after one", got, err, shown.Load())
		}
	})
	t.Run("an old running copy is asked in its words", func(t *testing.T) {
		dir := shortDir(t)
		path, _, err := socketPath(dir)
		if err != nil {
			t.Fatal(err)
		}
		listener, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { // as the first version did it
			defer close(ended)
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				if line, err := bufio.NewReader(io.LimitReader(conn, 64)).ReadString('\n'); err == nil && line == "show\n" {
					_, _ = io.WriteString(conn, "done\n")
				}
				_ = conn.Close()
			}
		}()
		if err := ask(t, dir); err != nil {
			t.Errorf("got %v, want nil", err)
		}
		_ = listener.Close()
		<-ended
	})
}

// TestACopyThatBeginsToListenMeanwhileIsNotTakenForTheFirstVersion plays a copy that is
// starting: the first version does not learn from where it is asked.
func TestACopyThatBeginsToListenMeanwhileIsNotTakenForTheFirstVersion(t *testing.T) {
	for name, tc := range map[string]struct {
		first error // of the first thing that is said
		said  int
		shown bool
	}{
		"nobody listened yet":                 {fmt.Errorf("%w: %w", errUnconnected, fs.ErrNotExist), 1, false},
		"it closed the connection unanswered": {io.EOF, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			said := 0
			answer, err := askToShow(Seat{Display: ":1"}, func(string) (string, error) {
				if said++; said == 1 {
					return "", tc.first
				}
				return wordDone, nil
			})
			if said != tc.said || answer.Shown != tc.shown || errors.Is(err, ErrNoAnswer) == tc.shown {
				t.Errorf("said %d lines, got %+v and %v, want %d and the window shown: %v", said, answer, err, tc.said, tc.shown)
			}
		})
	}
}

func TestAFloodedSocketStillAnswers(t *testing.T) {
	dir := shortDir(t)
	serve(t, dir, showing(new(atomic.Int32)))
	path, _, err := socketPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 * maxExchanges { // they say nothing and stay
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
	if err := ask(t, dir); err != nil {
		t.Errorf("got %v, want an answer before the silent ones run out", err)
	}
}

func TestASilentCopyIsGivenUp(t *testing.T) {
	dir := shortDir(t)
	path, _, err := socketPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", path) // the kernel connects, nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	began := time.Now()
	if err := ask(t, dir); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("got %v, want ErrNoAnswer", err)
	}
	if took := time.Since(began); took > 2*exchangeTimeout {
		t.Errorf("took %v, want about %v", took, exchangeTimeout)
	}
}

// requests are lines at the socket, and whether each is a request.
var requests = map[string]bool{
	`{"version":2}`:                                        true,
	`{"version":2,"seat":{"display":":0"}}`:                true,
	`{"version":3,"seat":{"display":":0"},"more":[1,2,3]}`: true,
	`{"version":1}`:                                        false,
	`{}`:                                                   false,
	`null`:                                                 false,
	`[]`:                                                   false,
	``:                                                     false,
	"\x00\xff":                                             false,
	`{"version":2,"seat":"the kitchen"}`:                   false,
}

func TestParseRequest(t *testing.T) {
	for line, want := range requests {
		if _, err := parseRequest(line); (err == nil) != want {
			t.Errorf("%q: got %v, want it taken: %v", line, err, want)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	for line := range requests {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if r, err := parseRequest(line); err == nil && r.Version < secondStartVersion {
			t.Errorf("got version %d, want it refused", r.Version)
		}
	})
}
