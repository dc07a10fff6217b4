package reach

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"vastrelay/app/sessionbus/bustest"

	"github.com/godbus/dbus/v5"
)

// systemBus starts a bus that this test takes for the system's, and returns a
// connection to it that bears logind's name.
func systemBus(t *testing.T) *dbus.Conn {
	t.Helper()
	address := bustest.Start(t).Address
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if reply, err := conn.RequestName(logindName, 0); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("got reply %d and %v", reply, err)
	}
	return conn
}

func TestFollowSleep(t *testing.T) {
	logind := systemBus(t)
	stranger, err := dbus.ConnectSystemBus()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stranger.Close() }()
	woke := make(chan struct{}, 8)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); followSleep(ctx, func() { woke <- struct{}{} }) }()
	say := func(conn *dbus.Conn, body ...any) {
		t.Helper()
		if err := conn.Emit(logindPath, logindInterface+"."+logindSleep, body...); err != nil {
			t.Fatal(err)
		}
	}
	// Nobody says when the match is in force: it sleeps and wakes until that is heard.
	for heard := false; !heard; {
		say(logind, true)
		say(logind, false)
		select {
		case <-woke:
			heard = true
		case <-time.After(50 * time.Millisecond):
		}
	}
	time.Sleep(200 * time.Millisecond) // what was said before it was heard is in by then
	for len(woke) > 0 {
		<-woke
	}
	say(stranger, false)
	say(logind)
	say(logind, "false")
	say(logind, true)
	say(logind, false)
	<-woke
	select {
	case <-woke:
		t.Error("got two wakes, want the one that logind told of")
	case <-time.After(200 * time.Millisecond):
	}
	cancel()
	<-done
}

func TestFollowSleepWithoutASystemBus(t *testing.T) {
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "none"))
	followSleep(t.Context(), func() { t.Error("nobody slept") })
}
