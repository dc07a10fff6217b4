package app

import (
	"path/filepath"
	"reflect"
	"testing"

	"vastrelay/app/config"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/tunneltest"
)

func TestWhatTheEnvironmentSaysIsNotSaved(t *testing.T) {
	kept, err := config.Open(filepath.Join(t.TempDir(), "settings.json"), tunneltest.Vendors())
	if err != nil {
		t.Fatal(err)
	}
	stored := config.Settings{EventTypes: []string{"client:outbid"}, Tunnel: "url", TunnelValues: tunnel.Values{
		"public_url": "https://mine.example", "listen": "127.0.0.1:1234", "ngrok_domain": "mine.ngrok.app",
	}}
	if err := kept.Change(to(stored)); err != nil {
		t.Fatal(err)
	}
	e := effective{Config: kept, env: config.Env{
		Events: []string{"host:machine_offline"}, Settings: map[config.Field]string{
			"tunnel": "ngrok", "public_url": "https://theirs.example", "listen": "127.0.0.1:4321", "ngrok_domain": "theirs.ngrok.app",
		},
	}}
	s := e.Settings()
	if s.Tunnel != "ngrok" || !s.Host || s.EventTypes[0] != "host:machine_offline" || s.TunnelValues["public_url"] != "https://theirs.example" || s.TunnelValues["listen"] != "127.0.0.1:4321" || s.TunnelValues["ngrok_domain"] != "theirs.ngrok.app" {
		t.Errorf("got %+v in force, want the environment's", s)
	}
	s.Label, s.Form = "Ops alerts", config.FormText // what a person changes meanwhile
	if err := e.Change(to(s)); err != nil {
		t.Fatal(err)
	}
	stored.InstallationID, stored.Label, stored.Form = kept.InstallationID(), s.Label, s.Form
	if got := kept.Settings(); !reflect.DeepEqual(got, stored) {
		t.Errorf("got %+v kept, want %+v", got, stored)
	}
}

// TestTheNextMessageIsInTheLanguageInForce asks as the sender does, for each message.
func TestTheNextMessageIsInTheLanguageInForce(t *testing.T) {
	t.Cleanup(func() { words.Use(words.English()) })
	kept, err := config.Open(filepath.Join(t.TempDir(), "settings.json"), tunneltest.Vendors())
	if err != nil {
		t.Fatal(err)
	}
	e := effective{Config: kept}
	sender := googlechat.New(googlechat.Options{Words: e.messageWords})
	defer sender.Close()
	const english, german = "Instance outbid", "Instanz überboten"
	for _, tt := range []struct{ name, windows, chosen, want string }{
		{"none is chosen", "en", "", english},
		{"the windows alone change", "de", "", english},
		{"one is chosen", "de", "de", german},
		{"the windows change, the choice stays", "en", "de", german},
		{"a language of another version", "en", "tlh", english},
	} {
		words.Use(words.Choose(tt.windows))
		if err := e.Change(to(config.Settings{General: config.General{ChatLanguage: tt.chosen}})); err != nil {
			t.Fatal(err)
		}
		if got := sender.Preview(relay.Event{Role: relay.RoleClient, Type: "outbid", ID: "e1", Subject: "#7"}, relay.RungCard).Title; got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// to makes the settings s, whatever they were.
func to(s config.Settings) func(*config.Settings) error {
	return func(c *config.Settings) error {
		*c = s
		return nil
	}
}
