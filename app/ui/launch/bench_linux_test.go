//go:build linux && !ci

package launch

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/widget"

	"vastrelay/app/bridge"
	"vastrelay/app/ui"
	"vastrelay/app/ui/tray/traytest"
)

// How long a window stands before its processor time is taken, and over how
// long that is. Some screens stand side by side with an empty window, a display
// each, so that what is compared is measured under the same load.
const (
	benchSettle  = 5 * time.Second
	benchMeasure = 10 * time.Second
	benchBatch   = 4
)

// benchScreen is one screen of the program.
type benchScreen struct {
	backend func() screenBackend
	stage   func(*ui.UI)
	keys    []string // pressed once it is shown
}

// emptyScreen is what the screens are compared with: a window of the toolkit
// with nothing in it.
const emptyScreen = "empty window"

// benchScreens are the screens by name.
func benchScreens() map[string]benchScreen {
	settings := func(section string) benchScreen {
		return benchScreen{benchBackend, func(u *ui.UI) { u.ShowSettings(section) }, nil}
	}
	main := func(u *ui.UI) { u.ShowMain() }
	return map[string]benchScreen{
		"set-up":                {setUpBackend, main, nil},
		"connecting":            {connectingBackend, main, nil},
		"main":                  {benchBackend, main, nil},
		"main without events":   {withoutEvents, main, nil},
		"main, searching":       {benchBackend, main, []string{"ctrl+f"}},
		"main, an event":        {benchBackend, func(u *ui.UI) { u.ShowEvent("e1") }, nil},
		"main, asked to quit":   {benchBackend, main, []string{"ctrl+q"}},
		"test under way":        {benchBackend, func(u *ui.UI) { u.ShowMain(); u.SendTest() }, nil},
		"resume":                {pausedBackend, func(u *ui.UI) { u.ShowMain(); u.AskResume() }, nil},
		"trouble":               {troubledBackend, main, nil},
		"demo":                  {demoBackend, main, nil},
		"settings, connections": settings(ui.SectionConnections),
		"settings, an entry":    settings(string(bridge.VastKey)),
		"settings, events":      settings(ui.SectionEvents),
		"settings, messages":    settings(ui.SectionMessages),
		"settings, address":     settings(ui.SectionAddress),
		"settings, history":     settings(ui.SectionHistory),
		"settings, about":       settings(ui.SectionAbout),
	}
}

// benchChild names the screen that a child process shows.
const benchChild = "VASTRELAY_BENCH_SCREEN"

// TestShowScreen is the program that BenchmarkIdle measures: it shows one screen
// until it is killed.
func TestShowScreen(t *testing.T) {
	name := os.Getenv(benchChild)
	if name == "" {
		t.Skip("shows a screen for BenchmarkIdle")
	}
	done := make(chan struct{})
	mainThread <- func() { defer close(done); showScreen(name) }
	<-done
}

// showScreen runs the toolkit with that screen.
func showScreen(name string) {
	a := newApp("")
	if name == emptyScreen {
		w := a.NewWindow("Vast Relay")
		w.SetContent(widget.NewLabel(""))
		w.Show()
		w.RequestFocus()
		a.Run()
		return
	}
	screen, to := benchScreens()[name], &loop{}
	windows := ui.New(a, ui.Options{Backend: screen.backend(), Post: to.post, Now: time.Now, About: ui.About{DataFolder: "/nowhere", Kept: "for 90 days"}})
	a.Lifecycle().SetOnStarted(func() { screen.stage(windows) })
	a.Run()
}

// BenchmarkIdle measures what each screen costs while nothing happens, with the
// keyboard's focus and without, beside an empty window of the toolkit: at most
// 5 ms of processor a second more.
func BenchmarkIdle(b *testing.B) {
	traytest.Require(b, "Xvfb", "xdotool")
	names := slices.Sorted(maps.Keys(benchScreens()))
	for b.Loop() {
		for batch := range slices.Chunk(names, benchBatch) {
			measureBatch(b, batch)
		}
	}
}

// measureBatch shows screens side by side with an empty window and logs what
// each costs.
func measureBatch(b *testing.B, names []string) {
	b.Helper()
	var shown []*shownScreen
	for _, name := range append([]string{emptyScreen}, names...) {
		for _, focused := range []bool{true, false} {
			shown = append(shown, show(b, name, focused))
		}
	}
	for _, s := range shown {
		s.await(b)
	}
	time.Sleep(benchSettle)
	for _, s := range shown {
		s.before = s.cpu(b)
	}
	began := time.Now()
	time.Sleep(benchMeasure)
	for _, s := range shown {
		s.cost = float64((s.cpu(b) - s.before).Milliseconds()) / time.Since(began).Seconds()
		s.stop()
	}
	for i, s := range shown {
		fmt.Printf("%-26s %-10s %6.1f ms/s, %+6.1f\n", s.name, map[bool]string{true: "focused", false: "unfocused"}[s.focused], s.cost, s.cost-shown[i%2].cost)
	}
}

// shownScreen is one screen on a display of its own.
type shownScreen struct {
	name    string
	focused bool
	env     []string
	program *exec.Cmd
	server  *exec.Cmd
	before  time.Duration
	cost    float64 // milliseconds of processor a second
}

// show starts the screen.
func show(b *testing.B, name string, focused bool) *shownScreen {
	b.Helper()
	s := &shownScreen{name: name, focused: focused}
	s.server = exec.CommandContext(b.Context(), "Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
	out, err := s.server.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := s.server.Start(); err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	home := b.TempDir()
	s.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "DISPLAY=:" + strings.TrimSpace(line), "LIBGL_ALWAYS_SOFTWARE=1", "LANG=C.UTF-8",
		"DBUS_SESSION_BUS_ADDRESS=unix:path=" + filepath.Join(home, "no-bus"), "FYNE_PLATFORM=x11", benchChild + "=" + name,
	}
	s.program = exec.CommandContext(b.Context(), os.Args[0], "-test.run=^TestShowScreen$", "-test.timeout=10m") //nolint:gosec // This program.
	s.program.Env = s.env
	if err := s.program.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.stop)
	return s
}

// stop ends the screen.
func (s *shownScreen) stop() {
	for _, cmd := range []*exec.Cmd{s.program, s.server} {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
}

// xdo runs xdotool on the display and returns what it prints.
func (s *shownScreen) xdo(ctx context.Context, args ...string) string {
	cmd := exec.CommandContext(ctx, "xdotool", args...)
	cmd.Env = s.env
	out, _ := cmd.Output()
	return strings.TrimSpace(string(out))
}

// await waits until the screen is shown, presses its keys and moves the focus.
func (s *shownScreen) await(b *testing.B) {
	b.Helper()
	ctx, window := b.Context(), ""
	for limit := time.Now().Add(time.Minute); window == ""; time.Sleep(100 * time.Millisecond) {
		window, _, _ = strings.Cut(s.xdo(ctx, "search", "--onlyvisible", "--name", "^Vast Relay"), "\n")
		if time.Now().After(limit) {
			b.Fatalf("%s was never shown", s.name)
		}
	}
	time.Sleep(time.Second)
	s.xdo(ctx, "windowfocus", "--sync", window)
	if keys := benchScreens()[s.name].keys; len(keys) > 0 {
		s.xdo(ctx, append([]string{"key"}, keys...)...)
	}
	if !s.focused {
		root, _, _ := strings.Cut(s.xdo(ctx, "search", "--maxdepth", "0", "--name", ".*"), "\n")
		s.xdo(ctx, "windowfocus", root)
	}
	if folder := os.Getenv("CI_ARTIFACTS"); folder != "" {
		cmd := exec.CommandContext(ctx, "import", "-window", "root", filepath.Join(folder, strings.NewReplacer(" ", "-", ",", "").Replace(s.name)+".png")) //nolint:gosec // A name of the test's own.
		cmd.Env = s.env
		_ = cmd.Run()
	}
}

// cpu is the processor time that the program has used.
func (s *shownScreen) cpu(b *testing.B) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.program.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100 everywhere Linux runs.
}
