package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// TestAStoppedProcessHasSlept stops the process for as long as counts as a sleep.
func TestAStoppedProcessHasSlept(t *testing.T) {
	if !slowSuite() {
		t.Skip("takes a minute; make slow runs it")
	}
	t.Parallel()
	w := newWorld(t)
	c := w.start(t, nil)
	c.reach(status.Relaying)
	orFail(t, c.cmd.Process.Signal(syscall.SIGSTOP))
	stopped := time.Now()
	time.Sleep(45 * time.Second)
	orFail(t, c.cmd.Process.Signal(syscall.SIGCONT))
	around(t, c.lastGap(relay.GapSleep), stopped, time.Now(), 30*time.Second)
}

// TestAFullDiskIsAGap fills the disk under a running program and makes room again.
func TestAFullDiskIsAGap(t *testing.T) {
	t.Parallel()
	disk := fullDisk(t, 8)
	w, _ := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
	w.dir = filepath.Join(disk, "data")
	c := w.start(t, nil)
	c.reach(status.Relaying)
	filler := filepath.Join(disk, "filler")
	if err := fill(filler); err == nil {
		t.Fatal("the disk does not get full")
	}
	// That the disk is full shows with the next event.
	_, err := w.vast.Emit(t.Context(), vasttest.Emission{Type: "client:outbid", Subject: "while the disk is full", Message: strings.Repeat("long ", 50_000), Attempts: 1})
	orFail(t, err)
	began := time.Now()
	eventually(t, "a gap is open because of the disk", func() bool {
		s, ok := c.snapshot()
		return ok && s.Gaps.Open != nil && s.Gaps.Open.Cause == relay.GapDisk
	})
	time.Sleep(recorded)
	orFail(t, os.Remove(filler))
	c.reach(status.Relaying)
	g := c.lastGap(relay.GapDisk)
	around(t, g, began, time.Now(), 10*time.Second)
	if g.MayLose {
		t.Errorf("got %+v: Vast.ai was asked to try again", g)
	}
	c.kill()
	c = w.start(t, nil)
	c.reach(status.Relaying)
	if s, _ := c.snapshot(); len(s.Gaps.Last) == 0 || s.Gaps.Last[len(s.Gaps.Last)-1] != g {
		t.Errorf("after a restart: got %+v, want it kept", s.Gaps.Last)
	}
}
