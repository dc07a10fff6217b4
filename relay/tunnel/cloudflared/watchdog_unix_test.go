//go:build unix

package cloudflared

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"vastrelay/relay/tunnel/tunneltest"
)

// beWatched starts a watchdog for a process group, says so and waits to be killed.
func beWatched(group string) {
	id, err := strconv.Atoi(group)
	w, startErr := startWatchdog()
	if err != nil || startErr != nil || w.watch(id) != nil {
		os.Exit(1)
	}
	_, _ = os.Stdout.WriteString("watching\n")
	time.Sleep(time.Hour)
}

// TestTheWatchdog watches a process that stands for cloudflared.
func TestTheWatchdog(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		end    func(t *testing.T, watcher *exec.Cmd)
		killed bool
	}{
		{"kills the group once the program is killed", func(t *testing.T, watcher *exec.Cmd) {
			t.Helper()
			if err := watcher.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = watcher.Wait()
		}, true},
		{"kills nothing once it was stopped", nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx := tunneltest.Within(t)
			victim := exec.CommandContext(ctx, "/bin/cat")
			victim.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			input, err := victim.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			output, err := victim.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := victim.Start(); err != nil {
				t.Fatal(err)
			}
			if c.end == nil {
				w, err := startWatchdog()
				if err != nil {
					t.Fatal(err)
				}
				if err := w.watch(victim.Process.Pid); err != nil {
					t.Fatal(err)
				}
				w.stop()
			} else {
				c.end(t, watcherOf(t, victim.Process.Pid))
			}
			// A process that is killed closes its output; one that lives repeats its input.
			if !c.killed {
				_, _ = io.WriteString(input, "alive\n")
				_ = input.Close()
			}
			said, err := io.ReadAll(output)
			if alive := string(said) == "alive\n"; err != nil || ctx.Err() != nil || alive == c.killed {
				t.Errorf("got %q, %v from the watched process after %v; killed, want %v", said, err, ctx.Err(), c.killed)
			}
			_ = victim.Wait()
		})
	}
}

// watcherOf starts a process that watches a group and does nothing else.
func watcherOf(t *testing.T, group int) *exec.Cmd {
	t.Helper()
	watcher := exec.CommandContext(tunneltest.Within(t), os.Args[0]) //nolint:gosec // The test binary itself.
	watcher.Env = []string{watchedBy + "=" + strconv.Itoa(group)}
	out, err := watcher.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := watcher.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "watching\n" {
		t.Fatalf("got %q, %v from the watching process", line, err)
	}
	return watcher
}
