package app_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/vastapi/vasttest"
)

// unread is a stream that nobody reads: full already, or as good as closed.
type unread struct {
	name string
	make func(t *testing.T) (writeEnd, readEnd *os.File)
}

var unreadStreams = []unread{
	{"a full pipe", func(t *testing.T) (writeEnd, readEnd *os.File) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		fillUp(t, w)
		return w, r
	}},
	{"a full socket, as the system log's", func(t *testing.T) (writeEnd, readEnd *os.File) {
		fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		w, r := os.NewFile(uintptr(fds[0]), "socket"), os.NewFile(uintptr(fds[1]), "socket")
		fillUp(t, w)
		return w, r
	}},
}

// fillUp writes to f until it takes no more.
func fillUp(t *testing.T, f *os.File) {
	t.Helper()
	t.Cleanup(func() { _ = f.Close() })
	if err := f.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := f.Write(make([]byte, 4096)); errors.Is(err, os.ErrDeadlineExceeded) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// unreadBy makes both standard streams of a command one that nobody reads.
func (u unread) unreadBy(t *testing.T) func(*exec.Cmd) {
	t.Helper()
	w, r := u.make(t)
	t.Cleanup(func() { _ = r.Close() })
	return func(cmd *exec.Cmd) { cmd.Stdout, cmd.Stderr = w, w }
}

func TestNobodyReadsTheStandardStreams(t *testing.T) {
	t.Parallel()
	for _, u := range unreadStreams {
		t.Run("relaying with "+u.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.startAs(t, nil, u.unreadBy(t))
			c.reach(status.Relaying)
			w.emit(t, vasttest.Emission{Subject: "unread"})
			eventually(t, "the event stands in Chat", func() bool { return w.count("unread") == 1 })
			if code, took := c.stop(); code != 0 || took > stopLimit {
				t.Errorf("got exit code %d after %v, want 0 within %v", code, took, stopLimit)
			}
			if got := w.log(t); !strings.Contains(got, "msg=stopped") {
				t.Errorf("got a log file that ends in %q, want it whole", got[max(0, len(got)-200):])
			}
		})
		t.Run("the demo with "+u.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.env = nil
			c := w.startAs(t, nil, u.unreadBy(t), "--demo")
			c.reach(status.Relaying)
			eventually(t, "events are relayed", func() bool {
				s, ok := c.snapshot()
				return ok && s.Counters.Accepted > 1
			})
			if code, took := c.stop(); code != 0 || took > stopLimit {
				t.Errorf("got exit code %d after %v, want 0 within %v", code, took, stopLimit)
			}
		})
		t.Run("a crash with "+u.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.startAs(t, nil, u.unreadBy(t))
			c.reach(status.Relaying)
			// The runtime prints the same trace for it as for a panic.
			if err := c.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
				t.Fatal(err)
			}
			c.wait()
			trace, err := os.ReadFile(filepath.Join(w.dir, "crash.log"))
			if err != nil || c.code != 2 || !strings.Contains(string(trace), "SIGQUIT") || !strings.Contains(string(trace), "goroutine ") {
				t.Errorf("got exit code %d and %d bytes in crash.log, %v, want it to end with its trace there", c.code, len(trace), err)
			}
		})
		for name, tt := range map[string]struct {
			args []string
			code int
		}{
			"a refusal":                 {[]string{"--teleport"}, 2},
			"a refusal by the settings": {[]string{"--status-addr", "0.0.0.0:0"}, 2},
			"the help":                  {[]string{"--help"}, 0},
			"the version":               {[]string{"--version"}, 0},
		} {
			t.Run(name+" with "+u.name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				c := w.startAs(t, nil, u.unreadBy(t), tt.args...)
				c.wait()
				if c.code != tt.code {
					t.Errorf("got exit code %d, want %d", c.code, tt.code)
				}
			})
		}
	}
}

func TestTheReaderOfTheStandardStreamsGoesAway(t *testing.T) {
	t.Parallel()
	ends := map[string]func(t *testing.T) (w, r *os.File){
		"a pipe": func(t *testing.T) (writeEnd, readEnd *os.File) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			return w, r
		},
		"a socket": func(t *testing.T) (writeEnd, readEnd *os.File) {
			fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			return os.NewFile(uintptr(fds[0]), "socket"), os.NewFile(uintptr(fds[1]), "socket")
		},
	}
	for name, open := range ends {
		for _, args := range [][]string{nil, {"--demo"}} {
			t.Run(strings.Join(append([]string{name}, args...), " "), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				writeEnd, readEnd := open(t)
				c := w.startAs(t, nil, func(cmd *exec.Cmd) { cmd.Stdout, cmd.Stderr = writeEnd, writeEnd }, args...)
				_ = writeEnd.Close()
				read := make([]byte, 1)
				if _, err := readEnd.Read(read); err != nil { // it has begun to log
					t.Fatal(err)
				}
				_ = readEnd.Close()
				s := c.reach(status.Relaying)
				eventually(t, "it goes on relaying", func() bool {
					if args == nil {
						w.emit(t, vasttest.Emission{Subject: "unread"})
					}
					now, ok := c.snapshot()
					return ok && now.Counters.Accepted > s.Counters.Accepted+1
				})
				if args == nil {
					got := w.log(t)
					if n := strings.Count(got, "standard error cannot be written"); n != 1 {
						t.Errorf("got it said %d times that standard error is gone, want once", n)
					}
				}
				if code, took := c.stop(); code != 0 || took > stopLimit {
					t.Errorf("got exit code %d after %v, want 0 within %v", code, took, stopLimit)
				}
			})
		}
	}
}

func TestStandardErrorOnAFullDisk(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = full.Close() }()
	w := newWorld(t)
	c := w.startAs(t, nil, func(cmd *exec.Cmd) { cmd.Stdout, cmd.Stderr = full, full })
	c.reach(status.Relaying)
	if code, _ := c.stop(); code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
	if got := w.log(t); !strings.Contains(got, "no space left on device") || !strings.Contains(got, "msg=stopped") {
		t.Errorf("got %q, want the log file to go on, and to say why standard error does not", got)
	}
}

func TestTheSignalThatTheTerminalIsGone(t *testing.T) {
	t.Parallel()
	t.Run("stops the program as SIGTERM does", func(t *testing.T) {
		t.Parallel()
		// Whoever started the tests may ignore the signal, as nohup does, and a
		// program inherits that.
		here := make(chan os.Signal, 1)
		signal.Notify(here, syscall.SIGHUP)
		defer signal.Stop(here)
		w := newWorld(t)
		c := w.start(t, nil)
		c.reach(status.Relaying)
		if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		c.wait()
		if got := w.log(t); c.code != 0 || !strings.Contains(got, "msg=stopped") || len(w.edge.Online()) != 0 {
			t.Errorf("got exit code %d, %v online and %q, want 0 after a stop in order", c.code, w.edge.Online(), got[max(0, len(got)-200):])
		}
	})
	t.Run("is ignored under nohup", func(t *testing.T) {
		t.Parallel()
		ignores(t, "HUP", syscall.SIGHUP)
	})
}

func TestTheInterruptOfATerminal(t *testing.T) {
	t.Parallel()
	t.Run("is ignored by a job in the background", func(t *testing.T) {
		t.Parallel()
		ignores(t, "INT", syscall.SIGINT)
	})
}

// ignores starts the program by a shell that makes it ignore a signal, and
// sends that signal.
func ignores(t *testing.T, name string, ignored syscall.Signal) {
	t.Helper()
	w := newWorld(t)
	c := w.startAs(t, nil, func(cmd *exec.Cmd) {
		cmd.Args = append([]string{"sh", "-c", `trap "" ` + name + `; exec "$@"`, "sh", cmd.Path}, cmd.Args[1:]...)
		cmd.Path = "/bin/sh"
	})
	c.reach(status.Relaying)
	if err := c.cmd.Process.Signal(ignored); err != nil {
		t.Fatal(err)
	}
	w.emit(t, vasttest.Emission{Subject: "after the signal"})
	eventually(t, "the event stands in Chat", func() bool { return w.count("after the signal") == 1 })
	if code, _ := c.stop(); code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
}

// TestTheTracesOfCrashesAreBounded starts the program beside a crash file that
// has grown large.
func TestTheTracesOfCrashesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const grown = 2 << 20
	path := filepath.Join(w.dir, "crash.log")
	orFail(t, os.WriteFile(path, []byte("panic: an earlier one"), 0o600))
	orFail(t, os.Truncate(path, grown))
	c := w.start(t, nil)
	c.reach(status.Relaying)
	orFail(t, c.cmd.Process.Signal(syscall.SIGQUIT))
	c.wait()
	trace, err := os.ReadFile(path)
	if err != nil || len(trace) > grown || !strings.Contains(string(trace), "SIGQUIT") || strings.Contains(string(trace), "earlier one") {
		t.Errorf("got %d bytes, %v, want the new trace alone", len(trace), err)
	}
	if info, err := os.Stat(filepath.Join(w.dir, "crash-earlier.log")); err != nil || info.Size() != grown {
		t.Errorf("got %v, want the earlier traces kept once", err)
	}
}

func TestAnInputThatIsAPipe(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"VAST_API_KEY_FILE", "VASTRELAY_NGROK_CA"} {
		t.Run("a start waits for "+name+" and can be stopped", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			pipe := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			change := map[string]string{name: pipe}
			if name == "VAST_API_KEY_FILE" {
				change["VAST_API_KEY"] = ""
			}
			c := w.start(t, change)
			// A pipe can be opened for writing without waiting once somebody reads it.
			var writer int
			eventually(t, "the program reads the pipe", func() (reads bool) {
				var err error
				writer, err = syscall.Open(pipe, syscall.O_WRONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
				return err == nil
			})
			defer func() { _ = syscall.Close(writer) }()
			if code, took := c.stop(); code != 0 || took > stopLimit {
				t.Errorf("got exit code %d after %v, want 0 within %v", code, took, stopLimit)
			}
		})
	}
	t.Run("a key comes through it", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		c := w.startAs(t, map[string]string{"VAST_API_KEY": "", "VAST_API_KEY_FILE": "/dev/stdin"}, func(cmd *exec.Cmd) {
			cmd.Stdin = strings.NewReader(vastKey + "\n")
		})
		c.reach(status.Relaying)
	})
}

// TestWhatIsNoFile puts other things in the place of each file of the data
// folder: in the slow suite each thing in each place, in the quick one a thing
// in each place, and each thing in some.
func TestWhatIsNoFile(t *testing.T) {
	t.Parallel()
	things := []struct {
		kind string
		put  func(t *testing.T, path, target string)
	}{
		{"a named pipe", func(t *testing.T, path, _ string) { orFail(t, syscall.Mkfifo(path, 0o600)) }},
		{"a link", func(t *testing.T, path, target string) { orFail(t, os.Symlink(target, path)) }},
		{"a folder", func(t *testing.T, path, _ string) { orFail(t, os.Mkdir(path, 0o700)) }},
		{"a socket", func(t *testing.T, path, _ string) {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
			orFail(t, err)
			l.SetUnlinkOnClose(false)
			orFail(t, l.Close())
		}},
	}
	for i, name := range []string{"settings.json", "webhooks.json", "proofs.json", "secrets.sealed", "events.db", "events.db-wal", "events.db-shm", "lock", "vastrelay.log", "crash.log"} {
		for j, thing := range things {
			if !slowSuite() && i%len(things) != j {
				continue
			}
			kind := thing.kind
			t.Run(name+" is "+kind, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				dir, err := os.MkdirTemp("", "vr") // short, for the socket
				orFail(t, err)
				t.Cleanup(func() { _ = os.RemoveAll(dir) })
				w.dir = dir
				target := filepath.Join(t.TempDir(), "target")
				orFail(t, os.WriteFile(target, nil, 0o600))
				orFail(t, os.Chmod(target, 0o644)) //nolint:gosec // Its mode must stay.
				thing.put(t, filepath.Join(dir, name), target)
				c := w.start(t, nil)
				switch {
				case name == "secrets.sealed": // it holds nothing, and is made anew
					c.reach(status.Relaying)
					c.stop()
				case strings.HasSuffix(name, ".log"): // it relays without
					c.reach(status.Relaying)
					if s, _ := c.snapshot(); name == "vastrelay.log" && !strings.Contains(s.Notice.String(), name) {
						t.Errorf("got notice %q, want it said", s.Notice)
					}
					// Whatever it still has to say goes into both files.
					orFail(t, c.cmd.Process.Signal(syscall.SIGQUIT))
					c.wait()
				default:
					if c.wait(); c.code != 2 || !strings.Contains(c.stderr.String(), name+" is "+strings.Replace(kind, "link", "symbolic link", 1)) {
						t.Errorf("got exit code %d and %q, want 2 and the file named", c.code, c.stderr)
					}
				}
				info, err := os.Stat(target)
				if err != nil || info.Size() != 0 || info.Mode().Perm() != 0o644 {
					t.Errorf("got %v, %v at the end of the link, want it untouched", info, err)
				}
			})
		}
	}
}
