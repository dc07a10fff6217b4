package app_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"vastrelay/app/status"
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
	d.xdo("mousemove", "1130", "95", "click", "1")
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
	d.quit()
}

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

// startWithNotifications starts the program with its credentials and those settings of
// notifications, and waits until it relays.
func (d *desk) startWithNotifications(notifications string) {
	d.t.Helper()
	if err := os.MkdirAll(d.w.dir, 0o700); err != nil {
		d.t.Fatal(err)
	}
	settings := `{"installation_id":"abcd1234","tray_hint_shown":true,"notifications":` + notifications + `}`
	if err := os.WriteFile(filepath.Join(d.w.dir, "settings.json"), []byte(settings), 0o600); err != nil {
		d.t.Fatal(err)
	}
	var credentials []string
	for _, name := range []string{"VAST_API_KEY", "GOOGLE_CHAT_URL", "NGROK_AUTHTOKEN"} {
		credentials = append(credentials, name+"="+d.w.env[name])
	}
	d.start(credentials...)
	eventually(d.t, "it relays", func() bool { return d.snapshot().Phase == status.Relaying })
	d.window("Vast Relay")
}

// closeToTray closes the window, which leaves the program in the tray.
func (d *desk) closeToTray() {
	d.t.Helper()
	d.keys("alt+F4")
	eventually(d.t, "the window is hidden", func() bool { return d.visible("Vast Relay") == "" })
}
