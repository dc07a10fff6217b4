//go:build linux && !ci

package launch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"vastrelay/app/status"
	"vastrelay/app/ui/tray/traytest"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/tunnel/tunneltest"
)

// mainThread takes the functions that must run on the main goroutine.
var mainThread = make(chan func())

// TestMain keeps the main goroutine for the toolkit, which accepts no other.
func TestMain(m *testing.M) {
	code := make(chan int, 1)
	go func() { code <- m.Run() }()
	for {
		select {
		case f := <-mainThread:
			f()
		case c := <-code:
			os.Exit(c)
		}
	}
}

// watchers counts those who still want to hear of changes.
func (b *fakeBackend) watchers() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.watch)
}

// patience bounds every wait for the desktop.
const patience = 20 * time.Second

// eventually polls until what is true: a desktop answers when it likes.
func eventually(t *testing.T, what string, is func() (bool, string)) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		ok, state := is()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v; last: %s", what, patience, state)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestTrayOnARealBus runs the whole window side with the real driver against a
// desktop that knows only the protocol. The tray is global to a process, so
// this is the one test that runs it.
func TestTrayOnARealBus(t *testing.T) {
	traytest.Require(t, "dbus-daemon", "Xvfb")
	if os.Getenv("DISPLAY") == "" {
		t.Fatal("no display: run this by make e2e")
	}
	t.Setenv("HOME", lateFolder(t))
	t.Setenv("XDG_CONFIG_HOME", lateFolder(t))
	traytest.StartBus(t)
	desktop := traytest.StartDesktop(t)

	backend, show := newFakeBackend(), make(chan struct{})
	ended := make(chan error, 1)
	parts := partsOf(backend)
	parts.Settings.Banners = &uitest.Banners{Keep: func(until time.Time) {
		backend.mu.Lock()
		backend.muted = until
		backend.mu.Unlock()
		backend.calls <- "mute"
	}}
	mainThread <- func() {
		ended <- (&Toolkit{}).Run(context.Background(), parts, Options{Hidden: true, Show: show, Vendors: tunneltest.Vendors()})
	}

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := desktop.WaitForItem(ctx); err != nil {
		t.Fatal(err)
	}
	wantMenu := func(what string, want ...string) {
		t.Helper()
		eventually(t, what, func() (bool, string) {
			lines, err := labels(ctx, desktop)
			return err == nil && slices.Equal(lines, want), fmt.Sprintf("%q, error %v", lines, err)
		})
	}
	click := func(label string) {
		t.Helper()
		if err := desktop.Click(ctx, label); err != nil {
			t.Fatal(err)
		}
	}
	called := func(want string) {
		t.Helper()
		select {
		case got := <-backend.calls:
			if got != want {
				t.Fatalf("the program was asked to %q, want %q", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("the program was never asked to %q", want)
		}
	}

	wantMenu("the first menu", "[Relaying to “Ops alerts” · no event yet]", "Open Vast Relay", "--", "Pause relaying", "--",
		"Copy address", "Send test from Vast.ai", "Mute notifications for an hour", "Settings…", "Quit and stop relaying")
	if title, err := desktop.Title(ctx); err != nil || title != "Vast Relay" {
		t.Errorf("the icon's title is %q, error %v; want the product's name", title, err)
	}

	titles := make(chan []string)
	(&loop{}).post(func() {
		var all []string
		for _, w := range fyne.CurrentApp().Driver().AllWindows() {
			all = append(all, w.Title())
		}
		titles <- all
	})
	if got := <-titles; slices.Contains(got, monitorTitle) {
		t.Errorf("the windows are %q, want none beside the icon on X11", got)
	}

	click("Pause relaying")
	called("pause")
	wantMenu("the menu while paused", "[Paused]", "Open Vast Relay", "--", "Resume", "--",
		"Copy address", "Send test from Vast.ai", "Mute notifications for an hour", "Settings…", "Quit and stop relaying")
	click("Resume")
	called("resume")

	click("Mute notifications for an hour")
	called("mute")
	backend.mu.Lock()
	muted := "Muted until " + backend.muted.Format("15:04") + " · show notifications"
	backend.mu.Unlock()
	eventually(t, "the menu while muted", func() (bool, string) {
		lines, err := labels(ctx, desktop)
		return err == nil && slices.Contains(lines, muted), fmt.Sprintf("%q, error %v, want %q", lines, err, muted)
	})
	click(muted)
	called("mute")

	at := time.Now()
	backend.set(func() {
		backend.recent = []relay.Summary{{ID: "e7", Title: "low_disk \x1b[1mon #1", ReceivedAt: at, Fate: relay.FatePosted, Unread: true}}
		backend.status.LastEvent = at
	})
	wantMenu("the menu with an event", "[Relaying to “Ops alerts” · last event "+at.Format("15:04")+"]", "Open Vast Relay · 1 unread", "--", "Pause relaying",
		"low__disk on #1 · "+at.Format("15:04"), "--",
		"Copy address", "Send test from Vast.ai", "Mute notifications for an hour", "Settings…", "Quit and stop relaying")
	eventually(t, "the title of the icon", func() (bool, string) {
		title, err := desktop.Title(ctx)
		return title == "1 unread · Vast Relay", fmt.Sprintf("%q, error %v", title, err)
	})
	click("low__disk on #1 · " + at.Format("15:04"))
	called("event e7")
	show <- struct{}{}

	backend.set(func() {
		backend.status.Phase, backend.status.Headline = status.Attention, words.Verbatim("Google Chat refuses the messages")
	})
	eventually(t, "the state line in trouble", func() (bool, string) {
		lines, err := labels(ctx, desktop)
		return err == nil && strings.HasSuffix(lines[0], ": Google Chat refuses the messages]"), fmt.Sprintf("%q, error %v", lines, err)
	})

	click("Quit and stop relaying")
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the window ended with %v, want no error", err)
		}
	case <-time.After(patience):
		t.Fatal("quit did not end the window")
	}
	if n := backend.watchers(); n != 0 {
		t.Errorf("%d watchers are left behind, want none", n)
	}
}

// child is set in a process that runs one test alone.
const child = "VASTRELAY_E2E_CHILD"

// alone runs the test in a process of its own, since the toolkit and its tray
// run once in each, and reports whether this is that process. The environment
// is changed by env.
func alone(t *testing.T, env ...string) bool {
	t.Helper()
	if os.Getenv(child) != "" {
		return true
	}
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=3m") //nolint:gosec // This test itself.
	again.Env = append(append(os.Environ(), child+"=1", "HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir()), env...)
	if out, err := again.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return false
}

// TestAnEndedContextQuits runs without a bus, so there is no tray to hide in
// either.
func TestAnEndedContextQuits(t *testing.T) {
	traytest.Require(t, "Xvfb")
	if !alone(t, "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent") {
		return
	}
	backend := newFakeBackend()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	mainThread <- func() {
		ended <- (&Toolkit{}).Run(ctx, partsOf(backend), Options{Hidden: true, Vendors: tunneltest.Vendors()})
	}
	eventually(t, "the window", func() (bool, string) { return backend.watchers() == 1, "" })
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the window ended with %v, want no error", err)
		}
	case <-time.After(patience):
		t.Fatal("the end of the context did not end the window")
	}
}

// labels reads the menu as a person does: disabled lines in brackets.
func labels(ctx context.Context, desktop *traytest.Desktop) ([]string, error) {
	items, err := desktop.Menu(ctx)
	if err != nil {
		return nil, err
	}
	if len(items) == 0 {
		return nil, errors.New("the menu is empty")
	}
	lines := make([]string, len(items))
	for i, item := range items {
		switch {
		case item.Separator:
			lines[i] = "--"
		case !item.Enabled:
			lines[i] = "[" + item.Label + "]"
		default:
			lines[i] = item.Label
		}
	}
	return lines, nil
}
