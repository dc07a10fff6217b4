//go:build linux && !ci

package launch

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/widget"

	"vastrelay/app/credentials"
	"vastrelay/app/ui"
	"vastrelay/app/ui/settings"
	"vastrelay/app/ui/tray/traytest"
	"vastrelay/relay/tunnel/tunneltest"
)

// screen is one screen of the program.
type screen struct {
	backend func() screenBackend
	stage   func(*ui.UI)
	keys    []string // pressed once it is shown
}

// emptyScreen is what the screens are compared with: a window of the toolkit
// with nothing in it.
const emptyScreen = "empty window"

// emptyEntry is one that holds nothing but an entry with the focus, whose cursor
// blinks as in any program of the toolkit.
const emptyEntry = "empty window, an entry"

// screens are the screens by name.
func screens() map[string]screen {
	page := func(section string) screen {
		return screen{benchBackend, func(u *ui.UI) { u.ShowSettings(section) }, nil}
	}
	main := func(u *ui.UI) { u.ShowMain() }
	return map[string]screen{
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
		"settings, connections": page(settings.SectionConnections),
		"settings, an entry":    page(string(credentials.VastKey)),
		"settings, events":      page(settings.SectionEvents),
		"settings, messages":    page(settings.SectionMessages),
		"settings, address":     page(settings.SectionAddress),
		"settings, history":     page(settings.SectionHistory),
		"settings, about":       page(settings.SectionAbout),
	}
}

// screenChild names the screen that a child process shows, and screenFile where
// it keeps the size of its window.
const (
	screenChild = "VASTRELAY_TEST_SCREEN"
	screenFile  = "VASTRELAY_TEST_WINDOW"
)

// TestShowScreen is the program that is looked at from outside: it shows one screen
// until it is killed.
func TestShowScreen(t *testing.T) {
	name := os.Getenv(screenChild)
	if name == "" {
		t.Skip("shows a screen for other tests")
	}
	done := make(chan struct{})
	mainThread <- func() { defer close(done); showScreen(name) }
	<-done
}

// showScreen runs the toolkit with that screen.
func showScreen(name string) {
	a := newApp("")
	if name == emptyScreen || name == emptyEntry {
		w := a.NewWindow("Vast Relay")
		w.SetContent(widget.NewLabel(""))
		if name == emptyEntry {
			entry := widget.NewEntry()
			w.SetContent(entry)
			w.Canvas().Focus(entry)
		}
		w.Show()
		w.RequestFocus()
		a.Run()
		return
	}
	one, to := screens()[name], &loop{}
	windows := ui.New(a, partsOf(one.backend()), ui.Options{
		Window: windowStore(os.Getenv(screenFile)), Screen: screenSize,
		Post: to.post, Now: time.Now, Vendors: tunneltest.Vendors(), About: ui.About{DataFolder: "/nowhere", KeptDays: 90, KeptMegabytes: 200},
	})
	a.Lifecycle().SetOnStarted(func() { one.stage(windows) })
	a.Run()
}

// shownScreen is one screen on a display of its own.
type shownScreen struct {
	name    string
	focused bool
	env     []string
	program *exec.Cmd
	server  *exec.Cmd
}

// show starts the screen on a display of that size. env comes in addition.
func show(t testing.TB, name string, focused bool, display string, env ...string) *shownScreen {
	t.Helper()
	s := &shownScreen{name: name, focused: focused}
	s.server = exec.CommandContext(t.Context(), "Xvfb", "-displayfd", "1", "-screen", "0", display+"x24", "-nolisten", "tcp", "-noreset") //nolint:gosec // A size of the test's own.
	out, err := s.server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.server.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	s.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "DISPLAY=:" + strings.TrimSpace(line), "LIBGL_ALWAYS_SOFTWARE=1", "LANG=C.UTF-8",
		"DBUS_SESSION_BUS_ADDRESS=unix:path=" + filepath.Join(home, "no-bus"), "FYNE_PLATFORM=x11", screenChild + "=" + name,
	}
	s.env = append(s.env, env...)
	s.program = exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestShowScreen$", "-test.timeout=10m") //nolint:gosec // This program.
	s.program.Env = s.env
	if err := s.program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
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
// It returns the window.
func (s *shownScreen) await(t testing.TB) (window string) {
	t.Helper()
	ctx := t.Context()
	for limit := time.Now().Add(time.Minute); window == ""; time.Sleep(100 * time.Millisecond) {
		window, _, _ = strings.Cut(s.xdo(ctx, "search", "--onlyvisible", "--name", "^Vast Relay"), "\n")
		if time.Now().After(limit) {
			t.Fatalf("%s was never shown", s.name)
		}
	}
	time.Sleep(time.Second)
	s.xdo(ctx, "windowfocus", "--sync", window)
	if keys := screens()[s.name].keys; len(keys) > 0 {
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
	return window
}

// TestWindowsFitRealScreens shows windows on small screens, without a window
// manager that would make them fit.
func TestWindowsFitRealScreens(t *testing.T) {
	traytest.Require(t, "Xvfb", "xdotool")
	for _, c := range []struct {
		name, screen, display, scale, kept string
		width, height                      int // of the display, in pixels
	}{
		{"twice the size of text on a small laptop", "set-up", "1366x768", "2", "", 1366, 768},
		{"a very small screen", "main", "800x480", "1", "", 800, 480},
		{"the settings there", "settings, events", "800x480", "1", "", 800, 480},
		{"a kept size that no screen has", "main", "1280x800", "1", `{"width":1e30,"height":1e30,"split":9}`, 1280, 800},
		{"a kept size of a larger screen", "main", "800x480", "1", `{"width":2400,"height":1300,"split":0.5}`, 800, 480},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "window.json")
			if c.kept != "" {
				if err := os.WriteFile(file, []byte(c.kept), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s := show(t, c.screen, true, c.display, "FYNE_SCALE="+c.scale, screenFile+"="+file)
			window := s.await(t)
			var width, height int
			for line := range strings.Lines(s.xdo(t.Context(), "getwindowgeometry", "--shell", window)) {
				_, _ = fmt.Sscanf(line, "WIDTH=%d", &width)
				_, _ = fmt.Sscanf(line, "HEIGHT=%d", &height)
			}
			if width < 640 || height < 360 || width > c.width || height > c.height {
				t.Errorf("the window has %d by %d pixels, want it to fit %d by %d", width, height, c.width, c.height)
			}
		})
	}
}
