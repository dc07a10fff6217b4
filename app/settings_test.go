package app

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
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

// A choice that the environment decides otherwise would seem to be saved and change
// nothing.
func TestAChoiceThatTheEnvironmentDecidesIsRefused(t *testing.T) {
	env, err := config.FromEnv(func(name string) string {
		return map[string]string{"VASTRELAY_CHAT_LANGUAGE": "de", "VASTRELAY_TUNNEL": "url", "VASTRELAY_PUBLIC_URL": "https://a.example", "VASTRELAY_EVENTS": "client:outbid"}[name]
	}, nil, config.Credentials{}, tunneltest.Vendors(), languageTags())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*config.Settings)
		field  config.Field // empty: it is not refused
		says   string
	}{
		{"another language of messages", func(s *config.Settings) { s.General.ChatLanguage = "en" }, config.FieldChatLanguage, "VASTRELAY_CHAT_LANGUAGE in the environment decides this"},
		{"another tunnel", func(s *config.Settings) { s.Tunnel = "ngrok" }, config.FieldTunnel, "VASTRELAY_TUNNEL in"},
		{"another address", func(s *config.Settings) { s.TunnelValues["public_url"] = "https://b.example" }, "public_url", "VASTRELAY_PUBLIC_URL in"},
		{"the same address, spelled otherwise", func(s *config.Settings) { s.TunnelValues["public_url"] = " https://A.example/ " }, "", ""},
		{"other events", func(s *config.Settings) { s.EventTypes = nil }, config.FieldEventTypes, "VASTRELAY_EVENTS in"},
		{"what the environment says nothing of", func(s *config.Settings) { s.Label = "Ops" }, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			kept, err := config.Open(filepath.Join(t.TempDir(), "settings.json"), tunneltest.Vendors())
			if err != nil {
				t.Fatal(err)
			}
			e := effective{Config: kept, env: env}
			err = e.Change(func(s *config.Settings) error { tt.change(s); return nil })
			wrong, refused := errors.AsType[config.ValidationError](err)
			if refused != (tt.field != "") || !refused && err != nil || refused && !strings.Contains(wrong.Sentence(tt.field), tt.says) {
				t.Errorf("got %v, want %q at %q", err, tt.says, tt.field)
			}
		})
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
