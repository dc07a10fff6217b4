package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vastrelay/app/status"
)

// pageGeneral and pageAbove are the places of two names in the list of the pages.
var pageAbove, pageGeneral = [2]int{61, 226}, [2]int{48, 265}

// loginCheck is the place of "Open Vast Relay when you log in" inside the settings
// window, at its first size.
var loginCheck = [2]int{195, 118}

// TestOpenAtLoginByClicks has the program opened at login, by a click; changes the entry
// outside; and logs in: as a desktop does that starts what the entry says.
func TestOpenAtLoginByClicks(t *testing.T) {
	if os.Getenv("VASTRELAY_E2E") == "" {
		t.Skip("needs a display and much time: run make e2e")
	}
	requirePrograms(t, "Xvfb", "openbox", "xfce4-panel", "gnome-keyring-daemon", "dbus-daemon", "dbus-monitor", "xdotool", "import")
	d := openDesk(t, "migrated_fynedo")
	d.install()
	d.startRelaying(`{"installation_id":"abcd1234","tray_hint_shown":true}`)
	d.keys("ctrl+comma")
	settings := d.window("Vast Relay settings")
	d.keys("Down", "Down", "Down", "Down", "Down", "Down") // the seventh section
	d.shot("off")
	d.click(settings, loginCheck[0], loginCheck[1])
	entry := filepath.Join(d.home, ".config/autostart/app.vastrelay.desktop.desktop")
	read := func() string {
		content, _ := os.ReadFile(entry)
		return string(content)
	}
	eventually(t, "the entry is written", func() bool { return strings.Contains(read(), d.binary) && strings.Contains(read(), "--hidden") })
	right := read()
	d.settle()
	d.shot("on")

	changed := strings.Replace(right, "--hidden", "--headless", 1)
	if err := os.WriteFile(entry, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, page := range [][2]int{pageAbove, pageGeneral} { // each page reads what is in force when it is opened
		d.click(settings, page[0], page[1])
	}
	d.shot("changed-outside")
	if read() != changed {
		t.Fatal("the entry was set right before anybody asked")
	}
	d.keys("Tab", "Tab", "Return") // over the tick to "Set it right"
	eventually(t, "the entry is set right", func() bool { return read() == right })
	d.keys("ctrl+w")
	d.quit()

	d.logIn(right)
	eventually(t, "it relays in the tray", func() bool {
		return d.snapshot().Phase == status.Relaying && strings.Contains(d.menu(), "Open Vast Relay")
	})
	d.settle()
	d.shot("logged-in")
	if d.visible("Vast Relay") != "" {
		t.Error("a window is shown after the login, where there is a tray")
	}
	d.openTray()
	d.keys("Down", "Return")
	d.window("Vast Relay")
	d.quit()
}

// TestLoginWithoutATray starts the program as at a login on a desktop without a tray: the
// window is there, minimised.
func TestLoginWithoutATray(t *testing.T) {
	if os.Getenv("VASTRELAY_E2E") == "" {
		t.Skip("needs a display and much time: run make e2e")
	}
	requirePrograms(t, "Xvfb", "openbox", "gnome-keyring-daemon", "dbus-daemon", "xdotool", "import")
	d := bareDesk(t, "migrated_fynedo")
	d.launch("openbox")
	eventually(t, "windows are managed", func() bool { _, err := d.run("", "xdotool", "get_num_desktops"); return err == nil })
	d.run("\n", "gnome-keyring-daemon", "--unlock", "--components=secrets", "--daemonize")
	d.logIn("Exec=" + d.binary + " --hidden --data-dir " + d.w.dir + "\n")
	eventually(t, "it relays", func() bool { return d.snapshot().Phase == status.Relaying })
	window := func() string {
		id, _ := d.run("", "xdotool", "search", "--name", "^Vast Relay$")
		id, _, _ = strings.Cut(id, "\n")
		return id
	}
	eventually(t, "there is a window", func() bool { return window() != "" })
	for range 3 {
		d.settle()
	}
	d.shot("minimised")
	if d.visible("Vast Relay") != "" {
		t.Error("the window is not minimised")
	}
	d.xdo("windowactivate", window())
	d.window("Vast Relay")
	d.shot("activated")
}

// install puts the program where one can stay: no entry leads to a folder for temporary
// files, and the tests' own are in one.
func (d *desk) install() {
	d.t.Helper()
	d.env = append(d.env, "TMPDIR="+filepath.Join(d.home, "tmp"))
	if err := os.MkdirAll(filepath.Join(d.home, "tmp"), 0o700); err != nil {
		d.t.Fatal(err)
	}
}

// logIn starts what the line Exec of an entry says, with the credentials of the world.
func (d *desk) logIn(entry string) {
	d.t.Helper()
	_, command, found := strings.Cut(entry, "Exec=")
	command, _, _ = strings.Cut(command, "\n")
	if !found {
		d.t.Fatalf("the entry has no command:\n%s", entry)
	}
	address := freeAddress(d.t)
	d.status = "http://" + address + "/status"
	cmd := d.command("sh", "-c", "exec "+command+" --status-addr "+address) // The words of an entry are quoted as a shell takes them.
	d.begin(cmd, d.credentials())
}
