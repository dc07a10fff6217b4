package launch

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/banners"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui/tray"
	"vastrelay/app/ui/uitest"
)

// fakeWindows records what the windows are asked for.
type fakeWindows struct{ calls []string }

func (w *fakeWindows) ShowMain()                   { w.calls = append(w.calls, "main") }
func (w *fakeWindows) ShowEvent(id string)         { w.calls = append(w.calls, "event "+id) }
func (w *fakeWindows) ShowHop(name health.HopName) { w.calls = append(w.calls, "hop "+string(name)) }

func (w *fakeWindows) ShowSettings(section string) { w.calls = append(w.calls, "settings "+section) }
func (w *fakeWindows) CopyAddress()                { w.calls = append(w.calls, "copy") }
func (w *fakeWindows) SendTest()                   { w.calls = append(w.calls, "test") }
func (w *fakeWindows) AskResume()                  { w.calls = append(w.calls, "ask resume") }

// quittingApp is an in-memory app that counts how often it is asked to quit.
type quittingApp struct {
	fyne.App
	quits int
	told  bool // the rest of the program, before the first
}

func (a *quittingApp) Quit() { a.quits++ }

func (a *quittingApp) stop(cause error) { a.told = a.told || cause == nil && a.quits == 0 }

func TestClicks(t *testing.T) {
	for name, tc := range map[string]struct {
		item    tray.Item
		status  status.Status
		fails   bool
		windows []string
		backend string
		quits   int
	}{
		"open shows the window":      {item: tray.Item{Command: tray.CommandOpen}, windows: []string{"main"}},
		"an event opens itself":      {item: tray.Item{Command: tray.CommandEvent, EventID: "e7"}, windows: []string{"event e7"}},
		"copy address copies":        {item: tray.Item{Command: tray.CommandCopyAddress}, windows: []string{"copy"}},
		"send test sends one":        {item: tray.Item{Command: tray.CommandSendTest}, windows: []string{"test"}},
		"settings opens them":        {item: tray.Item{Command: tray.CommandSettings}, windows: []string{"settings "}},
		"quit ends the program":      {item: tray.Item{Command: tray.CommandQuit}, quits: 1},
		"pause holds without an end": {item: tray.Item{Command: tray.CommandPause}, backend: "pause"},
		"pause leaves a pause as it is": {
			item: tray.Item{Command: tray.CommandPause}, status: status.Status{PausedSince: time.Now()}, windows: []string{"main"},
		},
		"start starts relaying":           {item: tray.Item{Command: tray.CommandStart}, backend: "perform start"},
		"resume posts when nothing waits": {item: tray.Item{Command: tray.CommandResume}, backend: "resume"},
		"resume asks in the window when something is held": {
			item: tray.Item{Command: tray.CommandResume}, status: status.Status{Waiting: 3}, windows: []string{"ask resume"},
		},
		"a failed command shows the window, which says why": {
			item: tray.Item{Command: tray.CommandPause}, fails: true, backend: "pause", windows: []string{"main"},
		},
		"mute keeps notifications back":    {item: tray.Item{Command: tray.CommandMute}, backend: "mute for an hour"},
		"unmute shows notifications again": {item: tray.Item{Command: tray.CommandUnmute}, backend: "unmute"},
		"the state line does nothing":      {item: tray.Item{Label: "Relaying"}},
	} {
		t.Run(name, func(t *testing.T) {
			quiet(t)
			windows, backend := &fakeWindows{}, newFakeBackend()
			backend.status = tc.status
			if tc.fails {
				backend.err = errors.New("disk full")
			}
			app := &quittingApp{App: test.NewTempApp(t)}
			s := &session{app: app, parts: partsOf(backend), windows: windows, actions: windows, loop: &loop{}, ctx: t.Context(), stop: app.stop}
			s.parts.Settings.Banners = &uitest.Banners{Keep: func(until time.Time) {
				switch left := time.Until(until); {
				case until.IsZero():
					backend.calls <- "unmute"
				case left > 59*time.Minute && left <= time.Hour:
					backend.calls <- "mute for an hour"
				}
			}}
			s.click(tc.item)
			s.work.Wait()
			close(backend.calls)
			if got := <-backend.calls; got != tc.backend {
				t.Errorf("the program was asked to %q, want %q", got, tc.backend)
			}
			if !slices.Equal(windows.calls, tc.windows) {
				t.Errorf("the windows were asked for %q, want %q", windows.calls, tc.windows)
			}
			if app.quits != tc.quits {
				t.Errorf("%d quits, want %d", app.quits, tc.quits)
			}
			if app.told != (tc.quits > 0) {
				t.Errorf("the rest of the program was told before the toolkit: %v, want %v", app.told, tc.quits > 0)
			}
		})
	}
}

func TestTheWindowsStayUntilTheRestHasStopped(t *testing.T) {
	app, stopped, shown := &quittingApp{App: test.NewTempApp(t)}, make(chan struct{}), 0
	s := &session{app: app, loop: &loop{}, ctx: t.Context(), stop: app.stop, stopped: stopped, stopping: func() { shown++ }}
	s.quit()
	s.quit() // A person who presses once more changes nothing.
	if app.quits != 0 || shown != 1 {
		t.Errorf("got %d quits and the stop shown %d times, want the windows to stay and to show it once", app.quits, shown)
	}
	close(stopped)
	s.work.Wait()
	if app.quits != 1 {
		t.Errorf("got %d quits, want 1", app.quits)
	}
}

func TestTheEndOfASessionWaitsUntilTheRestHasStopped(t *testing.T) {
	app, asked, stopped, answered := &quittingApp{App: test.NewTempApp(t)}, make(chan struct{}), make(chan struct{}), make(chan struct{})
	s := &session{app: app, loop: &loop{}, ctx: t.Context(), stopped: stopped, stopping: func() { close(asked) }}
	s.stop = app.stop
	go func() {
		defer close(answered)
		s.endWithSession()
	}()
	<-asked
	select {
	case <-answered:
		t.Error("the system was told to go on before the rest of the program had stopped")
	default:
	}
	close(stopped)
	<-answered
	s.work.Wait()
	if !app.told || app.quits != 1 {
		t.Errorf("got the rest told before the toolkit: %v, and %d quits, want both once", app.told, app.quits)
	}
}

func TestClicksOnNotifications(t *testing.T) {
	for name, tc := range map[string]struct {
		target  banners.Target
		status  status.Status
		windows []string
		backend string
		page    string
	}{
		"a click shows the window":      {target: banners.Target{Command: banners.CommandShow}, windows: []string{"main"}},
		"a click opens the event":       {target: banners.Target{Command: banners.CommandEvent, EventID: "e7"}, windows: []string{"event e7"}},
		"a click opens the failing hop": {target: banners.Target{Command: banners.CommandHop, Hop: health.HopChat}, windows: []string{"hop chat"}},
		"a button pauses":               {target: banners.Target{Command: banners.CommandPause}, backend: "pause"},
		"a button leaves a pause as it is": {
			target: banners.Target{Command: banners.CommandPause}, status: status.Status{PausedSince: time.Now()}, windows: []string{"main"},
		},
		"a button opens a page": {target: banners.Target{Command: banners.CommandPage, Page: "https://cloud.vast.ai/instances/"}, page: "https://cloud.vast.ai/instances/"},
		"a button mutes":        {target: banners.Target{Command: banners.CommandMute}, backend: "mute"},
	} {
		t.Run(name, func(t *testing.T) {
			windows, backend := &fakeWindows{}, newFakeBackend()
			backend.status = tc.status
			app := &browsingApp{App: test.NewTempApp(t)}
			s := &session{app: app, parts: partsOf(backend), windows: windows, actions: windows, loop: &loop{}, ctx: t.Context()}
			s.parts.Settings.Banners = &uitest.Banners{Keep: func(until time.Time) {
				if left := time.Until(until); left > 59*time.Minute && left <= time.Hour {
					backend.calls <- "mute"
				}
			}}
			clicks := make(chan banners.Target)
			ctx, cancel := context.WithCancel(t.Context())
			s.ctx = ctx
			s.work.Go(func() { s.followBanners(clicks) })
			clicks <- tc.target
			cancel()
			s.work.Wait()
			close(backend.calls)
			if got := <-backend.calls; got != tc.backend || app.page != tc.page || !slices.Equal(windows.calls, tc.windows) {
				t.Errorf("got %q of the program, page %q, %q of the windows; want %q, %q, %q", got, app.page, windows.calls, tc.backend, tc.page, tc.windows)
			}
		})
	}
}

// browsingApp is an in-memory app that notes which page it is to open.
type browsingApp struct {
	fyne.App
	page string
}

func (a *browsingApp) OpenURL(u *url.URL) error { a.page = u.String(); return nil }

func TestNothingIsPostedAfterTheEnd(t *testing.T) {
	test.NewTempApp(t)
	l, ran := &loop{}, 0
	l.post(func() { ran++ })
	l.end()
	l.post(func() { ran++ })
	if ran != 1 {
		t.Errorf("%d functions ran, want the one before the end", ran)
	}
}

func TestChoosePlatform(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("there is nothing to choose here")
	}
	for name, tc := range map[string]struct {
		env  map[string]string
		want string // the platform that is set; empty: none
		dead bool   // the X display does not answer
		err  error
	}{
		"a dead display is said":                {env: map[string]string{"DISPLAY": ":0"}, dead: true, err: errDeadDisplay},
		"a dead display gives way to Wayland":   {env: map[string]string{"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, dead: true, want: "wayland"},
		"an X display is preferred":             {env: map[string]string{"DISPLAY": ":0"}, want: "x11"},
		"an X display is preferred to Wayland":  {env: map[string]string{"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, want: "x11"},
		"the person's choice stands":            {env: map[string]string{"DISPLAY": ":0", "FYNE_PLATFORM": "wayland"}},
		"an empty choice is none":               {env: map[string]string{"DISPLAY": ":0", "FYNE_PLATFORM": ""}, want: "x11"},
		"Wayland alone is chosen":               {env: map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, want: "wayland"},
		"without a display it says what to do":  {env: map[string]string{}, err: errNoDisplay},
		"an empty display is no display":        {env: map[string]string{"DISPLAY": ""}, err: errNoDisplay},
		"a choice of platform makes no display": {env: map[string]string{"FYNE_PLATFORM": "x11"}, err: errNoDisplay},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			err := choosePlatform(func(name string) (string, bool) {
				value, ok := tc.env[name]
				return value, ok
			}, func(name, value string) error {
				if name != "FYNE_PLATFORM" {
					t.Errorf("sets %s", name)
				}
				got = value
				return nil
			}, func(string) error {
				if tc.dead {
					return errDeadDisplay
				}
				return nil
			})
			if !errors.Is(err, tc.err) {
				t.Errorf("error %v, want %v", err, tc.err)
			}
			if got != tc.want {
				t.Errorf("platform %q, want %q", got, tc.want)
			}
		})
	}
}

func TestProbeX(t *testing.T) {
	if _, err := os.Stat("/tmp/.X11-unix/X4711"); err == nil {
		t.Skip("there is a display 4711")
	}
	for display, want := range map[string]error{
		":4711":              errDeadDisplay,
		"unix:4711.0":        errDeadDisplay,
		"example.test:0":     nil, // remote: not looked at
		"/private/tmp/x.org": nil, // not of this form
	} {
		if got := probeX(t.Context(), display); !errors.Is(got, want) {
			t.Errorf("%s: got %v, want %v", display, got, want)
		}
	}
}

// quiet keeps expected warnings out of the test's output.
func quiet(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(before) })
}
