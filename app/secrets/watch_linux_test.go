package secrets

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// watched runs Watch on a new backend until the test ends. The channel yields
// after each change.
func watched(t *testing.T) <-chan struct{} {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	changes := make(chan struct{}, 64)
	var running sync.WaitGroup
	running.Go(func() {
		NewKeyring(KeyringOptions{}).Watch(ctx, func() { changes <- struct{}{} })
	})
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return changes
}

// wantChange waits until the state is as wanted after a change.
func wantChange(t *testing.T, what string, changes <-chan struct{}, want State) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		select {
		case <-changes:
			if got, _ := (systemBackend{}).Look(t.Context()); got == want {
				return
			}
		case <-deadline:
			got, _ := (systemBackend{}).Look(t.Context())
			t.Fatalf("%s: not told that the keyring is %s; it is %s", what, want, got)
		}
	}
}

func TestWatchTellsOfEveryChange(t *testing.T) {
	f := &fakeService{collections: []dbus.ObjectPath{loginCollection}, locked: map[dbus.ObjectPath]bool{loginCollection: true}}
	f.serve(t)
	changes := watched(t)
	wantChange(t, "at the start", changes, Locked)
	lock := func(locked bool) {
		f.mu.Lock()
		f.locked[loginCollection] = locked
		f.mu.Unlock()
		err := f.conn.Emit(loginCollection, "org.freedesktop.DBus.Properties.PropertiesChanged", collectionIface,
			map[string]dbus.Variant{"Locked": dbus.MakeVariant(locked)}, []string{})
		if err != nil {
			t.Fatal(err)
		}
	}
	lock(false)
	wantChange(t, "unlocked by another program", changes, Ready)
	lock(true)
	wantChange(t, "locked with the screen", changes, Locked)
	// As KeePassXC tells it.
	f.mu.Lock()
	f.locked[loginCollection] = false
	f.mu.Unlock()
	if err := f.conn.Emit(secretsPath, serviceIface+".CollectionChanged", loginCollection); err != nil {
		t.Fatal(err)
	}
	wantChange(t, "a changed collection", changes, Ready)
	if _, err := f.conn.ReleaseName(secretsName); err != nil {
		t.Fatal(err)
	}
	wantChange(t, "the provider is gone", changes, Unavailable)
	if _, err := f.conn.RequestName(secretsName, dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	wantChange(t, "the provider is back", changes, Ready)
	select {
	case <-changes:
		t.Error("told of a change although nothing happened")
	case <-time.After(time.Second):
	}
}

func TestWatchOutlivesTheBus(t *testing.T) {
	s := newSession(t, false)
	s.stopBus()
	t.Setenv(busVariable, s.address)
	changes := watched(t)
	for _, when := range []string{"a bus that comes later", "a bus that was restarted"} {
		_ = os.Remove(filepath.Join(s.runtime, "private-bus"))
		s.startBus()
		stop := s.startKeyring(true)
		wantChange(t, when, changes, Ready)
		stop()
		s.stopBus()
		wantChange(t, "a bus that ended", changes, Unavailable)
	}
}
