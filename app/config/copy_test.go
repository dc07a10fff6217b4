package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vastrelay/app/datadir"
	"vastrelay/relay/tunnel/tunneltest"
)

// The contents of a settings file and its copy in the tests below.
const (
	soundSettings = `{"installation_id":"abcd1234","event_types":["host:machine_offline"],"host":true}`
	olderSettings = `{"installation_id":"abcd1234","event_types":["client:outbid"]}`
)

// damages are the ways in which a settings file can be of no use.
func damages() map[string]string {
	return map[string]string{
		"empty":                           "",
		"all zeros":                       strings.Repeat("\x00", 512),
		"truncated in the middle":         soundSettings[:len(soundSettings)/2],
		"truncated by its last byte":      soundSettings[:len(soundSettings)-1],
		"an object without any member":    "{}",
		"JSON of another file":            `{"client":{"id":5,"url":"https://a.example/vast/client"}}`,
		"a list":                          `["client:outbid"]`,
		"null":                            "null",
		"a member of another type":        `{"installation_id":"abcd1234","host":"yes"}`,
		"an installation id that is none": `{"installation_id":"","host":true}`,
		"two objects":                     soundSettings + soundSettings,
		"far too large":                   soundSettings + strings.Repeat(" ", 1<<20),
	}
}

// put makes path hold content.
func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDamagedSettingsComeBackFromTheirLastGoodCopy(t *testing.T) {
	for name, damage := range damages() {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "settings.json")
			put(t, path, damage)
			put(t, path+datadir.CopySuffix, soundSettings)
			c, err := Open(path, tunneltest.Vendors())
			if err != nil {
				t.Fatal(err)
			}
			s := c.Settings()
			if !s.Host || !slices.Equal(s.EventTypes, []string{"host:machine_offline"}) || s.InstallationID != "abcd1234" {
				t.Errorf("in force: got %+v, want the last good copy", s)
			}
			if d := c.Damaged(); d == nil || !d.Restored || d.Aside != path+".damaged" || !s.Unconfirmed {
				t.Errorf("got damage %+v, unconfirmed %v; want it set aside, restored and unconfirmed", d, s.Unconfirmed)
			}
			if kept, err := os.ReadFile(path + ".damaged"); string(kept) != damage || err != nil {
				t.Errorf("set aside: got %q, %v, want the damaged content", kept, err)
			}
			again, err := Open(path, tunneltest.Vendors())
			if err != nil || again.Damaged() != nil || !again.Settings().Unconfirmed || !again.Settings().Host {
				t.Errorf("second open: got %v, %+v, %+v; want the same settings, sound and still unconfirmed", err, again.Damaged(), again.Settings())
			}
		})
	}
}

func TestSettingsWithoutAnyGoodCopyAreUnconfirmedDefaults(t *testing.T) {
	trace := func(dir string) string { return filepath.Join(dir, "webhooks.json") }
	for name, prepare := range map[string]func(t *testing.T, path string){
		"both are damaged":                 func(t *testing.T, path string) { put(t, path, "{"); put(t, path+datadir.CopySuffix, "[") },
		"one is damaged, the copy is gone": func(t *testing.T, path string) { put(t, path, "{") },
		"it is gone, the copy is damaged":  func(t *testing.T, path string) { put(t, path+datadir.CopySuffix, "{}") },
		"both are gone, others are there":  func(t *testing.T, path string) { put(t, trace(filepath.Dir(path)), "{}") },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "settings.json")
			prepare(t, path)
			c, err := Open(path, tunneltest.Vendors(), trace(filepath.Dir(path)))
			if err != nil {
				t.Fatal(err)
			}
			if d := c.Damaged(); d == nil || d.Restored || !c.Settings().Unconfirmed || !validID(c.InstallationID()) {
				t.Errorf("got %+v, %+v; want damage said, and unconfirmed defaults", d, c.Settings())
			}
			again, err := Open(path, tunneltest.Vendors(), trace(filepath.Dir(path)))
			if err != nil || again.Damaged() != nil || !again.Settings().Unconfirmed {
				t.Errorf("second open: got %v, %+v, %+v; want a sound file, still unconfirmed", err, again.Damaged(), again.Settings())
			}
		})
	}
}

func TestInstallationIDIsRescuedFromWhicheverOfTheTwoStillHoldsIt(t *testing.T) {
	for name, files := range map[string][2]string{
		"from the file": {`{"installation_id": "abcd1234", "ho`, "\x00"},
		"from the copy": {"\x00", `{"installation_id": "abcd1234", "ho`},
	} {
		path := filepath.Join(t.TempDir(), "settings.json")
		put(t, path, files[0])
		put(t, path+datadir.CopySuffix, files[1])
		c, err := Open(path, tunneltest.Vendors())
		if err != nil || c.InstallationID() != "abcd1234" {
			t.Errorf("%s: got %q, %v, want abcd1234", name, c.InstallationID(), err)
		}
	}
}

func TestSettingsThatAPersonWroteBeforeTheFirstStartAreTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	put(t, path, `{"event_types":["client:outbid"],"form":"text"}`)
	c, err := Open(path, tunneltest.Vendors(), filepath.Join(filepath.Dir(path), "webhooks.json"))
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Settings(); c.Damaged() != nil || s.Unconfirmed || s.Form != FormText || !validID(s.InstallationID) {
		t.Errorf("got %+v, damage %v, want them in force with a new id", s, c.Damaged())
	}
}

func TestSavingConfirmsRestoredSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	put(t, path, "")
	put(t, path+datadir.CopySuffix, soundSettings)
	c, err := Open(path, tunneltest.Vendors())
	if err != nil {
		t.Fatal(err)
	}
	s := c.Settings()
	s.Space = "AAAAspace" // what the program itself saves is derived from what is in force
	if err := c.Change(to(s)); err != nil || !c.Settings().Unconfirmed {
		t.Errorf("after a save by the program: %v, %+v, want it still unconfirmed", err, c.Settings())
	}
	s.Unconfirmed = false
	if err := c.Change(to(s)); err != nil || c.Settings().Unconfirmed {
		t.Errorf("after a save by a person: %v, %+v, want it confirmed", err, c.Settings())
	}
	if again, err := Open(path, tunneltest.Vendors()); err != nil || again.Settings().Unconfirmed {
		t.Errorf("after a restart: %v, %+v, want it confirmed", err, again.Settings())
	}
}

func TestCopyFollowsAFileThatAPersonEdited(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	put(t, path, olderSettings)
	put(t, path+datadir.CopySuffix, soundSettings)
	if c, err := Open(path, tunneltest.Vendors()); err != nil || c.Settings().Host || c.Settings().Unconfirmed {
		t.Fatalf("got %v, %+v, want what the file says", err, c.Settings())
	}
	if got, err := os.ReadFile(path + datadir.CopySuffix); string(got) != olderSettings || err != nil {
		t.Errorf("copy: got %q, %v, want what the file says", got, err)
	}
}

func TestSettingsThatCannotBeWrittenYetAreInForceAndWrittenLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	blocker := path + datadir.CopySuffix + ".tmp"
	if err := os.MkdirAll(filepath.Join(blocker, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	c, err := Open(path, tunneltest.Vendors())
	if err != nil || !validID(c.InstallationID()) {
		t.Fatalf("got %v, want settings that are in force", err)
	}
	if err := c.Settle(); err == nil {
		t.Error("settled although nothing can be written")
	}
	if err := os.RemoveAll(blocker); err != nil {
		t.Fatal(err)
	}
	if err := c.Settle(); err != nil {
		t.Fatal(err)
	}
	if again, err := Open(path, tunneltest.Vendors()); err != nil || again.InstallationID() != c.InstallationID() {
		t.Errorf("got id %q, %v, want %q on disk", again.InstallationID(), err, c.InstallationID())
	}
}

// newerSettings are settings that a newer version of the program wrote, one for
// each setting that has a list of choices, and members that only it knows.
const newerSettings = `{
	"installation_id": "abcd1234",
	"event_types": ["client:outbid", "serverless:endpoint_down", "client:out.bid/v2"],
	"form": "markdown", "threads": "day", "tunnel": "balloon",
	"ngrok_domain": "wild*card", "public_url": "https://relay.example.net?x=1", "listen": "unix:/run/relay",
	"general": {"theme": "sepia", "sound": [1]},
	"notifications": {"events": "loud", "types": ["client:outbid", "cluster:gone"], "without": ["joy"], "sound": "bell"},
	"quiet_hours": {"from": "22:00"}, "rate": 1.50
}`

func TestValuesOfANewerVersionAreKeptAndBlockNoSave(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	put(t, path, newerSettings)
	c, err := Open(path, tunneltest.Vendors())
	if err != nil || c.Damaged() != nil {
		t.Fatalf("got %v, %v, want them taken", err, c.Damaged())
	}
	before := c.Settings()
	want := []string{
		`form "markdown"`, `threads "day"`, `tunnel "balloon"`, `general.theme "sepia"`, `notifications.events "loud"`, `event_types "serverless:endpoint_down"`,
		`event_types "client:out.bid/v2"`, `"quiet_hours"`, `"rate"`, `"general.sound"`,
		`notifications.types "cluster:gone"`, `notifications.without "joy"`, `"notifications.sound"`,
	}
	if got := c.UnknownValues(before); !slices.Equal(got, want) {
		t.Errorf("unknown values: got %q\nwant %q", got, want)
	}
	changed := before.Clone()
	changed.Label = "Ops"
	if err := c.Change(to(changed)); err != nil {
		t.Fatalf("save of another field: %v", err)
	}
	fresh := Settings{
		Label: "Ops", General: General{Theme: before.General.Theme}, Form: before.Form, Threads: before.Threads, Tunnel: before.Tunnel, EventTypes: before.EventTypes,
		Notifications: Notifications{Events: before.Notifications.Events, Types: before.Notifications.Types, Without: before.Notifications.Without},
	}
	if err := c.Change(to(fresh)); err != nil {
		t.Fatalf("save of settings that were put together anew: %v", err)
	}
	again, err := Open(path, tunneltest.Vendors())
	if err != nil {
		t.Fatal(err)
	}
	if got := again.UnknownValues(again.Settings()); !slices.Equal(got, want) {
		t.Errorf("after two saves: got %q\nwant %q", got, want)
	}
	content, _ := os.ReadFile(path)
	for _, part := range []string{`"from": "22:00"`, `"rate": 1.50`} {
		if !strings.Contains(string(content), part) {
			t.Errorf("the file lost %s:\n%s", part, content)
		}
	}
	for name, wrong := range map[string]func(*Settings){
		"an unknown form":              func(s *Settings) { s.Form = "html" },
		"unknown threads":              func(s *Settings) { s.Threads = "week" },
		"an unknown tunnel":            func(s *Settings) { s.Tunnel = "carrier" },
		"an unknown choice of updates": func(s *Settings) { s.General.Updates = "weekly" },
		"an unknown theme":             func(s *Settings) { s.General.Theme = "blue" },
		"unknown notified events":      func(s *Settings) { s.Notifications.Events = "some" },
		"a notified type that is none": func(s *Settings) { s.Notifications.Types = append(s.Notifications.Types, "x") },
		"an event type that is none":   func(s *Settings) { s.EventTypes = append(s.EventTypes, "x") },
		"a wrong URL that is now used": func(s *Settings) { s.TunnelValues, s.Tunnel = before.TunnelValues, "url" },
	} {
		s := again.Settings()
		wrong(&s)
		if err := again.Change(to(s)); err == nil {
			t.Errorf("%s that was not there before: saved", name)
		}
	}
}
