package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/tunneltest"
)

func TestOpenMakesAnInstallationIDOnceAndKeepsIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	first, err := Open(path, tunneltest.Vendors())
	if err != nil {
		t.Fatal(err)
	}
	id := first.InstallationID()
	if !validID(id) || first.Damaged() != nil {
		t.Fatalf("got id %q, damage %v, want an id and no damage", id, first.Damaged())
	}
	again, err := Open(path, tunneltest.Vendors())
	if err != nil {
		t.Fatal(err)
	}
	if got := again.InstallationID(); got != id {
		t.Errorf("second open: got id %q, want %q", got, id)
	}
	other, err := Open(filepath.Join(t.TempDir(), "settings.json"), tunneltest.Vendors())
	if err != nil {
		t.Fatal(err)
	}
	if other.InstallationID() == id {
		t.Errorf("two installations got the same id %q", id)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v, want mode 600", info.Mode(), err)
	}
}

func TestSaveKeepsEverythingButTheInstallationID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	c, err := Open(path, tunneltest.Vendors())
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		InstallationID: c.InstallationID(), EventTypes: []string{"client:outbid"}, Host: true, Form: FormText, Threads: ThreadsInstance, Tunnel: "url",
		TunnelValues: tunnel.Values{"ngrok_domain": "example.ngrok.app", "public_url": "https://relay.example.net", "listen": "127.0.0.1:9000"},
		Space:        "AAAA_b-1", Label: "Ops", TrayHintShown: true,
	}
	given := want.Clone()
	given.InstallationID = "zzzzzzzz"
	given.TunnelValues["public_url"] = " HTTPS://Relay.Example.net/ "
	given.Label = " Ops "
	if err := c.Change(to(given)); err != nil {
		t.Fatal(err)
	}
	if got := c.Settings(); !reflect.DeepEqual(got, want) {
		t.Errorf("in force: got %+v\nwant %+v", got, want)
	}
	again, err := Open(path, tunneltest.Vendors())
	if err != nil {
		t.Fatal(err)
	}
	if got := again.Settings(); !reflect.DeepEqual(got, want) {
		t.Errorf("on disk: got %+v\nwant %+v", got, want)
	}
	c.Settings().EventTypes[0] = "changed"
	if got := c.Settings().EventTypes[0]; got != "client:outbid" {
		t.Errorf("a caller changed the settings in force: got %q", got)
	}
}

func TestSaveRefusesWhatIsWrongAndKeepsTheOld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	c, err := Open(path, tunneltest.Vendors())
	if err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(path)
	err = c.Change(to(Settings{Tunnel: "carrier", Label: strings.Repeat("x", 101)}))
	var wrong ValidationError
	if !errors.As(err, &wrong) || wrong.Sentence(FieldTunnel) == "" || wrong.Sentence(FieldLabel) == "" || len(wrong) != 2 {
		t.Fatalf("got %v, want a ValidationError for tunnel and label", err)
	}
	if after, _ := os.ReadFile(path); string(after) != string(before) || c.Settings().Tunnel != "" {
		t.Error("a refused save changed the settings")
	}
}

func TestSaveThatCannotBeWrittenKeepsTheOld(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "settings.json")
	c, err := Open(path, tunneltest.Vendors())
	if err != nil {
		t.Fatal(err)
	}
	// A folder that is not empty, in the place of the temporary file.
	if err := os.MkdirAll(filepath.Join(path+".tmp", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := c.Change(to(Settings{Label: "new"})); err == nil {
		t.Fatal("got nil, want an error")
	}
	if got := c.Settings().Label; got != "" {
		t.Errorf("in force: got label %q, want the old one", got)
	}
}

func TestOpenSetsDamagedSettingsAside(t *testing.T) {
	for _, c := range []struct {
		name    string
		content string
		wantID  string // empty: a new one
	}{
		{"an empty file", "", ""},
		{"zeros, as after a power cut", strings.Repeat("\x00", 64), ""},
		{"half an object, with the id in it", `{"installation_id": "abcd1234", "event_t`, "abcd1234"},
		{"half an object, cut within the id", `{"installation_id": "abcd`, ""},
		{"a wrong type, with the id in it", `{"installation_id":"abcd1234","host":"yes"}`, "abcd1234"},
		{"null", "null", ""},
		{"a string", `"installation_id"`, ""},
		{"two objects", `{"installation_id":"abcd1234"}{}`, "abcd1234"},
		{"a file that is far too large", `{"installation_id":"abcd1234","x":"` + strings.Repeat("x", 1<<20) + `"}`, "abcd1234"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "settings.json")
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			opened, err := Open(path, tunneltest.Vendors())
			if err != nil {
				t.Fatal(err)
			}
			damaged := opened.Damaged()
			if damaged == nil || damaged.Aside != path+".damaged" || damaged.Err == nil {
				t.Fatalf("got damage %+v, want it set aside with a cause", damaged)
			}
			if kept, _ := os.ReadFile(damaged.Aside); string(kept) != c.content {
				t.Error("the damaged content was not kept as it was")
			}
			if got := opened.InstallationID(); c.wantID != "" && got != c.wantID || !validID(got) {
				t.Errorf("got id %q, want %q", got, c.wantID)
			}
			again, err := Open(path, tunneltest.Vendors())
			if err != nil || again.Damaged() != nil || again.InstallationID() != opened.InstallationID() {
				t.Errorf("second open: got %v, %v, want a sound file with the same id", err, again.Damaged())
			}
		})
	}
}

func TestOpenFailsWhereNothingCanBeWritten(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(filepath.Join(dir, "absent", "settings.json"), tunneltest.Vendors()); err == nil {
		t.Error("a missing folder: got nil, want an error")
	}
	asFolder := filepath.Join(dir, "settings.json")
	if err := os.Mkdir(asFolder, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(asFolder, tunneltest.Vendors()); err == nil {
		t.Error("a folder in the place of the file: got nil, want an error")
	}
}

func TestFieldsOfANewerVersionAreTolerated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	if err := os.WriteFile(path, []byte(`{"installation_id":"abcd1234","invented_later":[1]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Open(path, tunneltest.Vendors())
	if err != nil || c.Damaged() != nil || c.InstallationID() != "abcd1234" {
		t.Errorf("got %v, %v, want the file taken", err, c.Damaged())
	}
}

func TestTypesThatStandTwiceInTheFileCountOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	const edited = `{"installation_id":"abcd1234","event_types":["client:outbid","client:low_credit","client:outbid"],` +
		`"notifications":{"types":["client:outbid","client:outbid"]}}`
	if err := os.WriteFile(path, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Open(path, tunneltest.Vendors())
	if err != nil || c.Damaged() != nil {
		t.Fatalf("got %v, %v, want the file taken", err, c.Damaged())
	}
	s := c.Settings()
	if got, want := s.EventTypes, []string{"client:outbid", "client:low_credit"}; !slices.Equal(got, want) {
		t.Errorf("got the types %v, want %v", got, want)
	}
	if got, want := s.Notifications.Types, []string{"client:outbid"}; !slices.Equal(got, want) {
		t.Errorf("got notifications of %v, want %v", got, want)
	}
	s.Label = "Ops"
	if err := c.Change(to(s)); err != nil {
		t.Errorf("something else cannot be changed: %v", err)
	}
}

func TestAMuteIsKeptByTheWallClock(t *testing.T) {
	c, err := Open(filepath.Join(t.TempDir(), "settings.json"), tunneltest.Vendors())
	if err != nil {
		t.Fatal(err)
	}
	s := c.Settings()
	s.Notifications.MutedUntil = time.Now().Add(MuteFor) // with the clock that stands still during a sleep
	if err := c.Change(to(s)); err != nil {
		t.Fatal(err)
	}
	want := s.Notifications.MutedUntil.Round(0)
	if got := c.Settings().Notifications.MutedUntil; got.String() != want.String() { // which shows both clocks
		t.Errorf("muted until %v, want %v", got, want)
	}
}

func TestDefaultsAreResolvedNotStored(t *testing.T) {
	var s Settings
	if s.FormOrDefault() != FormCard || s.ThreadsOrDefault() != ThreadsOff {
		t.Errorf("got %v, %v", s.FormOrDefault(), s.ThreadsOrDefault())
	}
	s = Settings{Form: FormText, Threads: ThreadsType}
	if s.FormOrDefault() != FormText || s.ThreadsOrDefault() != ThreadsType {
		t.Errorf("got %v, %v", s.FormOrDefault(), s.ThreadsOrDefault())
	}
}

func TestFormsOfMessages(t *testing.T) {
	for form, want := range map[Form]relay.Rung{"": relay.RungCard, FormCard: relay.RungCard, FormText: relay.RungText, "markdown": relay.RungCard} {
		if got := form.Rung(); got != want {
			t.Errorf("%q: got %q, want %q", form, got, want)
		}
	}
}

// to makes the settings s, whatever they were.
func to(s Settings) func(*Settings) error {
	return func(c *Settings) error {
		*c = s
		return nil
	}
}

// Each writer reads, changes and writes a part of its own.
func TestChangesAtOnceUndoNoneOfEachOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	c, err := Open(path, tunneltest.Vendors())
	if err != nil {
		t.Fatal(err)
	}
	const rounds = 8
	keys := []string{"client:outbid", "client:low_credit", "client:instance_created", "host:machine_offline"}
	var writers sync.WaitGroup
	for i, key := range keys {
		writers.Go(func() {
			for range rounds {
				err := c.Change(func(s *Settings) error {
					s.SetPosts(key, false)
					s.Notifications.MutedUntil = s.Notifications.MutedUntil.Add(time.Minute)
					return nil
				})
				if err != nil {
					t.Errorf("writer %d: %v", i, err)
				}
				_ = c.Settings()
			}
		})
	}
	writers.Go(func() {
		if err := c.Change(func(s *Settings) error { s.Label = "never kept"; return errors.New("refused") }); err == nil {
			t.Error("got no error of a change that refuses")
		}
	})
	writers.Wait()
	again, err := Open(path, tunneltest.Vendors())
	if err != nil {
		t.Fatal(err)
	}
	for where, s := range map[string]Settings{"in force": c.Settings(), "on disk": again.Settings()} {
		for _, key := range keys {
			if s.Posts(key) {
				t.Errorf("%s: got %s posted, want every writer's change", where, key)
			}
		}
		if got := s.Notifications.MutedUntil.Sub(time.Time{}); got != time.Duration(rounds*len(keys))*time.Minute || s.Label != "" {
			t.Errorf("%s: got %v and label %q, want %d changes of one value one after the other, and none that refused", where, got, s.Label, rounds*len(keys))
		}
	}
}
