package app

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/app/config"
	"vastrelay/relay/tunnel"
)

// settingsFiles are the forms that the settings file has had, in testdata/settings,
// with what they say. A form stays here once a release has written it: before a
// field of it is renamed, moved or removed, present.json is copied to another name.
var settingsFiles = map[string]config.Settings{
	"fields-of-tunnels": { // in which the settings of tunnels were fields like all others
		InstallationID: "abcd1234", EventTypes: []string{"client:outbid", "host:machine_offline"}, Host: true, Form: config.FormText,
		Tunnel: "url", TunnelValues: tunnel.Values{"ngrok_domain": "mine.ngrok.app", "public_url": "https://mine.example", "listen": "127.0.0.1:9000"},
		Space: "AAAAaaaa111", Label: "Ops alerts", TrayHintShown: true,
	},
	"threads": {
		InstallationID: "abcd1234", EventTypes: []string{"client:outbid"}, Form: config.FormCard, Threads: config.ThreadsInstance,
		Tunnel: "ngrok", TunnelValues: tunnel.Values{"ngrok_domain": "mine.ngrok.app"},
		Space: "AAAAaaaa111", Label: "Ops alerts", Unconfirmed: true,
	},
	"values-of-tunnels": {
		InstallationID: "abcd1234", Form: config.FormText, Tunnel: "cloudflared", Space: "AAAAaaaa111",
		TunnelValues: tunnel.Values{
			"cloudflared_host": "relay.example.com", "ngrok_domain": "mine.ngrok.app", "public_url": "https://mine.example/relay",
		},
		GapSettings: config.GapSettings{QuietGaps: true, NoCatchUp: true},
	},
	"present": {
		InstallationID: "abcd1234", EventTypes: []string{"client:outbid", "client:low_credit"}, Host: true, Form: config.FormText,
		Threads: config.ThreadsType, Tunnel: "ngrok", Space: "AAAAaaaa111", Label: "Ops alerts",
		TunnelValues: tunnel.Values{
			"cloudflared_host": "relay.example.com", "cloudflared_listen": "127.0.0.1:8788", "cloudflared_path": "/opt/cloudflared",
			"listen": "127.0.0.1:9000", "ngrok_cloud_endpoint": "mine.example.com", "ngrok_domain": "mine.ngrok.app",
			"public_url": "https://mine.example/relay", "tunnelmole_subdomain": "mine",
		},
		GapSettings:   config.GapSettings{QuietGaps: true, NoCatchUp: true},
		RouteSettings: config.RouteSettings{HistoryOnly: []string{"client:low_credit"}},
		General: config.General{
			Theme: config.ThemeDark, Language: "de", ChatLanguage: "en", Activity: config.PeriodWeek, Proxy: "http://proxy.example:3128", Updates: config.UpdatesOff,
		},
		Notifications: config.Notifications{
			Off: true, Without: []config.NotificationKind{config.NotifyGap}, Events: config.NotifiedTypes, Types: []string{"client:outbid"},
			Quiet: true, QuietFrom: "23:00", QuietTo: "06:30", MutedUntil: time.Date(2026, 11, 28, 15, 4, 5, 0, time.UTC),
		},
		TrayHintShown: true, Unconfirmed: true,
	},
}

func TestSettingsFilesOfAllVersionsOpen(t *testing.T) {
	for name, want := range settingsFiles {
		t.Run(name, func(t *testing.T) {
			before, err := os.ReadFile(filepath.Join("testdata/settings", name+".json"))
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "settings.json")
			if err := os.WriteFile(path, before, 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := config.Open(path, TunnelVendors())
			if err != nil {
				t.Fatal(err)
			}
			got := c.Settings()
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			if unknown := c.UnknownValues(got); len(unknown) > 0 || c.Damaged() != nil {
				t.Errorf("not understood: %q, damaged: %v", unknown, c.Damaged())
			}
			if err := c.Change(to(got)); err != nil {
				t.Fatal(err)
			}
			after, err := os.ReadFile(path) //nolint:gosec // The test's own folder.
			if err != nil {
				t.Fatal(err)
			}
			if got, want := members(t, after), members(t, before); !reflect.DeepEqual(got, want) {
				t.Errorf("saved as it was:\ngot  %v\nwant %v", got, want)
			}
		})
	}
}

// TestThePresentSettingsFileHasEverySetting asks for a setting that was added, with a
// value other than its default, so that the file of a release holds all that there was.
func TestThePresentSettingsFileHasEverySetting(t *testing.T) {
	const path = "testdata/settings/present.json"
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := fieldNames(reflect.TypeFor[config.Settings](), "")
	for _, vendor := range TunnelVendors() {
		for _, field := range vendor.Fields {
			want = append(want, field.Key)
		}
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(members(t, content))); !slices.Equal(got, want) {
		t.Errorf("%s has\n%q\nthe settings are\n%q\nadd what is new to the file and to settingsFiles", path, got, want)
	}
}

// fieldNames lists the members that a struct is written as, those of objects in it
// with the name of the object before them.
func fieldNames(of reflect.Type, before string) (names []string) {
	for _, field := range reflect.VisibleFields(of) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "" || name == "-":
		case field.Type.Kind() == reflect.Struct && field.Type != reflect.TypeFor[time.Time]():
			names = append(names, fieldNames(field.Type, before+name+".")...)
		default:
			names = append(names, before+name)
		}
	}
	return names
}

// members are the members of a JSON object and of the objects in it, by name.
func members(t *testing.T, content []byte) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(content, &object); err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	for name, value := range object {
		inner, isObject := value.(map[string]any)
		if !isObject {
			all[name] = value
		}
		for member, value := range inner {
			all[name+"."+member] = value
		}
	}
	return all
}
