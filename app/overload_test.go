package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// The sizes of the attacks.
const (
	halfOpen     = 1_000
	floodWorkers = 4
	validEvents  = 40
)

// holdOpen opens n connections that never complete their request, one way or
// another, and returns after all were sent. Those that the program closes are
// opened anew until ctx ends.
func holdOpen(ctx context.Context, t testing.TB, address string, n int) (wait func()) {
	t.Helper()
	starts := []string{
		"", "POST /vast/client HTTP/1.1\r\nHost: relay\r\n",
		"POST /vast/client HTTP/1.1\r\nHost: relay\r\nContent-Length: 400\r\nX-Vast-Timestamp: 1772489999\r\n" +
			"X-Vast-Signature-256: sha256=" + strings.Repeat("0", 64) + "\r\n\r\n{",
	}
	var opened, all sync.WaitGroup
	for i := range n {
		opened.Add(1)
		all.Go(func() {
			first := sync.OnceFunc(opened.Done)
			defer first()
			for ctx.Err() == nil {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					return // too many for this system: enough is open
				}
				stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
				_, _ = io.WriteString(conn, starts[i%len(starts)])
				first()
				_, _ = io.Copy(io.Discard, conn) // until it is closed on either side
				stop()
				_ = conn.Close()
			}
		})
	}
	opened.Wait()
	return all.Wait
}

// flood sends requests without a signature, and with a wrong one, as fast as
// they are refused, until ctx ends. wait returns how many there were, and an
// error when one was not refused.
func flood(ctx context.Context, address string, workers int) (wait func() (int, error)) {
	unsigned := []byte("POST /vast/client HTTP/1.1\r\nHost: relay\r\nContent-Length: 2\r\n\r\n{}")
	forged := benchRequests("forged", receiverPath, address, "another secret", 1)[0]
	var mu sync.Mutex
	var total int
	var wrong error
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() {
			for n := i; ctx.Err() == nil; n++ {
				err := refused(address, [][]byte{unsigned, forged}[n%2])
				mu.Lock()
				total++
				if wrong == nil {
					wrong = err
				}
				mu.Unlock()
			}
		})
	}
	return func() (int, error) { all.Wait(); return total, wrong }
}

// refused sends one request on a connection of its own. An answer other than a
// refusal is an error; a connection without an answer is none. A 503 is a
// refusal too: while the program makes sure that its own secret is the right
// one, a wrong signature is not final.
func refused(address string, request []byte) error {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil //nolint:nilerr // Nothing was answered.
	}
	defer func() { _ = conn.Close() }()
	_, _ = conn.Write(request)
	answer := make([]byte, 64)
	n, _ := io.ReadFull(conn, answer)
	if n == 0 || bytes.HasPrefix(answer, []byte("HTTP/1.1 401 ")) || bytes.HasPrefix(answer, []byte("HTTP/1.1 503 ")) {
		return nil
	}
	return fmt.Errorf("got the answer %.40q to a forged request, want a refusal", answer[:n])
}

func TestValidEventsPassAnAttack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		attack func(ctx context.Context, t *testing.T, address string) (end func())
	}{
		{"of a thousand half-open connections", func(ctx context.Context, t *testing.T, address string) func() {
			return holdOpen(ctx, t, address, halfOpen)
		}},
		{"of unsigned and forged requests", func(ctx context.Context, t *testing.T, address string) func() {
			wait := flood(ctx, address, floodWorkers)
			return func() {
				if n, err := wait(); err != nil || n == 0 {
					t.Errorf("after %d requests: %v", n, err)
				}
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, listen := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
			c := w.start(t, nil, "--log-level", "info")
			c.reach(status.Relaying)
			ctx, cancel := context.WithCancel(t.Context())
			end := tt.attack(ctx, t, listen)
			var group sync.WaitGroup
			for i := range validEvents {
				group.Go(func() {
					sent, err := w.vast.Emit(t.Context(), vasttest.Emission{Type: "client:outbid", Subject: fmt.Sprintf("valid-%03d", i), EventID: fmt.Sprintf("valid-%03d", i)})
					if n := len(sent.Deliveries); err != nil || n == 0 || sent.Deliveries[n-1].Status != http.StatusNoContent {
						t.Errorf("got %+v, %v, want the event taken", sent.Deliveries, err)
					}
				})
			}
			group.Wait()
			cancel()
			end()
			eventually(t, "all events stand in Chat", func() bool {
				return !slices.ContainsFunc(slices.Collect(subjects(validEvents)), func(s string) bool { return w.count(s) != 1 })
			})
			s, ok := c.snapshot()
			if !ok || s.Counters.Accepted != validEvents {
				t.Errorf("got %d events accepted, want %d", s.Counters.Accepted, validEvents)
			}
			if lines := strings.Count(c.stderr.String(), "\n"); lines > 150 {
				t.Errorf("got %d log lines, want few, whatever strangers send", lines)
			}
		})
	}
}

func subjects(n int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for i := range n {
			if !yield(fmt.Sprintf("valid-%03d", i)) {
				return
			}
		}
	}
}

// fullDisk mounts a small file system, or skips the test where that is not
// allowed.
func fullDisk(t *testing.T, megabytes int) (folder string) {
	t.Helper()
	folder = t.TempDir()
	mount := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm", megabytes), "tmpfs", folder) //nolint:gosec // The test's own folder.
	if out, err := mount.CombinedOutput(); err != nil || runtime.GOOS != "linux" {
		t.Skipf("no small file system can be mounted here: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", "-l", folder).CombinedOutput(); err != nil { //nolint:gosec // The same folder.
			t.Errorf("unmount: %v %s", err, out)
		}
	})
	return folder
}

func TestAFullDisk(t *testing.T) {
	t.Parallel()
	disk := fullDisk(t, 16)
	w, _ := newOwnURLWorld(t, vasttest.Options{Schedule: []time.Duration{50 * time.Millisecond}}, chattest.Options{})
	w.dir = filepath.Join(disk, "data")
	c := w.start(t, nil)
	c.reach(status.Relaying)
	w.emit(t, vasttest.Emission{Subject: "before the disk was full"})

	filler := filepath.Join(disk, "filler")
	if err := fill(filler); err == nil {
		t.Fatal("the disk does not get full")
	}
	sent, err := w.vast.Emit(t.Context(), vasttest.Emission{Type: "client:outbid", Subject: "into the full disk", EventID: "full", Attempts: 3, Message: strings.Repeat("m", 200_000)})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range sent.Deliveries {
		if d.Status != http.StatusServiceUnavailable {
			t.Errorf("got %+v, want 503: nothing may be answered as taken", d)
		}
	}
	if s := c.reach(status.Attention); s.Headline.String() != "Events cannot be written to disk" || !strings.Contains(s.Cause.String(), "full") {
		t.Errorf("got %q %q, want the person told that the disk is full", s.Headline, s.Cause)
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	c.reach(status.Relaying) // by itself, without an event
	w.emit(t, vasttest.Emission{Subject: "into the full disk", EventID: "full"})
	eventually(t, "all stands in Chat once there is room again", func() bool {
		return w.count("before the disk was full") == 1 && w.count("into the full disk") == 1
	})
	c.reach(status.Relaying)
	if code, _ := c.stop(); code != 0 {
		t.Errorf("got exit code %d, want 0", code)
	}
}

// fill writes to path until the disk is full, and returns that error.
func fill(path string) error {
	file, err := os.Create(path) //nolint:gosec // The test's own folder.
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	for _, size := range []int{1 << 20, 4096, 1} {
		for block := make([]byte, size); ; {
			if _, err = file.Write(block); err != nil {
				break
			}
		}
	}
	return err
}

func TestADamagedDatabase(t *testing.T) {
	t.Parallel()
	w, _ := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
	c := w.start(t, nil)
	c.reach(status.Relaying)
	w.emit(t, vasttest.Emission{Subject: "before the damage"})
	eventually(t, "the event stands in Chat", func() bool { return w.count("before the damage") == 1 })
	c.stop()
	path := filepath.Join(w.dir, "events.db")
	content, err := os.ReadFile(path) //nolint:gosec // The test's own folder.
	if err != nil {
		t.Fatal(err)
	}
	copy(content[len(content)/2:], bytes.Repeat([]byte("damage"), 2000))
	copy(content, bytes.Repeat([]byte("damage"), 20))
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}

	c = w.start(t, nil)
	if s := c.reach(status.Relaying); !strings.Contains(s.Notice.String(), "was damaged") {
		t.Errorf("got notice %q, want the person told", s.Notice)
	}
	w.emit(t, vasttest.Emission{Subject: "after the damage"})
	eventually(t, "an event stands in Chat", func() bool { return w.count("after the damage") == 1 })
	copies, err := filepath.Glob(filepath.Join(w.dir, "events*damaged*"))
	if err != nil || len(copies) == 0 {
		t.Errorf("got %v, %v, want the damaged database set aside", copies, err)
	}
	if !strings.Contains(c.stderr.String(), "set aside") {
		t.Error("the log does not say what happened to the database")
	}
}
