//go:build linux

// Package bustest runs a message bus of D-Bus for tests only: an own dbus-daemon at an
// address of its own, on which nothing is but what the test puts there.
//
// A bus ends with the test that asked for it. Its methods belong to the goroutine of
// that test.
package bustest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// config configures a bus that starts no services, such as the keyring that happens to
// be installed: https://dbus.freedesktop.org/doc/dbus-daemon.1.html .
const config = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

// Bus is a bus at one address. It can be stopped and started again there.
type Bus struct {
	// Folder holds the socket, which is called "bus", as that of a user's session is in
	// XDG_RUNTIME_DIR.
	Folder string
	// Address is where clients connect, as DBUS_SESSION_BUS_ADDRESS has it.
	Address string

	tb   testing.TB
	stop func() // nil: it does not run
}

// Start starts a bus. Without the program dbus-daemon the test is skipped; with CI=true
// it fails.
func Start(tb testing.TB) *Bus {
	tb.Helper()
	b := New(tb)
	b.Start()
	return b
}

// New returns a bus that does not run before its Start.
func New(tb testing.TB) *Bus {
	tb.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatal("dbus-daemon is not installed")
		}
		tb.Skip("dbus-daemon is not installed")
	}
	dir := Folder(tb)
	b := &Bus{Folder: dir, Address: "unix:path=" + filepath.Join(dir, "bus"), tb: tb}
	if err := os.WriteFile(b.configFile(), fmt.Appendf(nil, config, b.socket()), 0o600); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(b.Stop)
	return b
}

// Folder makes a folder whose path leaves room for the name of a socket, which that of
// tb.TempDir may not: https://man7.org/linux/man-pages/man7/unix.7.html allows 108 bytes.
func Folder(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", "bus") //nolint:usetesting // See above.
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (b *Bus) socket() string     { return filepath.Join(b.Folder, "bus") }
func (b *Bus) configFile() string { return filepath.Join(b.Folder, "bus.conf") }

// Start starts the bus, also once more after Stop, and returns when it takes connections.
func (b *Bus) Start() {
	b.tb.Helper()
	_ = os.Remove(b.socket()) // The last one may have left it.
	ctx, cancel := context.WithCancel(context.Background())
	daemon := exec.CommandContext(ctx, "dbus-daemon", "--config-file="+b.configFile(), "--nofork", "--nopidfile", "--print-address=1") //nolint:gosec // The test's own file.
	out, err := daemon.StdoutPipe()
	if err == nil {
		err = daemon.Start()
	}
	if err != nil {
		cancel()
		b.tb.Fatalf("start dbus-daemon: %v", err)
	}
	b.stop = func() {
		cancel()
		_ = daemon.Wait() // It ends by the kill that cancel just sent.
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		b.tb.Fatalf("read the address of the bus: %v", err)
	}
}

// Stop ends the bus, as a crash would. A second call does nothing.
func (b *Bus) Stop() {
	if b.stop != nil {
		b.stop()
		b.stop = nil
	}
}
