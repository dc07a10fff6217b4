package secrets

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	otherCollection = dbus.ObjectPath("/org/freedesktop/secrets/collection/other")
	promptPath      = dbus.ObjectPath("/org/freedesktop/secrets/prompt/p1")
)

// fakeService speaks as much of the Secret Service as Look, Stored and Unlock
// need, https://specifications.freedesktop.org/secret-service-spec/latest/ .
// Its answer to a prompt is a function of the test.
type fakeService struct {
	conn   *dbus.Conn
	answer func(*fakeService)

	mu          sync.Mutex
	collections []dbus.ObjectPath
	alias       dbus.ObjectPath // what "default" stands for
	locked      map[dbus.ObjectPath]bool
	noPrompt    bool        // unlocks without asking
	broken      *dbus.Error // of every prompt: it cannot be shown
	failure     *dbus.Error // of every look
	prompts     int
	dismissals  int
	found       []dbus.ObjectPath // answer to a search
}

// serve puts the fake on a bus of its own, where systemBackend finds it.
func (f *fakeService) serve(t *testing.T) {
	t.Helper()
	s := newSession(t, false)
	t.Setenv(busVariable, s.address)
	conn, err := dbus.Connect(s.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	f.conn = conn
	export := func(path dbus.ObjectPath, iface string, methods map[string]any) {
		if err := conn.ExportMethodTable(methods, path, iface); err != nil {
			t.Fatal(err)
		}
	}
	const properties = "org.freedesktop.DBus.Properties"
	export(secretsPath, properties, map[string]any{"Get": f.getCollections})
	export(secretsPath, serviceIface, map[string]any{
		"ReadAlias": f.readAlias, "Unlock": f.unlock, "CreateCollection": f.createCollection, "SearchItems": f.searchItems,
	})
	for _, path := range []dbus.ObjectPath{loginCollection, otherCollection} {
		export(path, properties, map[string]any{"Get": func(string, string) (dbus.Variant, *dbus.Error) {
			f.mu.Lock()
			defer f.mu.Unlock()
			return dbus.MakeVariant(f.locked[path]), nil
		}})
	}
	export(promptPath, promptIface, map[string]any{"Prompt": f.prompt, "Dismiss": f.dismiss})
	if reply, err := conn.RequestName(secretsName, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("own the name: %v, %v", reply, err)
	}
}

func (f *fakeService) getCollections(string, string) (dbus.Variant, *dbus.Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return dbus.MakeVariant(f.collections), f.failure
}

func (f *fakeService) readAlias(string) (dbus.ObjectPath, *dbus.Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.alias == "" {
		return noObject, nil
	}
	return f.alias, nil
}

func (f *fakeService) unlock(paths []dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.noPrompt {
		for _, path := range paths {
			f.locked[path] = false
		}
		return paths, noObject, nil
	}
	return nil, promptPath, nil
}

func (f *fakeService) createCollection(_ map[string]dbus.Variant, alias string) (dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	if alias != "default" {
		return noObject, noObject, dbus.MakeFailedError(errors.New("unexpected alias"))
	}
	return noObject, promptPath, nil
}

func (f *fakeService) searchItems(attributes map[string]string) (unlocked, locked []dbus.ObjectPath, _ *dbus.Error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if attributes["service"] != Service {
		return nil, nil, nil
	}
	return f.found, nil, nil
}

func (f *fakeService) prompt(string) *dbus.Error {
	f.mu.Lock()
	f.prompts++
	broken := f.broken
	f.mu.Unlock()
	if broken != nil {
		return broken
	}
	if f.answer != nil {
		f.answer(f)
	}
	return nil
}

func (f *fakeService) dismiss() *dbus.Error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dismissals++
	return nil
}

// asked is how often a prompt was shown so far.
func (f *fakeService) asked() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.prompts
}

func (f *fakeService) complete(dismissed bool) {
	_ = f.conn.Emit(promptPath, promptIface+".Completed", dismissed, dbus.MakeVariant(""))
}

func typePassword(f *fakeService) {
	f.mu.Lock()
	clear(f.locked)
	f.alias = otherCollection
	f.mu.Unlock()
	f.complete(false)
}

func TestTheLookReadsTheSecretService(t *testing.T) {
	for _, c := range []struct {
		name    string
		service *fakeService
		want    State
	}{
		{"login is unlocked", &fakeService{collections: []dbus.ObjectPath{otherCollection, loginCollection}}, Ready},
		{"login is locked, whatever the default", &fakeService{
			collections: []dbus.ObjectPath{loginCollection, otherCollection}, alias: otherCollection, locked: map[dbus.ObjectPath]bool{loginCollection: true},
		}, Locked},
		{"the default is unlocked, without login", &fakeService{collections: []dbus.ObjectPath{otherCollection}, alias: otherCollection}, Ready},
		{"the default is locked, without login", &fakeService{alias: otherCollection, locked: map[dbus.ObjectPath]bool{otherCollection: true}}, Locked},
		{"neither login nor a default", &fakeService{collections: []dbus.ObjectPath{otherCollection}}, NoCollection},
		{"a service that fails", &fakeService{failure: dbus.MakeFailedError(errors.New("trouble"))}, Unavailable},
		{"a service that calls itself locked", &fakeService{failure: dbus.NewError("org.freedesktop.Secret.Error.IsLocked", nil)}, Locked},
		{"a service that misses an object", &fakeService{failure: dbus.NewError("org.freedesktop.Secret.Error.NoSuchObject", nil)}, NoCollection},
		{"a service that cannot be started", &fakeService{failure: dbus.NewError("org.freedesktop.DBus.Error.Spawn.ChildExited", nil)}, Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.service.serve(t)
			if got, err := (systemBackend{}).Look(t.Context()); got != c.want || (err != nil) != (c.service.failure != nil) {
				t.Errorf("got %s, %v, want %s", got, err, c.want)
			}
			if got := c.service.asked(); got != 0 {
				t.Errorf("the look led to %d prompts", got)
			}
		})
	}
}

func TestStoredFindsEntriesOfOurs(t *testing.T) {
	f := &fakeService{collections: []dbus.ObjectPath{loginCollection}}
	f.serve(t)
	k := NewKeyring(KeyringOptions{})
	if got := k.State(t.Context()); got != Empty {
		t.Errorf("without entries: got %s, want empty", got)
	}
	f.mu.Lock()
	f.found = []dbus.ObjectPath{"/org/freedesktop/secrets/collection/login/1"}
	f.mu.Unlock()
	if got := k.State(t.Context()); got != Ready {
		t.Errorf("with an entry: got %s, want ready", got)
	}
	if got := NewKeyring(KeyringOptions{Service: "another"}).State(t.Context()); got != Empty {
		t.Errorf("of another service: got %s, want empty", got)
	}
}

func TestUnlockAsksTheSecretService(t *testing.T) {
	lockedLogin := func() *fakeService {
		return &fakeService{collections: []dbus.ObjectPath{loginCollection}, locked: map[dbus.ObjectPath]bool{loginCollection: true}}
	}
	for _, c := range []struct {
		name    string
		service *fakeService
		change  func(*fakeService)
		want    string // as describe puts it
		prompts int
	}{
		{"the person types the password", lockedLogin(), func(f *fakeService) { f.answer = typePassword }, "ok", 1},
		{"the person declines", lockedLogin(), func(f *fakeService) { f.answer = func(f *fakeService) { f.complete(true) } }, "dismissed", 1},
		{"no password is needed", lockedLogin(), func(f *fakeService) { f.noPrompt = true }, "ok", 0},
		{"it is unlocked already", &fakeService{collections: []dbus.ObjectPath{loginCollection}}, nil, "ok", 0},
		{"the person creates a collection", &fakeService{}, func(f *fakeService) { f.answer = typePassword }, "ok", 1},
		{"the prompt cannot be shown", lockedLogin(), func(f *fakeService) { f.broken = dbus.MakeFailedError(errors.New("no_window")) }, "unlock_the_keyring:_no_window", 1},
		{"the keyring ends before it answers", lockedLogin(), func(f *fakeService) { f.broken = dbus.NewError("org.freedesktop.DBus.Error.NoReply", nil) }, "unavailable", 1},
		{"the answer changes nothing", lockedLogin(), func(f *fakeService) { f.answer = func(f *fakeService) { f.complete(false) } }, "locked", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.change != nil {
				c.change(c.service)
			}
			c.service.serve(t)
			if got := describe(NewKeyring(KeyringOptions{}).Unlock(t.Context())); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			if got := c.service.asked(); got != c.prompts {
				t.Errorf("got %d prompts, want %d", got, c.prompts)
			}
		})
	}
}

func TestUnlockTakesThePromptAwayWhenThePersonGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	f := &fakeService{
		collections: []dbus.ObjectPath{loginCollection}, locked: map[dbus.ObjectPath]bool{loginCollection: true},
		answer: func(*fakeService) { cancel() },
	}
	f.serve(t)
	if err := (systemBackend{}).Unlock(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.dismissals != 1 {
		t.Errorf("got %d dismissals, want 1", f.dismissals)
	}
}

func TestUnlockNoticesThatTheKeyringIsGone(t *testing.T) {
	f := &fakeService{
		collections: []dbus.ObjectPath{loginCollection}, locked: map[dbus.ObjectPath]bool{loginCollection: true},
		answer: func(f *fakeService) { _ = f.conn.Close() },
	}
	f.serve(t)
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	wantState(t, "unlock", (systemBackend{}).Unlock(ctx), Unavailable)
}
