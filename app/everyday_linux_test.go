package app_test

import (
	"archive/zip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// TestEverydayByClicks does in the real window, tray and notifications what a person
// does with a program that runs all the time. Each step looks at what came of it
// outside of the program: in Google Chat, on the desktop, in files.
func TestEverydayByClicks(t *testing.T) {
	if os.Getenv("VASTRELAY_E2E") == "" {
		t.Skip("needs a display and much time: run make e2e")
	}
	requirePrograms(t, "Xvfb", "openbox", "xfce4-panel", "gnome-keyring-daemon", "dbus-daemon", "dbus-monitor", "dunst", "dunstctl", "xdotool", "import")
	d := openDesk(t, "migrated_fynedo")
	d.startDunst()
	d.startRelaying(`{"installation_id":"abcd1234","notifications":{"events":"all"}}`)
	d.firstClose()
	d.muteFromTray()
	d.watchEventsComeIn()
	d.resendSeveral()
	d.exportSeveral()
	d.pauseAndResumeFromTray()
	d.checkEverything()
	d.startTwice()
	d.changeLanguage()
	d.quitWhilePosting()
}

// outbid sends an event that names that instance.
func (d *desk) outbid(number string) {
	d.t.Helper()
	d.w.emit(d.t, vasttest.Emission{Subject: "Your Interruptible Instance #" + number + " Has Been Outbid", Message: "Someone bid 0.42."})
}

// posted waits until that many messages in Google Chat name the instance.
func (d *desk) posted(number string, times int) {
	d.t.Helper()
	eventually(d.t, number+" is in Chat", func() bool { return d.w.count("#"+number) == times })
}

// firstClose closes the window for the first time: the desktop says where it went, and
// a click on that brings it back.
func (d *desk) firstClose() {
	d.t.Helper()
	d.closeToTray()
	eventually(d.t, "the desktop says where the window went", func() bool { return d.notified("displayed") == 1 })
	d.settle()
	d.shot("first-close")
	d.clickNotification()
	d.window("Vast Relay")
	if said := d.told(); !strings.Contains(said, "Vast Relay goes on relaying") {
		d.t.Errorf("the desktop said %s, want that it goes on relaying", said)
	}
	d.closeToTray()
	d.settle()
	if n := d.notified("displayed"); n != 0 {
		d.t.Errorf("%d notifications at the second close, want it said once", n)
	}
}

// muteFromTray mutes notifications by the tray, and shows them again.
func (d *desk) muteFromTray() {
	d.t.Helper()
	d.openTray()
	d.shot("tray")
	d.keys("Up", "Up", "Up", "Return") // above the settings and the end
	eventually(d.t, "the menu says until when", func() bool { return strings.Contains(d.menu(), "Muted until ") })
	d.outbid("1001")
	d.posted("1001", 1)
	d.staysQuiet("while muted")
	d.openTray()
	d.shot("tray-muted")
	d.keys("Up", "Up", "Up", "Return")
	eventually(d.t, "the menu offers to mute again", func() bool { return strings.Contains(d.menu(), "Mute notifications for an hour") })
	d.outbid("1002")
	eventually(d.t, "the event is shown", func() bool { return d.notified("displayed") == 1 })
	d.clickNotification()
	d.window("Vast Relay")
}

// staysQuiet waits longer than events that come together are waited for, and fails the
// test if a notification is on the screen.
func (d *desk) staysQuiet(when string) {
	d.t.Helper()
	for range 4 {
		d.settle()
	}
	if n := d.notified("displayed"); n != 0 {
		d.shot("not-quiet")
		d.t.Errorf("%d notifications are shown %s, want none", n, when)
	}
}

// watchEventsComeIn has an event arrive while the window is in front.
func (d *desk) watchEventsComeIn() {
	d.t.Helper()
	d.outbid("1003")
	d.posted("1003", 1)
	d.staysQuiet("of an event that the person sees come in")
	d.shot("watched")
}

// Places inside the main window, at its first size, while nothing is said above the
// events.
var (
	firstRow   = [2]int{120, 194}
	secondRow  = [2]int{120, 233}
	resendRows = [2]int{50, 620}
	exportRows = [2]int{166, 620}
)

// resendSeveral selects two events and posts both again.
func (d *desk) resendSeveral() {
	d.t.Helper()
	main := d.window("Vast Relay")
	d.click(main, firstRow[0], firstRow[1])
	d.xdo("keydown", "shift")
	d.click(main, secondRow[0], secondRow[1])
	d.xdo("keyup", "shift")
	d.settle()
	d.shot("two-selected")
	d.click(main, resendRows[0], resendRows[1])
	for _, number := range []string{"1002", "1003"} {
		d.posted(number, 2)
	}
	d.settle()
	d.shot("resent")
	if n := d.w.count("resent"); n != 2 {
		d.t.Errorf("%d messages say that they are resent, want 2", n)
	}
	if n := d.w.count("#1001"); n != 1 {
		d.t.Errorf("the event that was not selected is in Chat %d times, want once", n)
	}
}

// exportSeveral writes the events that are still selected to a file.
func (d *desk) exportSeveral() {
	d.t.Helper()
	main := d.window("Vast Relay")
	d.click(main, exportRows[0], exportRows[1])
	d.shot("export")
	d.keys("ctrl+a")
	d.xdo("type", "--delay", "12", "two.csv")
	d.shot("export-named")
	d.keys("Return")
	var file string
	eventually(d.t, "the file is written", func() bool {
		_ = filepath.Walk(d.home, func(path string, _ os.FileInfo, _ error) error {
			if filepath.Base(path) == "two.csv" {
				file = path
			}
			return nil
		})
		return file != ""
	})
	d.settle()
	d.shot("exported")
	content, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(content), "#1002") || !strings.Contains(string(content), "#1003") || strings.Contains(string(content), "#1001") {
		d.t.Errorf("the file holds %s, %v, want the two events", content, err)
	}
	d.keys("Escape")
}

// pauseAndResumeFromTray pauses by the tray, and resumes there: what was held is asked
// for in the window and then posted.
func (d *desk) pauseAndResumeFromTray() {
	d.t.Helper()
	d.openTray()
	d.keys("Down", "Down", "Return") // below "Open Vast Relay"
	eventually(d.t, "it is paused", func() bool { return d.snapshot().Phase == status.Paused })
	d.outbid("1004")
	eventually(d.t, "the event is held", func() bool { return d.snapshot().Waiting == 1 })
	d.settle()
	d.shot("paused")
	if n := d.w.count("#1004"); n != 0 {
		d.t.Errorf("%d messages were posted while paused", n)
	}
	d.openTray()
	d.keys("Down", "Down", "Return")
	d.window("Vast Relay")
	d.shot("asked-what-becomes-of-it")
	d.keys("Return") // "Post 1 held event" has the focus
	d.posted("1004", 1)
	eventually(d.t, "it relays", func() bool { return d.snapshot().Phase == status.Relaying })
}

// everything is the place of "Check everything" in the menu beside "Send test".
var everything = []string{"Down", "Down", "Down", "Return"}

// checkEverything has all hops checked while one is broken: the report of the program,
// which a command fetches, names that one.
func (d *desk) checkEverything() {
	d.t.Helper()
	d.w.vast.RevokeKey(vastKey)
	main := d.window("Vast Relay")
	d.click(main, otherTests[0], otherTests[1])
	d.shot("tests")
	d.keys(everything...)
	var report string
	eventually(d.t, "the checks are over", func() bool {
		report = d.doctorsReport()
		return strings.Contains(report, "Vast.ai API key")
	})
	d.settle()
	d.shot("checked")
	if !strings.Contains(report, "key_refused") {
		d.t.Errorf("the report does not say that the key is refused:\n%s", report)
	}
	d.w.vast.AddKey(d.w.account, vastKey)
	d.keys("Escape")
}

// doctorsReport reads the last checks from the diagnostics of the running program.
func (d *desk) doctorsReport() string {
	file := filepath.Join(d.t.TempDir(), "report.zip")
	if _, err := d.run("", d.binary, "--data-dir", d.w.dir, "diagnostics", file); err != nil {
		return ""
	}
	archive, err := zip.OpenReader(file)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	var all strings.Builder
	for _, f := range archive.File {
		if !strings.Contains(f.Name, "doctor") && !strings.Contains(f.Name, "check") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			d.t.Fatal(err)
		}
		_, _ = io.Copy(&all, r)
		_ = r.Close()
	}
	return all.String()
}

// startTwice starts the program once more while the first is in the tray: that shows
// its window, and the second ends.
func (d *desk) startTwice() {
	d.t.Helper()
	d.closeToTray()
	if out, err := d.run("", d.binary, "--data-dir", d.w.dir); err != nil {
		d.t.Errorf("the second start ended with %v: %s", err, out)
	}
	d.window("Vast Relay")
	d.shot("second-start")
}

// changeLanguage has windows and tray speak German.
func (d *desk) changeLanguage() {
	d.t.Helper()
	d.keys("ctrl+comma")
	settings := d.window("Vast Relay settings")
	d.keys("Down", "Down", "Down", "Down", "Down", "Down") // the seventh section
	d.shot("general")
	d.click(settings, languageChoice[0], languageChoice[1])
	d.shot("languages")
	d.keys("Down", "Down", "Down", "Return") // as the system, English, German
	d.window("Vast Relay – Einstellungen")
	d.shot("german")
	eventually(d.t, "the tray speaks German", func() bool { return strings.Contains(d.menu(), "Einstellungen") })
	d.keys("ctrl+w")
	var saved struct {
		General struct {
			Language string `json:"language"`
		} `json:"general"`
	}
	content, err := os.ReadFile(filepath.Join(d.w.dir, "settings.json"))
	if err != nil || json.Unmarshal(content, &saved) != nil || saved.General.Language != "de" {
		d.t.Errorf("the settings hold %s, %v, want German", content, err)
	}
}

// languageChoice is the place of the list of languages inside the settings window, at
// its first size.
var languageChoice = [2]int{446, 273}

// quitWhilePosting quits while Google Chat has taken a message and not answered yet: the
// program waits for the answer, and posts nothing twice in the next run.
func (d *desk) quitWhilePosting() {
	d.t.Helper()
	taken, answered := make(chan struct{}), make(chan struct{})
	answer := sync.OnceFunc(func() { close(answered) })
	defer answer()
	d.w.chat.OnMessage(func(string, chattest.StoredMessage) {
		close(taken)
		<-answered
	})
	d.outbid("1005")
	<-taken
	d.keys("ctrl+q")
	d.shot("asked-to-quit")
	d.xdo("key", "Return") // The bright button has the focus.
	eventually(d.t, "it stops", func() bool { return d.snapshot().Phase == "" })
	select {
	case err := <-d.ended:
		d.t.Fatalf("the program ended with %v, and a post in flight", err)
	default:
	}
	d.w.chat.OnMessage(nil)
	answer()
	select {
	case err := <-d.ended:
		if err != nil {
			d.t.Errorf("the program ended with %v, want exit code 0", err)
		}
	case <-time.After(patience):
		d.t.Fatal("the program did not quit")
	}
	replays := d.w.chat.Replays()
	d.startRelaying("")
	d.settle()
	d.shot("next-run")
	if n, again := d.w.count("#1005"), d.w.chat.Replays()-replays; n != 1 || again != 0 {
		d.t.Errorf("the event is in Chat %d times and was sent %d times more, want it once", n, again)
	}
	d.quit()
}
