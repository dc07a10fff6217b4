package app_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vastrelay/vastapi/vasttest"
)

// stopCount is how often TestStopsAtRandomMoments stops the program.
const stopCount = 20

// TestStopsAtRandomMoments stops the real program while a person clicks about:
// with pop-ups, questions and the settings open, during the start, and with its
// display gone or frozen. VASTRELAY_STOPS is how often, VASTRELAY_STOP_SEED
// repeats a run.
func TestStopsAtRandomMoments(t *testing.T) {
	if os.Getenv("VASTRELAY_E2E") == "" {
		t.Skip("needs a display and much time: run make e2e")
	}
	requirePrograms(t, "Xvfb", "openbox", "xfce4-panel", "gnome-keyring-daemon", "dbus-daemon", "dbus-monitor", "xdotool")
	count, seed := stopCount, uint64(time.Now().UnixNano())
	if n, err := strconv.Atoi(os.Getenv("VASTRELAY_STOPS")); err == nil {
		count = n
	}
	if n, err := strconv.ParseUint(os.Getenv("VASTRELAY_STOP_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("%d stops, VASTRELAY_STOP_SEED=%d", count, seed)
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // A test's moments, not a secret.
	d := openDesk(t, "migrated_fynedo")
	ways := []string{"asked", "asked", "the display is killed", "asked after the display was killed", "asked while the display is frozen"}
	var slowest time.Duration
	for i := range count {
		took := d.stopOnce(random, ways[i%len(ways)])
		slowest = max(slowest, took)
	}
	t.Logf("the slowest of %d stops took %v", count, slowest.Round(time.Millisecond))
}

// stopOnce starts the program on a screen of its own, uses it at random, and
// stops it in that way. It returns how long the stop took.
func (d *desk) stopOnce(random *rand.Rand, way string) time.Duration {
	d.t.Helper()
	kept := d.env
	defer func() { d.env = kept }()
	display, screen := d.openScreen()
	d.env = append(slices.DeleteFunc(slices.Clone(kept), func(e string) bool { return strings.HasPrefix(e, "DISPLAY=") }), "DISPLAY="+display)
	d.launch("openbox")
	d.start("VAST_API_KEY="+d.w.env["VAST_API_KEY"], "GOOGLE_CHAT_URL="+d.w.env["GOOGLE_CHAT_URL"], "NGROK_AUTHTOKEN="+d.w.env["NGROK_AUTHTOKEN"])
	served, stopped := d.logged()
	ctx, cancel := context.WithCancel(d.t.Context())
	busy := make(chan struct{})
	clicks := rand.New(rand.NewPCG(random.Uint64(), 1)) //nolint:gosec // As above.
	go func() { defer close(busy); d.clickAbout(ctx, clicks) }()
	// From the start, when the windows are being made, to well into their use.
	// Before the program listens to signals, the system ends it.
	time.Sleep(300*time.Millisecond + time.Duration(random.Int64N(int64(5*time.Second))))

	began := time.Now()
	switch way {
	case "the display is killed":
		_ = screen.Kill()
	case "asked after the display was killed":
		_ = screen.Kill()
		time.Sleep(time.Duration(random.Int64N(int64(50 * time.Millisecond))))
	case "asked while the display is frozen":
		_ = screen.Signal(syscall.SIGSTOP)
		time.Sleep(100 * time.Millisecond)
	}
	if strings.HasPrefix(way, "asked") {
		_ = syscall.Kill(d.pid, syscall.SIGTERM)
	}
	var err error
	select {
	case err = <-d.ended:
	case <-time.After(patience):
		d.t.Fatalf("%s: not stopped within %v", way, patience)
	}
	took := time.Since(began)
	cancel()
	_ = screen.Kill()
	<-busy
	if took > stopBound {
		d.t.Errorf("%s: the stop took %v, want at most %v", way, took, stopBound)
	}
	nowServed, nowStopped := d.logged()
	if nowServed-served != nowStopped-stopped {
		d.t.Errorf("%s: the relay was cut off, not stopped", way)
	}
	// A graphics driver may crash when its display is killed while it starts,
	// which is before anything runs.
	var exit *exec.ExitError
	if err != nil && nowServed > served && (!errors.As(err, &exit) || way == "asked" || exit.ExitCode() != 1) {
		d.t.Errorf("%s: the program ended with %v", way, err)
	}
	return took
}

// openScreen starts a screen that can be killed without the desk's. It is not
// reset when its last client leaves, which would turn the next one away.
func (d *desk) openScreen(args ...string) (display string, process *os.Process) {
	d.t.Helper()
	cmd := d.command("Xvfb", append([]string{"-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"}, args...)...)
	display = ":" + d.firstLineOf(cmd)
	return display, cmd.Process
}

// logged counts the runs that began to relay, and those that stopped in order.
func (d *desk) logged() (served, stopped int) {
	text, _ := os.ReadFile(filepath.Join(d.w.dir, "vastrelay.log"))
	return strings.Count(string(text), `msg="serving the status"`), strings.Count(string(text), "msg=stopped")
}

// clickAbout opens and closes whatever the windows have until ctx ends, faster
// than a person would.
func (d *desk) clickAbout(ctx context.Context, random *rand.Rand) {
	at := func(x, y int) []string {
		return []string{"mousemove", strconv.Itoa(150 + x), strconv.Itoa(80 + y), "click", "1"}
	}
	things := [][]string{
		at(722, 45), at(722, 85), at(820, 45), at(820, 85), at(920, 45), at(100, 230), at(240, 190), at(380, 190), at(640, 380),
		{"type", "x"},
	}
	for _, key := range []string{"ctrl+comma", "ctrl+w", "ctrl+q", "alt+F4", "Escape", "ctrl+f", "Down", "Return"} {
		things = append(things, []string{"key", key})
	}
	for ctx.Err() == nil {
		xdotool := exec.CommandContext(ctx, "xdotool", things[random.IntN(len(things))]...) //nolint:gosec // The test's own words.
		xdotool.Env = d.env
		_ = xdotool.Run() // The screen may be gone.
		if random.IntN(8) == 0 {
			_, _ = d.w.vast.Emit(ctx, vasttest.Emission{Type: "client:outbid", Subject: "meanwhile", Attempts: 1})
		}
		time.Sleep(time.Duration(random.Int64N(int64(150 * time.Millisecond))))
	}
}
