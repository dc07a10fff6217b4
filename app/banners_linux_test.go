package app_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"vastrelay/app"
	"vastrelay/app/banners"
	"vastrelay/app/config"
	"vastrelay/app/sessionbus/bustest"
	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// notifyd is a notification service on a bus of the test's own.
type notifyd struct {
	conn *dbus.Conn

	mu     sync.Mutex
	titles []string
}

const notifications = "org.freedesktop.Notifications"

// startNotifyd starts a bus with a service on it, for every program of the test.
func startNotifyd(t *testing.T) *notifyd {
	t.Helper()
	address := bustest.Start(t).Address
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	n := &notifyd{conn: conn}
	err = n.conn.ExportMethodTable(map[string]any{
		"GetCapabilities": func() ([]string, *dbus.Error) { return []string{"actions"}, nil },
		"Notify": func(_ string, _ uint32, _, title, _ string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.titles = append(n.titles, title)
			return uint32(len(n.titles)), nil //nolint:gosec // A handful.
		},
		"CloseNotification": func(uint32) *dbus.Error { return nil },
	}, "/org/freedesktop/Notifications", notifications)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.conn.RequestName(notifications, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	return n
}

// shown are the titles of what was shown, one a line.
func (n *notifyd) shown() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.titles, "\n")
}

// TestNotificationsOfTheWholeProgram shows an event while Google Chat is down, opens it
// by a click, and shows nothing in the quiet hours.
func TestNotificationsOfTheWholeProgram(t *testing.T) {
	n := startNotifyd(t)
	w, _ := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
	w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		change := func(to func(*config.Notifications)) {
			if err := d.Settings.ChangeSettings(ctx, func(s *config.Settings) { to(&s.Notifications) }); err != nil {
				t.Errorf("save the settings: %v", err)
			}
		}
		w.vast.ForgetCalls()
		change(func(n *config.Notifications) { n.Events = config.NotifiedAll })
		w.chat.SetFault(chattest.Unavailable)
		w.emit(t, vasttest.Emission{Type: "client:outbid", Subject: "Your Instance #48926820 Has Been Outbid"})
		eventually(t, "the event is shown", func() bool { return n.shown() == "Outbid #48926820" })
		if err := n.conn.Emit("/org/freedesktop/Notifications", notifications+".ActionInvoked", uint32(1), "default"); err != nil {
			t.Error(err)
		}
		select {
		case target := <-d.System.Banners.Clicks():
			if detail, err := d.History.Event(ctx, target.EventID); target.Command != banners.CommandEvent || err != nil || detail.Event.Type != "outbid" {
				t.Errorf("the click asks for %+v, %v, want the event", target, err)
			}
		case <-time.After(patience):
			t.Error("the click reached nobody")
		}
		now := time.Now()
		change(func(n *config.Notifications) {
			n.Quiet, n.QuietFrom, n.QuietTo = true, now.Add(-time.Hour).Format("15:04"), now.Add(time.Hour).Format("15:04")
		})
		w.emit(t, vasttest.Emission{Type: "client:outbid", Subject: "in the quiet hours"})
		eventually(t, "the event is kept back", func() bool { return strings.Contains(w.log(t), "while notifications are kept back") })
		change(func(n *config.Notifications) { n.Quiet = false })
		w.emit(t, vasttest.Emission{Type: "client:outbid", Subject: "after the quiet hours: #7"})
		eventually(t, "the next event is shown", func() bool { return strings.HasSuffix(n.shown(), "Outbid #7") })
		if got, want := n.shown(), "Outbid #48926820\nOutbid #7"; got != want {
			t.Errorf("%q was shown, want nothing of the quiet hours", got)
		}
		if calls := w.vast.Calls(); len(calls) > 0 {
			t.Errorf("Vast.ai was asked %v for settings of notifications", calls)
		}
	})
}
