package app_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// TestNotificationsByClicks shows notifications by a real service: a click on one opens
// the window at its event, and in the quiet hours none is shown.
func TestNotificationsByClicks(t *testing.T) {
	if os.Getenv("VASTRELAY_E2E") == "" {
		t.Skip("needs a display and much time: run make e2e")
	}
	requirePrograms(t, "Xvfb", "openbox", "xfce4-panel", "gnome-keyring-daemon", "dbus-daemon", "dunst", "dunstctl", "xdotool", "import")
	d := openDesk(t, "migrated_fynedo")
	d.startDunst()
	d.startWithNotifications(`{"events":"all"}`)
	d.closeToTray()
	d.w.emit(t, vasttest.Emission{Subject: "Your Interruptible Instance #48926820 Has Been Outbid", Message: "Someone bid 0.42."})
	eventually(t, "a notification is shown", func() bool { return d.notified("displayed") == 1 })
	d.settle()
	d.shot("notification")
	d.clickNotification()
	d.window("Vast Relay")
	d.shot("opened-by-a-click")
	eventually(t, "the notification is gone", func() bool { return d.notified("displayed") == 0 })
	d.keys("ctrl+comma")
	settings := d.window("Vast Relay settings")
	d.keys("Down", "Down", "Down", "Down", "Down") // the sixth section
	d.shot("settings-of-notifications")
	d.click(settings, testNotificationButton[0], testNotificationButton[1])
	eventually(t, "the test is shown", func() bool { return d.notified("displayed") == 1 })
	d.shot("test-notification")
	d.keys("ctrl+w")
	d.quit()

	now := time.Now()
	d.startWithNotifications(`{"events":"all","quiet":true,"quiet_from":"` + now.Add(-time.Hour).Format("15:04") + `","quiet_to":"` + now.Add(time.Hour).Format("15:04") + `"}`)
	before := d.notified("history") + d.notified("displayed")
	d.w.emit(t, vasttest.Emission{Subject: "in the quiet hours #7"})
	eventually(t, "the event is in Chat", func() bool { return d.w.count("in the quiet hours #7") == 1 })
	for range 5 { // longer than events that come together are waited for
		d.settle()
	}
	if got := d.notified("history") + d.notified("displayed"); got != before {
		t.Errorf("%d notifications were shown in the quiet hours", got-before)
	}
	d.endOfQuietHours()
	d.quit()
}

// endOfQuietHours has Google Chat refuse in the quiet hours, which is told only when they
// end: here by a person who switches them off.
func (d *desk) endOfQuietHours() {
	d.t.Helper()
	d.told() // which clears the screen
	d.w.chat.SetFault(chattest.NotFound)
	d.outbid("8")
	eventually(d.t, "Google Chat refuses", func() bool { return d.snapshot().Phase == status.Attention })
	for range 8 { // longer than what needs a person goes on before that is told
		d.settle()
	}
	if n := d.notified("displayed"); n != 0 {
		d.t.Errorf("%d notifications are shown in the quiet hours", n)
	}
	d.keys("ctrl+comma")
	settings := d.window("Vast Relay settings")
	d.keys("Down", "Down", "Down", "Down", "Down")
	d.xdo("mousemove", "--window", settings, "400", "400", "click", "--repeat", "30", "5") // the wheel, down to the quiet hours
	d.settle()
	d.shot("quiet-hours")
	d.click(settings, quietCheck[0], quietCheck[1])
	eventually(d.t, "what still needs a person is told", func() bool { return d.notified("displayed") == 1 })
	d.shot("quiet-hours-over")
	d.keys("ctrl+w")
	if said := d.told(); !strings.Contains(said, "Action needed: Google Chat") {
		d.t.Errorf("the desktop said %s, want that Google Chat needs a person", said)
	}
	d.w.chat.SetFault(chattest.NoFault)
}

// quietCheck is the place of the tick of the quiet hours inside the settings window, at
// its first size, with the page scrolled to its end.
var quietCheck = [2]int{189, 433}

// testNotificationButton is the place of "Show a test notification" inside the
// settings window, at its first size.
var testNotificationButton = [2]int{270, 147}

// startDunst starts a notification service in which a click is an action.
func (d *desk) startDunst() {
	d.t.Helper()
	const config = `[global]
mouse_left_click = do_action, close_current
[urgency_low]
timeout = 0
[urgency_normal]
timeout = 0
`
	path := filepath.Join(d.t.TempDir(), "dunstrc")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.launch("dunst", "-config", path)
	eventually(d.t, "dunst answers", func() bool { _, err := d.run("", "dunstctl", "count", "displayed"); return err == nil })
}

// notified counts the notifications of dunst in that state, "displayed" or "history".
func (d *desk) notified(state string) int {
	out, _ := d.run("", "dunstctl", "count", state)
	n, err := strconv.Atoi(strings.TrimSpace(out))
	if err != nil {
		return -1
	}
	return n
}

// clickNotification clicks on the notification that is on the screen.
func (d *desk) clickNotification() {
	d.t.Helper()
	d.xdo("mousemove", "1130", "95", "click", "1")
	d.settle()
}

// told is what the desktop was told so far, in the form of dunst, newest first. It takes
// what is on the screen away.
func (d *desk) told() string {
	_, _ = d.run("", "dunstctl", "close-all")
	d.settle()
	said, _ := d.run("", "dunstctl", "history")
	return said
}

// startWithNotifications starts the program with its credentials and those settings of
// notifications, and waits until it relays.
func (d *desk) startWithNotifications(notifications string) {
	d.t.Helper()
	d.startRelaying(`{"installation_id":"abcd1234","tray_hint_shown":true,"notifications":` + notifications + `}`)
}

// startRelaying starts the program with its credentials, and with those settings unless
// they are empty, and waits until it relays.
func (d *desk) startRelaying(settings string) {
	d.t.Helper()
	if settings != "" {
		if err := os.MkdirAll(d.w.dir, 0o700); err != nil {
			d.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(d.w.dir, "settings.json"), []byte(settings), 0o600); err != nil {
			d.t.Fatal(err)
		}
	}
	d.start(d.credentials()...)
	eventually(d.t, "it relays", func() bool { return d.snapshot().Phase == status.Relaying })
	d.window("Vast Relay")
}

// credentials gives the program what a person would paste, by the environment.
func (d *desk) credentials() []string {
	var given []string
	for _, name := range []string{"VAST_API_KEY", "GOOGLE_CHAT_URL", "NGROK_AUTHTOKEN"} {
		given = append(given, name+"="+d.w.env[name])
	}
	return given
}

// closeToTray closes the window, which leaves the program in the tray.
func (d *desk) closeToTray() {
	d.t.Helper()
	d.keys("alt+F4")
	eventually(d.t, "the window is hidden", func() bool { return d.visible("Vast Relay") == "" })
}
