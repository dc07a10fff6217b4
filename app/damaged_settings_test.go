package app_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/app"
	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// chosenBefore are settings with a webhook of each kind, both unlike the defaults.
const chosenBefore = `{"event_types":["client:outbid","client:instance_created","host:machine_offline"],"host":true}`

// typesByPath are the types of the webhooks at Vast.ai, by the path of their URL.
func (w *world) typesByPath() map[string]string {
	types := map[string]string{}
	for _, h := range w.hooks() {
		sorted := slices.Sorted(slices.Values(h.EventTypes))
		types[h.URL[strings.LastIndex(h.URL, "/"):]] = strings.Join(sorted, " ")
	}
	return types
}

// choose makes the folder that of a program in which chosenBefore was chosen.
func (w *world) choose(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "settings.json"), []byte(chosenBefore), 0o600); err != nil {
		t.Fatal(err)
	}
	c := w.start(t, nil)
	c.reach(status.Relaying)
	c.kill()
}

func TestLostSettingsTakeNothingAwayAtVast(t *testing.T) {
	t.Parallel()
	const moved = "moved.vastrelay.example"
	want := map[string]string{"/client": "client:instance_created client:outbid", "/host": "host:machine_offline"}
	for name, damage := range map[string]map[string]string{ // by file: its new content; "-": it is removed
		"the settings are truncated":           {"settings.json": `{"installation_id":"ab`},
		"the settings and their copy are zero": {"settings.json": "\x00\x00", "settings.json.last-good": "\x00\x00"},
		"the settings are gone":                {"settings.json": "-"},
		"both settings files are gone":         {"settings.json": "-", "settings.json.last-good": "-"},
		"all our JSON files are empty":         {"settings.json": "", "settings.json.last-good": "", "webhooks.json": "", "webhooks.json.last-good": ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, listen := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
			w.choose(t)
			for file, content := range damage {
				path := filepath.Join(w.dir, file)
				err := os.Remove(path)
				if content != "-" {
					err = os.WriteFile(path, []byte(content), 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			// The address changes as well, which is followed; where nothing but the
			// address still tells our webhooks, it stays.
			change := map[string]string{}
			host := ownHost
			if _, all := damage["webhooks.json"]; !all {
				w.vast.MapHost(moved, "http://"+listen)
				change["VASTRELAY_PUBLIC_URL"], host = "https://"+moved, moved
			}
			c := w.start(t, change)
			s := c.reach(status.Relaying)
			for path, types := range want {
				if got := w.typesByPath()[path]; got != types {
					t.Errorf("types at %s: got %q, want them as they were: %q", path, got, types)
				}
			}
			for _, h := range w.hooks() {
				if !strings.Contains(h.URL, host) {
					t.Errorf("got %s, want the address followed to %s", h.URL, host)
				}
			}
			if !strings.Contains(s.Notice.String(), "settings were damaged") || !strings.Contains(c.stderr.String(), "settings were damaged") {
				t.Errorf("got notice %q, want the person told there and in the log", s.Notice)
			}
			w.emit(t, vasttest.Emission{Type: "host:machine_offline", Subject: "for the host"})
			eventually(t, "the event stands in Chat", func() bool { return w.count("for the host") == 1 })
			c.kill()

			// It stays so across restarts, until somebody says what is chosen.
			c = w.start(t, change)
			if s := c.reach(status.Relaying); !strings.Contains(s.Notice.String(), "settings were damaged") || len(w.hooks()) != 2 {
				t.Errorf("after a restart: notice %q and %d webhooks, want both as before", s.Notice, len(w.hooks()))
			}
			c.kill()
			change["VASTRELAY_EVENTS"] = "client:outbid"
			c = w.start(t, change)
			if s := c.reach(status.Relaying); strings.Contains(s.Notice.String(), "settings were damaged") {
				t.Errorf("with VASTRELAY_EVENTS: got notice %q, want none of the settings", s.Notice)
			}
			if got := w.typesByPath(); len(got) != 1 || got["/client"] != "client:outbid" {
				t.Errorf("with VASTRELAY_EVENTS: got %v, want what it says", got)
			}
		})
	}
}

func TestAPersonConfirmsRestoredSettings(t *testing.T) {
	t.Parallel()
	w, _ := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
	w.choose(t)
	for _, file := range []string{"settings.json", "settings.json.last-good"} {
		if err := os.WriteFile(filepath.Join(w.dir, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		s := await(t, d, "relaying, with the button that confirms", func(s status.Status) bool {
			return s.Phase == status.Relaying && s.Action == health.ActionConfirmSettings && !s.Notice.IsZero()
		})
		if s.Action.Label() == "" || len(s.Webhooks) != 2 {
			t.Errorf("got label %q and %+v, want a button and both webhooks", s.Action.Label(), s.Webhooks)
		}
		list, err := d.Bridge.Catalogue(ctx)
		if err != nil {
			t.Error(err)
		}
		for _, topic := range list.Topics {
			for _, x := range topic.Types {
				want := x.Key == "client:outbid" || x.Key == "client:instance_created" || x.Key == "host:machine_offline"
				if x.Chosen != want {
					t.Errorf("%s: chosen %v, want what Vast.ai sends", x.Key, x.Chosen)
				}
			}
		}
		if err := d.Bridge.Perform(ctx, health.ActionConfirmSettings); err != nil {
			t.Error(err)
		}
		await(t, d, "the defaults in force", func(s status.Status) bool {
			return s.Phase == status.Relaying && s.Action == health.ActionNone && s.Notice.IsZero() && len(s.Webhooks) == 1
		})
	})
	if got := w.typesByPath(); len(got) != 1 || got["/host"] != "" {
		t.Errorf("got %v, want no webhook for hosting: it is confirmed that there is none", got)
	}
}

func TestRestoredSettingsAreConfirmedByACommand(t *testing.T) {
	t.Parallel()
	w, _ := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
	w.choose(t)
	orFail(t, os.WriteFile(filepath.Join(w.dir, "settings.json"), []byte("{"), 0o600))
	w.start(t, nil).reach(status.Relaying)
	w.command(t, "status").holds(t, "This helps: vastrelay webhooks confirm")
	w.command(t, "webhooks", "confirm").holds(t, "These settings are used from now on.")
	w.command(t, "webhooks", "confirm").holds(t, "Nothing to do")
	if s := w.command(t, "status"); strings.Contains(s.out, "This helps") {
		t.Errorf("got %q, want nothing to be done any more", s.out)
	}
}

func TestSavedSettingsConfirmThemselves(t *testing.T) {
	t.Parallel()
	w, _ := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
	w.choose(t)
	if err := os.WriteFile(filepath.Join(w.dir, "settings.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		if err := d.Settings.ChangeSettings(ctx, func(s *config.Settings) { s.TrayHintShown = true }); err != nil || !d.Settings.Settings().Unconfirmed {
			t.Errorf("after the program's own save: %v, unconfirmed %v, want it unconfirmed", err, d.Settings.Settings().Unconfirmed)
		}
		if err := d.System.Banners.Mute(ctx, time.Now().Add(config.MuteFor)); err != nil || !d.Settings.Settings().Unconfirmed {
			t.Errorf("after muting notifications: %v, unconfirmed %v, want it unconfirmed", err, d.Settings.Settings().Unconfirmed)
		}
		if err := d.Settings.ChangeSettings(ctx, func(s *config.Settings) { s.General.Theme = config.ThemeDark }); err != nil || !d.Settings.Settings().Unconfirmed {
			t.Errorf("after another theme: %v, unconfirmed %v, want it unconfirmed", err, d.Settings.Settings().Unconfirmed)
		}
		if err := d.Settings.ChangeSettings(ctx, func(s *config.Settings) { s.EventTypes, s.Host = []string{"client:outbid"}, false }); err != nil || d.Settings.Settings().Unconfirmed {
			t.Errorf("after a person's save: %v, unconfirmed %v, want it confirmed", err, d.Settings.Settings().Unconfirmed)
		}
		await(t, d, "one webhook, as it was saved", func(s status.Status) bool {
			return s.Phase == status.Relaying && len(s.Webhooks) == 1 && len(s.Webhooks[0].Types) == 1
		})
	})
}
