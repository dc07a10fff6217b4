package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// commands are what the copy of these tests can do.
func commands() map[string]Command {
	return map[string]Command{
		"echo": func(_ context.Context, args json.RawMessage, _ *Reply) (any, error) { return args, nil },
		"steps": func(_ context.Context, _ json.RawMessage, r *Reply) (any, error) {
			for i := range 3 {
				if err := r.Item(i); err != nil {
					return nil, err
				}
			}
			return "done", nil
		},
		"file": func(_ context.Context, _ json.RawMessage, r *Reply) (any, error) {
			n, err := io.Copy(r, bytes.NewReader(bytes.Repeat([]byte{'\n', 0, 0xff}, chunkSize)))
			return n, err
		},
		"refuse": func(context.Context, json.RawMessage, *Reply) (any, error) {
			return nil, &Failure{Code: "c", Headline: "h", Cause: "because", Next: "n"}
		},
		"break": func(context.Context, json.RawMessage, *Reply) (any, error) { return nil, errors.New("broken") },
		"wait": func(ctx context.Context, _ json.RawMessage, _ *Reply) (any, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
	}
}

// serveCommands runs Serve on dir with commands, as serve does.
func serveCommands(t *testing.T, dir string, commands map[string]Command) (stop func()) {
	t.Helper()
	return serveHandlers(t, dir, Handlers{SecondStart: showing(new(atomic.Int32)), Commands: commands})
}

func TestCommands(t *testing.T) {
	dir := shortDir(t)
	serveCommands(t, dir, commands())
	for name, tt := range map[string]struct {
		call   Call
		result string
		items  string
		file   int
		failed *Failure
	}{
		"arguments and result are any JSON": {call: Call{Command: "echo", Args: map[string]any{"a": []int{1}}}, result: `{"a":[1]}`},
		"no arguments are null":             {call: Call{Command: "echo"}, result: "null"},
		"parts arrive in order":             {call: Call{Command: "steps"}, result: `"done"`, items: "012"},
		"a file arrives byte for byte":      {call: Call{Command: "file"}, result: "147456", file: 3 * chunkSize},
		"a failure keeps its words":         {call: Call{Command: "refuse"}, failed: &Failure{Code: "c", Headline: "h", Cause: "because", Next: "n"}},
		"another error becomes a failure":   {call: Call{Command: "break"}, failed: &Failure{Code: CodeInternal, Headline: "broken"}},
		"a command that it does not know":   {call: Call{Command: "dance"}, failed: &Failure{Code: CodeUnknownCommand, Headline: "The running copy does not know this command"}},
	} {
		t.Run(name, func(t *testing.T) {
			var items string
			var file []byte
			tt.call.Item = func(part json.RawMessage) error { items += string(part); return nil }
			tt.call.Chunk = func(p []byte) error { file = append(file, p...); return nil }
			result, err := tt.call.Do(t.Context(), dir)
			if string(result) != tt.result || items != tt.items || len(file) != tt.file || bytes.Count(file, []byte{0xff}) != tt.file/3 {
				t.Errorf("got result %s, items %q and %d bytes, want %s, %q and %d", result, items, len(file), tt.result, tt.items, tt.file)
			}
			var failed *Failure
			if errors.As(err, &failed) != (tt.failed != nil) || failed != nil && *failed != *tt.failed || failed == nil && err != nil {
				t.Errorf("got %#v, want %+v", err, tt.failed)
			}
		})
	}
	t.Run("what takes a part may end the call", func(t *testing.T) {
		full := errors.New("the disk is full")
		if _, err := (Call{Command: "file", Chunk: func([]byte) error { return full }}).Do(t.Context(), dir); !errors.Is(err, full) {
			t.Errorf("got %v, want %v", err, full)
		}
	})
	t.Run("arguments that are too long are not sent", func(t *testing.T) {
		if _, err := (Call{Command: "echo", Args: strings.Repeat("x", maxRequestLine)}).Do(t.Context(), dir); !errors.Is(err, ErrTooLong) {
			t.Errorf("got %v, want ErrTooLong", err)
		}
	})
}

func TestACallWithoutARunningCopy(t *testing.T) {
	for name, tt := range map[string]struct {
		arrange func(t *testing.T, dir string)
		want    error
	}{
		"in a folder without a socket": {func(*testing.T, string) {}, ErrNoAnswer},
		"in no folder":                 {func(t *testing.T, dir string) { orFatal(t, os.RemoveAll(dir)) }, ErrNoAnswer},
		"beside the socket of a copy that crashed": {func(t *testing.T, dir string) {
			listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "socket"), Net: "unix"})
			orFatal(t, err)
			listener.SetUnlinkOnClose(false)
			orFatal(t, listener.Close())
		}, ErrNoAnswer},
		"with a file in the place of the socket": {func(t *testing.T, dir string) {
			orFatal(t, os.WriteFile(filepath.Join(dir, "socket"), nil, 0o600))
		}, ErrUntrusted},
		"with a link in the place of the socket": {func(t *testing.T, dir string) {
			other := shortDir(t)
			serveCommands(t, other, commands())
			orFatal(t, os.Symlink(filepath.Join(other, "socket"), filepath.Join(dir, "socket")))
		}, ErrUntrusted},
		"with a copy that hangs up at once, as one without commands does": {func(t *testing.T, dir string) {
			answering(t, dir, func(conn net.Conn) { _, _ = readLine(conn, maxRequestLine) })
		}, ErrEnded},
		"with a program that says something else": {func(t *testing.T, dir string) {
			answering(t, dir, func(conn net.Conn) { _, _ = io.WriteString(conn, "220 ready\n") })
		}, ErrEnded},
		"with a copy that stops in the middle of a line": {func(t *testing.T, dir string) {
			answering(t, dir, func(conn net.Conn) {
				_, _ = readLine(conn, maxRequestLine)
				_, _ = io.WriteString(conn, `{"item":1}`+"\n"+`{"result":`)
			})
		}, ErrEnded},
		"with a copy that never ends its line": {func(t *testing.T, dir string) {
			answering(t, dir, func(conn net.Conn) {
				for {
					if _, err := conn.Write(bytes.Repeat([]byte("x"), 1<<20)); err != nil {
						return
					}
				}
			})
		}, ErrEnded},
	} {
		t.Run(name, func(t *testing.T) {
			dir := shortDir(t)
			tt.arrange(t, dir)
			if result, err := (Call{Command: "echo"}).Do(t.Context(), dir); !errors.Is(err, tt.want) {
				t.Errorf("got %s, %v, want %v", result, err, tt.want)
			}
		})
	}
}

func orFatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// answering listens at the socket of dir and gives the first caller to answer.
func answering(t *testing.T, dir string, answer func(net.Conn)) {
	t.Helper()
	listener, err := net.Listen("unix", filepath.Join(dir, "socket"))
	orFatal(t, err)
	var group sync.WaitGroup
	group.Go(func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		answer(conn)
		_ = conn.Close()
	})
	t.Cleanup(func() {
		_ = listener.Close()
		group.Wait()
	})
}

func TestACopyThatHangsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, there) }()
		began := time.Now()
		if _, err := (Call{}).exchange(here, []byte("{}")); !errors.Is(err, ErrHangs) {
			t.Errorf("got %v, want ErrHangs", err)
		}
		if took := time.Since(began); took != silenceLimit {
			t.Errorf("took %v, want %v", took, silenceLimit)
		}
		_ = here.Close()
	})
}

// inCommand plays one exchange in virtual time: do is the command, and read what
// its caller does.
func inCommand(t *testing.T, do func(ctx context.Context, r *Reply) (any, error), read func(t *testing.T, conn net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		var group sync.WaitGroup
		group.Go(func() {
			r := &Reply{conn: there}
			serveCommand(t.Context(), there, r, func(ctx context.Context) (any, error) { return do(ctx, r) })
		})
		read(t, here)
		_ = here.Close()
		group.Wait() // The bubble would report a deadlock if it never ended.
	})
}

func TestALongCommandIsNotTakenForOneThatHangs(t *testing.T) {
	inCommand(t, func(ctx context.Context, _ *Reply) (any, error) {
		sleep(ctx, 10*time.Minute)
		return "done", ctx.Err()
	}, func(t *testing.T, conn net.Conn) {
		if result, err := readAnswer(conn); err != nil || string(result) != `"done"` {
			t.Errorf("got %s, %v, want it done", result, err)
		}
	})
}

// readAnswer is exchange without its question.
func readAnswer(conn net.Conn) (json.RawMessage, error) {
	return Call{}.exchange(silent{conn}, nil)
}

// silent is a connection that says nothing.
type silent struct{ net.Conn }

func (silent) Write(p []byte) (int, error) { return len(p), nil }

func TestHangingUpCancelsTheCommand(t *testing.T) {
	for name, end := range map[string]func(conn net.Conn){
		"the caller closes the connection": func(conn net.Conn) { _ = conn.Close() },
		"the caller says something more":   func(conn net.Conn) { _, _ = conn.Write([]byte("x")) },
	} {
		t.Run(name, func(t *testing.T) {
			inCommand(t, func(ctx context.Context, _ *Reply) (any, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}, func(_ *testing.T, conn net.Conn) { end(conn) })
		})
	}
}

func TestACallerThatTakesNothingIsGivenUp(t *testing.T) {
	inCommand(t, func(_ context.Context, r *Reply) (any, error) {
		began := time.Now()
		if _, err := r.Write(make([]byte, 10*chunkSize)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v, want the deadline", err)
		}
		if took := time.Since(began); took != writeTimeout {
			t.Errorf("took %v, want %v", took, writeTimeout)
		}
		if err := r.Item(1); err == nil {
			t.Error("a later line: got nil, want the first error: half a line stands before it")
		}
		return nil, nil
	}, func(_ *testing.T, _ net.Conn) { time.Sleep(2 * writeTimeout) })
}

func TestAStopEndsCommands(t *testing.T) {
	dir := shortDir(t)
	began := make(chan struct{})
	var ended atomic.Bool
	stop := serveCommands(t, dir, map[string]Command{"wait": func(ctx context.Context, _ json.RawMessage, _ *Reply) (any, error) {
		close(began)
		<-ctx.Done()
		ended.Store(true)
		return nil, ctx.Err()
	}})
	answer := make(chan error)
	go func() {
		_, err := Call{Command: "wait"}.Do(t.Context(), dir)
		answer <- err
	}()
	<-began
	stop()
	if !ended.Load() {
		t.Error("Serve returned while a command was under way")
	}
	if err := <-answer; !errors.Is(err, ErrEnded) {
		t.Errorf("got %v, want ErrEnded", err)
	}
}

func TestACallEndsWithItsContext(t *testing.T) {
	dir := shortDir(t)
	serveCommands(t, dir, commands())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := (Call{Command: "wait"}).Do(ctx, dir); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the end of the context", err)
	}
}

func TestTooManyCommandsAreRefused(t *testing.T) {
	dir := shortDir(t)
	began := make(chan struct{}, maxCommands)
	all := commands()
	all["wait"] = func(ctx context.Context, _ json.RawMessage, _ *Reply) (any, error) {
		began <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	serveCommands(t, dir, all)
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for range maxCommands {
		group.Go(func() { _, _ = Call{Command: "wait"}.Do(ctx, dir) })
	}
	for range maxCommands {
		<-began
	}
	var failed *Failure
	if _, err := (Call{Command: "echo"}).Do(t.Context(), dir); !errors.As(err, &failed) || failed.Code != CodeBusy {
		t.Errorf("got %v, want it refused", err)
	}
	if err := ask(t, dir); err != nil {
		t.Errorf("a second start meanwhile: got %v, want an answer", err)
	}
	cancel()
	group.Wait()
	deadline := time.Now().Add(10 * time.Second)
	for { // The server notices each hang-up a moment later.
		_, err := Call{Command: "echo"}.Do(t.Context(), dir)
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after they ended: got %v, want it done", err)
		}
	}
}

// TestAFloodLeavesCommandsAlone opens far more connections than are answered at
// once, a bounded number at a time.
func TestAFloodLeavesCommandsAlone(t *testing.T) {
	const connections, atOnce = 10_000, 200
	dir := shortDir(t)
	began, release := make(chan struct{}), make(chan struct{})
	var shown atomic.Int32
	all := commands()
	all["slow"] = func(context.Context, json.RawMessage, *Reply) (any, error) {
		close(began)
		<-release
		return "done", nil
	}
	serveHandlers(t, dir, Handlers{SecondStart: showing(&shown), Commands: all})
	answer := make(chan error)
	go func() {
		_, err := Call{Command: "slow"}.Do(t.Context(), dir)
		answer <- err
	}()
	<-began
	garbage := []string{"", "\n", "{", `{"command":1}` + "\n", `{"command":"echo"}` + "\n", `{"command":"echo","protocol":-1}` + "\n", "\x00\xff\n", strings.Repeat("x", 1000)}
	path, _, err := socketPath(dir)
	orFatal(t, err)
	var group sync.WaitGroup
	open := make(chan struct{}, atOnce)
	for i := range connections {
		open <- struct{}{}
		group.Go(func() {
			defer func() { <-open }()
			conn, err := net.Dial("unix", path)
			if err != nil {
				return // The queue of the system is full.
			}
			_, _ = io.WriteString(conn, garbage[i%len(garbage)])
			_ = conn.Close()
		})
	}
	if result, err := (Call{Command: "echo"}).Do(t.Context(), dir); err != nil {
		t.Errorf("during the flood: got %s, %v, want it done", result, err)
	}
	group.Wait()
	close(release)
	if err := <-answer; err != nil {
		t.Errorf("the command from before the flood: got %v, want it done", err)
	}
	if shown.Load() != 0 {
		t.Errorf("got %d shows, want none", shown.Load())
	}
}

func TestALinkInThePlaceOfTheSocketIsReplacedNotFollowed(t *testing.T) {
	dir, target := shortDir(t), filepath.Join(t.TempDir(), "precious")
	orFatal(t, os.WriteFile(target, []byte("precious"), 0o644)) // #nosec G306 -- its mode must not change either
	orFatal(t, os.Symlink(target, filepath.Join(dir, "socket")))
	serveCommands(t, dir, commands())
	if _, err := (Call{Command: "echo"}).Do(t.Context(), dir); err != nil {
		t.Errorf("got %v, want it done", err)
	}
	content, err := os.ReadFile(target) // #nosec G304 -- the test's own
	info, statErr := os.Stat(target)
	if err != nil || statErr != nil || string(content) != "precious" || info.Mode().Perm() != 0o644 {
		t.Errorf("got %q, %v, %v, want the target as it was", content, err, statErr)
	}
}

// calls are lines at the socket, and whether each asks for a command.
var calls = map[string]bool{
	`{"protocol":1,"command":"status"}`:                       true,
	`{"protocol":1,"command":"show","args":{"id":"a"}}`:       true,
	`{"protocol":7,"command":"status","more":[1,{"b":null}]}`: true,
	`{"protocol":1,"command":""}`:                             false,
	`{"command":"status"}`:                                    false,
	`{"protocol":0,"command":"status"}`:                       false,
	`{"protocol":"1","command":"status"}`:                     false,
	`{"version":2,"seat":{"display":":0"}}`:                   false,
	`["status"]`:                                              false,
	`show`:                                                    false,
	``:                                                        false,
	"\x00\xff":                                                false,
}

func TestParseCall(t *testing.T) {
	for line, want := range calls {
		if _, ok := parseCall(line); ok != want {
			t.Errorf("%q: got %v, want %v", line, ok, want)
		}
	}
}

func FuzzParseCall(f *testing.F) {
	for line := range calls {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c, ok := parseCall(line)
		if ok && (c.Command == "" || c.Protocol < 1 || c.Args != nil && !json.Valid(c.Args)) {
			t.Errorf("got %+v, want a command with arguments in JSON", c)
		}
	})
}
