package sessionbus

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"vastrelay/app/sessionbus/bustest"
)

// visits runs Follow until the test ends. The channel yields at each visit
// whether there is a bus.
func visits(t *testing.T, matches ...[]dbus.MatchOption) <-chan bool {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	seen := make(chan bool, 64)
	var running sync.WaitGroup
	running.Go(func() { Follow(ctx, matches, func(_ context.Context, conn *dbus.Conn) { seen <- conn != nil }) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return seen
}

// wantVisit waits for a visit with or without a bus.
func wantVisit(t *testing.T, what string, seen <-chan bool, want bool) {
	t.Helper()
	for deadline := time.After(20 * time.Second); ; {
		select {
		case got := <-seen:
			if got == want {
				return
			}
		case <-deadline:
			t.Fatalf("%s: no visit with a bus: %v", what, want)
		}
	}
}

func TestFollowOutlivesTheBus(t *testing.T) {
	bus := bustest.New(t)
	t.Setenv(Variable, bus.Address)
	seen := visits(t)
	for range 2 {
		bus.Start()
		wantVisit(t, "the bus is there", seen, true)
		bus.Stop()
		wantVisit(t, "the bus is gone", seen, false)
	}
}

func TestABusThatComesBackElsewhereIsFound(t *testing.T) {
	first, second := bustest.Start(t), bustest.New(t)
	t.Setenv(Variable, first.Address)
	t.Setenv("XDG_RUNTIME_DIR", second.Folder)
	seen := visits(t)
	wantVisit(t, "the first bus is there", seen, true)
	second.Start()
	first.Stop()
	wantVisit(t, "the first bus is gone", seen, false)
	wantVisit(t, "the second bus is there", seen, true)
	if got, want := os.Getenv(Variable), second.Address; got != want {
		t.Errorf("got %s=%q, want %q, where libraries look", Variable, got, want)
	}
}

func TestFollowSeesWhatMatchesAlone(t *testing.T) {
	t.Setenv(Variable, bustest.Start(t).Address)
	seen := visits(t, OwnerChanges("test.Wanted"))
	wantVisit(t, "at the start", seen, true)
	time.Sleep(3 * settleTime) // in which the bus says who we are
	for len(seen) > 0 {
		<-seen
	}
	conn, err := Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	own := func(name string) {
		if _, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil {
			t.Fatal(err)
		}
	}
	own("test.Unwanted")
	select {
	case <-seen:
		t.Error("visited for a name that was not asked for")
	case <-time.After(5 * settleTime):
	}
	own("test.Wanted")
	wantVisit(t, "the name has an owner", seen, true)
	if got := NameOwner(t.Context(), conn, "test.Wanted"); got != conn.Names()[0] {
		t.Errorf("got owner %q, want %q", got, conn.Names()[0])
	}
	if got := NameOwner(t.Context(), conn, "test.Nobody"); got != "" {
		t.Errorf("got owner %q of a name that nobody has", got)
	}
}

func TestConnectGivesUpOnASilentBus(t *testing.T) {
	path := filepath.Join(bustest.Folder(t), "bus")
	listener, err := net.Listen("unix", path) // the kernel connects, nobody answers
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	t.Setenv(Variable, "unix:path="+path)
	began := time.Now()
	if conn, err := Connect(t.Context()); err == nil {
		_ = conn.Close()
		t.Error("got a connection")
	}
	if took := time.Since(began); took > 5*connectTimeout {
		t.Errorf("took %v, want about %v", took, connectTimeout)
	}
}

func TestNoBusIsStarted(t *testing.T) {
	for _, address := range []string{"", "autolaunch:"} {
		t.Setenv(Variable, address)
		t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
		if got, err := Address(); err == nil {
			t.Errorf("%q: got %q, want none", address, got)
		}
	}
}
