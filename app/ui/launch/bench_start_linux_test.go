//go:build linux && !ci

package launch

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vastrelay/app/ui/tray/traytest"
)

// Programs that BenchmarkStart compares, and the store with a million events.
const (
	benchProgram = "VASTRELAY_TEST_PROGRAM"
	benchEmpty   = "VASTRELAY_TEST_EMPTY_WINDOW"
	benchMillion = "VASTRELAY_TEST_MILLION"
)

// Each program is started once before it is measured, so that fonts and shaders
// are in their caches, and then benchRounds times, in turns with the others.
const (
	benchRounds = 5
	startSettle = 4 * time.Second // after the first frame
	startIdle   = 3 * time.Second
	endLimit    = 20 * time.Second
)

// contestant is one program that is started again and again.
type contestant struct {
	name   string
	args   []string
	hidden bool   // it shows no window
	events string // the store that it finds; empty: one without events

	values map[string][]float64 // by figure, one for each round
}

// figures are the columns of the table, as they are called.
var figures = []string{"first frame, ms", "processor until then, ms", "memory, MB", "idle, ms/s"}

// BenchmarkStart measures the whole program as it is shipped, beside an empty window
// of the toolkit that is compiled in the same way: when the first frame stands, what
// it took, how much memory stays, and what the program does when nothing happens. A
// window with a label and a button shows how much of that any first text costs.
// The goals: at most 1.3 times the start, 30 MB more memory, 5 ms/s more, 16 MB more
// in the file, and with a million events a start that takes 100 ms longer at most.
func BenchmarkStart(b *testing.B) {
	traytest.Require(b, "Xvfb", "dbus-daemon")
	program, empty := os.Getenv(benchProgram), os.Getenv(benchEmpty)
	if program == "" || empty == "" {
		b.Fatal("run this by make bench-desktop")
	}
	traytest.StartBus(b)
	traytest.StartDesktop(b)
	million := filepath.Join(os.Getenv(benchMillion), "events.db")
	contestants := []*contestant{
		{name: "empty window", args: []string{empty}},
		{name: "window with a label and a button", args: []string{empty, "--text"}},
		{name: "program", args: []string{program}},
		{name: "program, a million events", args: []string{program}, events: million},
		{name: "empty window, hidden", args: []string{empty, "--hidden"}, hidden: true},
		{name: "program, hidden", args: []string{program, "--hidden"}, hidden: true},
	}
	screen := startXvfb(b)
	x := openXScreen(b, screen)
	for b.Loop() {
		for round := -1; round < benchRounds; round++ {
			for _, c := range contestants {
				if round <= 0 {
					c.values = map[string][]float64{}
				}
				c.measure(b, x, screen)
			}
		}
	}
	report(b, contestants, program, empty)
}

// startXvfb starts a display without a window manager and returns its name.
func startXvfb(b *testing.B) (display string) {
	b.Helper()
	server := exec.CommandContext(b.Context(), "Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset")
	out, err := server.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return ":" + strings.TrimSpace(line)
}

// measure starts the program once, and ends it as a person would: after a crash there
// is something to be told at the next start.
func (c *contestant) measure(b *testing.B, x *xScreen, display string) {
	b.Helper()
	cmd := c.command(b, display)
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(endLimit, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		if !kill.Stop() {
			b.Errorf("%s did not end within %v", c.name, endLimit)
		}
		if err := x.await(490, 320, true)(b); err != nil { // until the window is gone
			b.Fatalf("%s: %v", c.name, err)
		}
	}()
	if !c.hidden {
		if err := x.await(490, 320, false)(b); err != nil {
			b.Fatalf("%s: %v", c.name, err)
		}
		c.note(figures[0], float64(time.Since(begun).Microseconds())/1000)
		c.note(figures[1], onProcessor(b, cmd.Process.Pid))
	}
	time.Sleep(startSettle)
	before, since := onProcessor(b, cmd.Process.Pid), time.Now()
	time.Sleep(startIdle)
	c.note(figures[3], (onProcessor(b, cmd.Process.Pid)-before)/time.Since(since).Seconds())
	c.note(figures[2], resident(b, cmd.Process.Pid))
}

// command prepares the program with credentials that lead nowhere, so that the main
// window is shown and nothing outside is asked.
func (c *contestant) command(b *testing.B, display string) *exec.Cmd {
	b.Helper()
	home := filepath.Join(os.TempDir(), "vastrelay-bench", strings.NewReplacer(" ", "-", ",", "").Replace(c.name))
	data := filepath.Join(home, "data")
	for _, folder := range []string{data, filepath.Join(home, ".cache")} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			b.Fatal(err)
		}
	}
	b.Cleanup(func() { _ = os.RemoveAll(home) })
	args := c.args
	if c.args[0] != os.Getenv(benchEmpty) {
		args = append(slices.Clone(args), "--data-dir", data)
	}
	// One copy for all rounds: the first start brings it to the present schema.
	if events := filepath.Join(data, "events.db"); c.events != "" {
		if _, err := os.Stat(events); err != nil {
			copyFile(b, c.events, events)
		}
	}
	cmd := exec.CommandContext(b.Context(), args[0], args[1:]...) //nolint:gosec // Programs of the benchmark's own.
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "DISPLAY=" + display, "LIBGL_ALWAYS_SOFTWARE=1", "LANG=C.UTF-8", "FYNE_PLATFORM=x11",
		"DBUS_SESSION_BUS_ADDRESS=" + os.Getenv("DBUS_SESSION_BUS_ADDRESS"),
		"VAST_URL=http://127.0.0.1:1", "VAST_API_KEY=" + strings.Repeat("0123456789abcdef", 4),
		"VASTRELAY_TUNNEL=url", "VASTRELAY_PUBLIC_URL=https://relay.invalid", "VASTRELAY_LISTEN=127.0.0.1:48787", "VASTRELAY_PUBLIC_CONNECT=127.0.0.1:1",
		"VASTRELAY_CHAT_HOSTS=127.0.0.1:9", "GOOGLE_CHAT_URL=http://127.0.0.1:9/v1/spaces/AAAAaaaa111/messages?key=k&token=t",
	}
	return cmd
}

// note adds a figure of this round.
func (c *contestant) note(figure string, value float64) {
	c.values[figure] = append(c.values[figure], value)
}

// copyFile copies from to to.
func copyFile(b *testing.B, from, to string) {
	b.Helper()
	in, err := os.Open(from) //nolint:gosec // A file of the benchmark's own.
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // As above.
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		b.Fatal(err)
	}
	if err := out.Close(); err != nil {
		b.Fatal(err)
	}
}

// onProcessor is how many milliseconds the threads of a process have run, from
// https://docs.kernel.org/scheduler/sched-stats.html . Threads that have ended do
// not count; Go's end with the process.
func onProcessor(b *testing.B, pid int) (ms float64) {
	b.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(threads) == 0 {
		b.Fatalf("process %d is gone, error %v", pid, err)
	}
	for _, thread := range threads {
		line, _ := os.ReadFile(thread) //nolint:gosec // A file of the system.
		nanoseconds, _, _ := strings.Cut(string(line), " ")
		n, _ := strconv.ParseInt(nanoseconds, 10, 64)
		ms += float64(n) / 1e6
	}
	return ms
}

// resident is the memory of a process in megabytes, what it maps of files included.
func resident(b *testing.B, pid int) (megabytes float64) {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var kilobytes int
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kilobytes); n == 1 {
			return float64(kilobytes) / 1024
		}
	}
	b.Fatalf("the system does not tell the memory of process %d", pid)
	return 0
}

// report prints the table: minimum, median and maximum of the rounds, and the
// difference of the minima from the first line of its kind.
func report(b *testing.B, contestants []*contestant, program, empty string) {
	b.Helper()
	base := map[bool]*contestant{}
	for _, figure := range figures {
		fmt.Printf("\n%-34s %8s %8s %8s\n", figure, "min", "median", "max")
		for _, c := range contestants {
			if base[c.hidden] == nil {
				base[c.hidden] = c
			}
			v, first := slices.Sorted(slices.Values(c.values[figure])), base[c.hidden].values[figure]
			if len(v) == 0 {
				continue
			}
			least := slices.Min(first)
			fmt.Printf("  %-32s %8.1f %8.1f %8.1f   %+6.1f, %.2f times\n", c.name, v[0], v[len(v)/2], v[len(v)-1], v[0]-least, v[0]/least)
		}
	}
	fmt.Printf("\nfile, MB of 1024 times 1024 bytes, as all memory here\n")
	var sizes [2]float64
	for i, path := range []string{empty, program} {
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		sizes[i] = float64(info.Size()) / (1 << 20)
		fmt.Printf("  %-32s %8.1f   %+6.1f\n", filepath.Base(path), sizes[i], sizes[i]-sizes[0])
	}
	fmt.Println()
}
