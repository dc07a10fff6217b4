//go:build linux && !ci

package launch

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"vastrelay/app/status"
	"vastrelay/app/ui/tray"
	"vastrelay/app/ui/tray/traytest"
	"vastrelay/app/words"
	"vastrelay/relay/tunnel/tunneltest"
)

// trayLog collects what the toolkit's tray prints.
type trayLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *trayLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// errors counts the lines of the tray, and returns them.
func (l *trayLog) errors() (int, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), "systray error"), l.text.String()
}

// TestTheTrayIconComesBack takes the icon away in every way in which a desktop
// does, and expects it to be there again by itself.
func TestTheTrayIconComesBack(t *testing.T) {
	traytest.Require(t, "dbus-daemon", "Xvfb")
	if !alone(t) {
		return
	}
	said := &trayLog{}
	log.SetOutput(said)
	bus := traytest.StartBus(t)
	desktop := traytest.StartDesktop(t)
	backend := newFakeBackend()
	ended := make(chan error, 1)
	mainThread <- func() {
		ended <- (&Toolkit{}).Run(context.Background(), partsOf(backend), Options{Vendors: tunneltest.Vendors()})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	back := func(what string) {
		t.Helper()
		if err := desktop.WaitForItem(ctx); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		eventually(t, what+": the icon is in the tray", func() (bool, string) { return tray.Available(ctx), "" })
	}
	back("at the start")

	desktop.Restart()
	back("a panel that was restarted")
	desktop.Stray()
	time.Sleep(time.Second) // until the program has read it, which nothing tells
	desktop.Restart()
	back("a panel that was restarted after a stray signal")
	desktop.Unregister()
	back("a panel that lost the icon")

	for _, when := range []string{"a bus that was restarted", "a bus that was restarted once more"} {
		bus.Stop()
		eventually(t, "no tray is promised without a bus", func() (bool, string) { return !tray.Available(ctx), "" })
		headline := "Standing by since " + when
		backend.set(func() { backend.status.Phase, backend.status.Headline = status.Standby, words.Verbatim(headline) })
		time.Sleep(2 * time.Second) // in which the menu would be built anew
		if n, text := said.errors(); n != 0 {
			t.Errorf("%s: the toolkit's tray printed %d lines while there was no bus:\n%s", when, n, text)
		}
		bus.Start()
		desktop = traytest.StartDesktop(t)
		back(when)
		eventually(t, "the menu says what happened meanwhile", func() (bool, string) {
			lines, err := labels(ctx, desktop)
			return err == nil && lines[0] == "["+headline+"]", fmt.Sprintf("%q, error %v", lines, err)
		})
	}

	// The person quits after the bus is gone for good.
	bus.Stop()
	eventually(t, "no tray is promised without a bus", func() (bool, string) { return !tray.Available(ctx), "" })
	backend.set(func() { backend.status.Phase, backend.status.Headline = status.Stopped, words.Verbatim("Stopped") })
	fyneQuit(t, ended)
	if n, text := said.errors(); n != 0 {
		t.Errorf("the toolkit's tray printed %d lines at the end:\n%s", n, text)
	}
}

// fyneQuit asks the toolkit to quit and waits until Run has returned.
func fyneQuit(t *testing.T, ended <-chan error) {
	t.Helper()
	(&loop{}).post(fyne.CurrentApp().Quit)
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the window ended with %v, want no error", err)
		}
	case <-time.After(patience):
		t.Fatal("quit did not end the window")
	}
}
