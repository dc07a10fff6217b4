package app_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/vastapi/vasttest"
)

// TestDesktopByClicksAndKeys uses the real program as a person does: a real
// window, a window manager, a panel with a tray and a real keyring. It runs
// once as the program is shipped and once with the toolkit's thread checks,
// which the shipped build leaves out.
func TestDesktopByClicksAndKeys(t *testing.T) {
	if os.Getenv("VASTRELAY_E2E") == "" {
		t.Skip("needs a display and much time: run make e2e")
	}
	requirePrograms(t, "Xvfb", "openbox", "xfce4-panel", "gnome-keyring-daemon", "dbus-daemon", "dbus-monitor", "xdotool", "import", "secret-tool")
	for _, build := range []struct{ name, tags string }{{"as shipped", "migrated_fynedo"}, {"with thread checks", ""}} {
		t.Run(build.name, func(t *testing.T) {
			d := newDesk(t, build.tags)
			d.setUp()
			d.sendTests()
			d.hideAndShow()
			d.quit()
			d.startBesideStoredCredentials()
			d.startInVain()
			if said := d.said.String(); strings.Contains(said, "Fyne call thread") {
				t.Errorf("the toolkit was called from a wrong thread:\n%s", said)
			}
		})
	}
}

// requirePrograms fails the test unless all of them are installed.
func requirePrograms(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is missing: run make deps", program)
		}
	}
}

// Places inside the main window, at its first size.
var (
	sendTest   = [2]int{860, 30}
	otherTests = [2]int{918, 30}
)

// setUp pastes the three credentials, each into the entry that has the focus,
// and ends with the test that the last step offers.
func (d *desk) setUp() {
	d.t.Helper()
	d.window("Vast Relay")
	d.shot("setup")
	d.xdo("type", "--delay", "12", "not a key")
	d.keys("Return")
	d.shot("refused")
	if got := d.kept("vast-api-key"); got != "" {
		d.t.Errorf("the keyring holds %q, which is no key", got)
	}
	for _, c := range []struct{ variable, name string }{
		{"VAST_API_KEY", "vast-api-key"}, {"GOOGLE_CHAT_URL", "google-chat-url"}, {"NGROK_AUTHTOKEN", "ngrok-authtoken"},
	} {
		d.xdo("type", "--delay", "12", d.w.env[c.variable])
		d.settle()
		d.shot("typed-" + c.name)
		d.keys("Return")
		eventually(d.t, c.name+" is in the keyring", func() bool { return d.kept(c.name) == d.w.env[c.variable] })
		d.settle()
		d.shot("saved-" + c.name)
	}
	eventually(d.t, "it relays", func() bool { return d.snapshot().Phase == status.Relaying })
	d.settle()
	d.shot("connected")
	d.keys("Return") // "Send test from Vast.ai" has the focus
	eventually(d.t, "the first test stands in Chat", func() bool { return d.w.count("Vast.ai webhook test") == 1 })
	d.settle()
	d.shot("tried")
	d.keys("Return") // "Show events" has it
	d.shot("relaying")
	d.keys("ctrl+comma")
	d.window("Vast Relay settings")
	d.shot("settings")
	d.keys("ctrl+w")
	if d.visible("Vast Relay settings") != "" {
		d.t.Error("the settings are still open after Ctrl+W")
	}
}

// sendTests presses both test buttons.
func (d *desk) sendTests() {
	d.t.Helper()
	main := d.window("Vast Relay")
	d.click(main, sendTest[0], sendTest[1])
	eventually(d.t, "the test from Vast.ai stands in Chat", func() bool { return d.w.count("Vast.ai webhook test") == 2 })
	d.settle()
	d.shot("test-from-vast")
	d.click(main, otherTests[0], otherTests[1])
	d.keys("Down", "Down", "Return")
	eventually(d.t, "the test to Chat stands there", func() bool { return d.w.count("This is a test from Vast Relay") == 1 })
	d.settle()
	d.shot("test-to-chat")
	d.w.emit(d.t, vasttest.Emission{Subject: "Your Interruptible Instance #48926820 Has Been Outbid", Message: "Someone bid 0.42."})
	eventually(d.t, "an event is counted", func() bool { return d.snapshot().Today == 3 })
	d.settle()
	d.shot("events")
}

// hideAndShow closes the window to the tray and opens it from there.
func (d *desk) hideAndShow() {
	d.t.Helper()
	d.window("Vast Relay")
	d.keys("alt+F4")
	d.shot("first-close")
	eventually(d.t, "the window is hidden", func() bool { return d.visible("Vast Relay") == "" })
	d.w.emit(d.t, vasttest.Emission{Subject: "relayed from the tray"})
	eventually(d.t, "it relays on without a window", func() bool { return d.w.count("relayed from the tray") == 1 })
	eventually(d.t, "the tray's menu names the event", func() bool { return strings.Contains(d.menu(), "relayed from the tray") })
	d.openTray()
	d.shot("tray-menu")
	d.keys("Down", "Return") // the state line is no item; "Open Vast Relay" is the first
	d.window("Vast Relay")
	d.shot("shown-again")
}

// openTray opens the menu of the icon, which is all that the panel holds. While
// the panel reads a changed menu it has none to show, and a click opens the
// panel's own: then the person closes that and clicks again.
func (d *desk) openTray() {
	d.t.Helper()
	eventually(d.t, "the tray's menu is open", func() bool {
		d.restOfMenu()
		opened, changed := d.menuOpened(), d.menuChanged()
		d.xdo("mousemove", "16", "16", "click", "3")
		for limit := time.Now().Add(10 * time.Second); d.menuOpened() == opened && time.Now().Before(limit); {
			time.Sleep(50 * time.Millisecond) // that another menu opened is told by nobody
		}
		d.settle()
		if d.menuOpened() > opened && d.menuChanged() == changed {
			return true
		}
		d.keys("Escape")
		return false
	})
}

// restOfMenu waits until the menu has not changed for twice as long as lies
// between two changes that follow each other.
func (d *desk) restOfMenu() {
	d.t.Helper()
	changed, since := -1, time.Time{}
	eventually(d.t, "the tray's menu has come to rest", func() bool {
		if now := d.menuChanged(); now != changed {
			changed, since = now, time.Now()
		}
		return time.Since(since) >= 2*time.Second
	})
}

// quit quits by the last item of the tray's menu.
func (d *desk) quit() {
	d.t.Helper()
	d.openTray()
	d.keys("Up", "Return")
	select {
	case err := <-d.ended:
		if err != nil {
			d.t.Errorf("the program ended with %v, want exit code 0", err)
		}
	case <-time.After(patience):
		d.t.Error("the program did not quit")
	}
	if got := d.w.edge.Online(); len(got) != 0 {
		d.t.Errorf("got %v online after the end, want nothing", got)
	}
}

// startBesideStoredCredentials starts the program once more. The overrides that
// lead to the stand-ins are in force, and the keyring holds what was pasted in
// the run before: nothing of it may leave.
func (d *desk) startBesideStoredCredentials() {
	d.t.Helper()
	d.w.vast.ForgetCalls()
	logins, posts := len(d.w.edge.Auths()), d.w.chat.Requests()
	d.start()
	eventually(d.t, "it asks for credentials", func() bool { return d.snapshot().Phase == status.Setup })
	d.window("Vast Relay")
	d.shot("stored-credentials-barred")
	if d.kept("vast-api-key") != d.w.env["VAST_API_KEY"] {
		d.t.Error("got no API key in the keyring, so nothing was shown")
	}
	if calls, logins, posts := d.w.vast.Calls(), len(d.w.edge.Auths())-logins, d.w.chat.Requests()-posts; len(calls)+logins+posts != 0 {
		d.t.Errorf("got calls %v of Vast.ai, %d logins and %d posts under overrides, want none", calls, logins, posts)
	}
	d.quit()
}

// startInVain starts the program with a setting that it cannot work with: the
// window that opens says so, and closing it ends the program.
func (d *desk) startInVain() {
	d.t.Helper()
	d.start("VASTRELAY_TUNNEL=carrier-pigeon")
	d.window("Vast Relay")
	d.shot("refused")
	d.keys("alt+F4")
	select {
	case err := <-d.ended:
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 {
			d.t.Errorf("the program ended with %v, want exit code 2", err)
		}
	case <-time.After(patience):
		d.t.Error("the program did not end with its window")
	}
}
