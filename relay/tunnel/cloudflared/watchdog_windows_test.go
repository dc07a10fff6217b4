package cloudflared

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/windows"

	"vastrelay/relay/tunnel/cloudflared/cloudflaredtest"
	"vastrelay/relay/tunnel/tunneltest"
)

// beWatched has nothing to do: Windows has jobs, and no watchdog.
func beWatched(string) { os.Exit(1) }

// TestAProcessThatHasEndedNeedsNoJob binds one that refused its options before.
func TestAProcessThatHasEndedNeedsNoJob(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(tunneltest.Within(t), cloudflaredtest.Install(t, cloudflaredtest.Behaviour{}).Path) // #nosec G204 -- the test binary itself
	g, err := newGuard(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer g.release()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }()
	if err := cmd.Process.WithHandle(func(handle uintptr) {
		_, _ = windows.WaitForSingleObject(windows.Handle(handle), windows.INFINITE)
	}); err != nil {
		t.Fatal(err)
	}
	if err := g.bind(cmd.Process); err != nil {
		t.Errorf("got %v, want a process that has ended to pass", err)
	}
}
