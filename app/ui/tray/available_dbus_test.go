//go:build linux

package tray

import (
	"context"
	"net"
	"path/filepath"
	"testing"

	"vastrelay/app/ui/tray/traytest"
)

func TestWithoutABusThereIsNoTray(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "none"))
	if Available(t.Context()) {
		t.Error("a tray is available without a bus")
	}
	if Possible(t.Context()) {
		t.Error("a tray is possible without a bus")
	}
}

func TestAHangingBusIsNoTray(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bus")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+path)
	ctx, cancel := context.WithCancel(t.Context())
	accepted := make(chan net.Conn, 1)
	go func() {
		conn, err := listener.Accept()
		cancel() // The caller gives up while the bus stays silent.
		if err == nil {
			accepted <- conn
		}
		close(accepted)
	}()
	if Available(ctx) {
		t.Error("a tray is available on a bus that never answers")
	}
	if conn, ok := <-accepted; ok {
		_ = conn.Close()
	}
}

func TestAvailableFollowsTheDesktop(t *testing.T) {
	traytest.Require(t, "dbus-daemon")
	traytest.StartBus(t)
	if Available(t.Context()) {
		t.Error("a tray is available on a bus without a watcher")
	}
	if !Possible(t.Context()) {
		t.Error("no tray is possible on a bus without a watcher, where a panel may still come")
	}
	desktop := traytest.StartDesktop(t)
	if Available(t.Context()) {
		t.Error("a tray is available although it does not show our icon")
	}
	register := traytest.Icon(t.Context(), t)
	register()
	if !Available(t.Context()) {
		t.Error("no tray is available although a panel shows our icon")
	}
	desktop.Forget()
	if Available(t.Context()) {
		t.Error("a tray is available although it has lost our icon")
	}
	register()
	desktop.SetHost(false)
	if Available(t.Context()) {
		t.Error("a tray is available although no panel shows it")
	}
}

func TestBelongs(t *testing.T) {
	const name = "org.kde.StatusNotifierItem-55-1"
	for _, tt := range []struct {
		name, item string
		want       bool
	}{
		{"the connection with a path, as KDE and Xfce list it", ":1.5/StatusNotifierItem", true},
		{"the connection with a mark, as the GNOME extension does", ":1.5@/StatusNotifierItem", true},
		{"the connection alone", ":1.5", true},
		{"the name with a path", name + "/StatusNotifierItem", true},
		{"the name alone", name, true},
		{"a connection that begins alike", ":1.55/StatusNotifierItem", false},
		{"another program", "org.kde.StatusNotifierItem-5-1/StatusNotifierItem", false},
		{"a name that begins alike", name + "1", false},
		{"nothing", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := belongs(tt.item, name, ":1.5"); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	if belongs("/StatusNotifierItem", name, "") {
		t.Error("an icon that is not on the bus is taken for any")
	}
}
