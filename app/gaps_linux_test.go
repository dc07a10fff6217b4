package app_test

import (
	"syscall"
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay"
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
