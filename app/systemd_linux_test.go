package app_test

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vastrelay/app/status"
)

// serviceManager listens as systemd does.
type serviceManager struct {
	path string
	mu   sync.Mutex
	told []string
}

func newServiceManager(t *testing.T) *serviceManager {
	t.Helper()
	m := &serviceManager{path: filepath.Join(t.TempDir(), "notify")}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: m.path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for buffer := make([]byte, 4096); ; {
			n, err := conn.Read(buffer)
			if err != nil {
				return
			}
			m.mu.Lock()
			m.told = append(m.told, string(buffer[:n]))
			m.mu.Unlock()
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return m
}

// heard counts the messages that hold part.
func (m *serviceManager) heard(part string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, message := range m.told {
		if strings.Contains(message, part) {
			n++
		}
	}
	return n
}

// order lists the first word of each kind of message, in the order in which each
// kind came first.
func (m *serviceManager) order() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var kinds []string
	for _, message := range m.told {
		if kind, _, _ := strings.Cut(message, "="); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// TestUnderAServiceManager starts the program, has it hang and go on, and stops
// it.
func TestUnderAServiceManager(t *testing.T) {
	t.Parallel()
	w, m := newWorld(t), newServiceManager(t)
	c := w.start(t, map[string]string{"NOTIFY_SOCKET": m.path, "WATCHDOG_USEC": "300000"})
	c.reach(status.Relaying)
	eventually(t, "it is ready, says how it is doing, and is alive", func() bool {
		return m.heard("READY=1") == 1 && m.heard("STATUS=Relaying to Google Chat") > 0 && m.heard("WATCHDOG=1") >= 3
	})

	orFail(t, c.cmd.Process.Signal(syscall.SIGSTOP))
	eventually(t, "the pings stop", func() bool {
		before := m.heard("WATCHDOG=1")
		time.Sleep(500 * time.Millisecond)
		return m.heard("WATCHDOG=1") == before
	})
	pings := m.heard("WATCHDOG=1")
	orFail(t, c.cmd.Process.Signal(syscall.SIGCONT))
	eventually(t, "the pings go on", func() bool { return m.heard("WATCHDOG=1") > pings })

	if code, _ := c.stop(); code != 0 {
		t.Errorf("got exit code %d", code)
	}
	eventually(t, "the service manager hears of the stop", func() bool { return m.heard("STOPPING=1") == 1 })
	if got, want := m.order(), []string{"STATUS", "READY", "WATCHDOG", "STOPPING"}; !slices.Equal(got, want) {
		t.Errorf("got %q in this order, want %q", got, want)
	}
}

// TestReadyWaitsForNobodyOutside is ready while neither Vast.ai nor the tunnel can
// be reached, since what arrives by an earlier webhook could be kept.
func TestReadyWaitsForNobodyOutside(t *testing.T) {
	t.Parallel()
	w, m := newWorld(t), newServiceManager(t)
	w.start(t, map[string]string{
		"NOTIFY_SOCKET": m.path, "VAST_URL": "http://127.0.0.1:9", "VASTRELAY_NGROK_CONNECT_URL": "127.0.0.1:9",
	})
	eventually(t, "it is ready", func() bool { return m.heard("READY=1") == 1 })
	if m.heard("WATCHDOG=1") > 0 {
		t.Error("got pings that nobody wants")
	}
}

// TestNotReadyWhileNothingCanBeKept is not ready as long as the disk is full.
func TestNotReadyWhileNothingCanBeKept(t *testing.T) {
	t.Parallel()
	disk := fullDisk(t, 16)
	w, m := newWorld(t), newServiceManager(t)
	w.dir = filepath.Join(disk, "data")
	first := w.start(t, nil)
	first.reach(status.Relaying)
	first.stop()
	orFail(t, os.Remove(filepath.Join(w.dir, "events.db"))) // has to be made anew, which takes room
	filler := filepath.Join(disk, "filler")
	if err := fill(filler); err == nil {
		t.Fatal("the disk does not get full")
	}
	c := w.start(t, map[string]string{"NOTIFY_SOCKET": m.path})
	eventually(t, "the status says why", func() bool { return m.heard("STATUS=Events cannot be written to disk") > 0 })
	time.Sleep(2 * time.Second) // in which it is asked whether it is ready
	if m.heard("READY=1") > 0 {
		t.Error("it is ready although nothing can be kept")
	}
	orFail(t, os.Remove(filler))
	eventually(t, "it is ready", func() bool { return m.heard("READY=1") == 1 })
	c.stop()
}
