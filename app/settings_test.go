package app

import (
	"path/filepath"
	"reflect"
	"testing"

	"vastrelay/app/config"
)

func TestWhatTheEnvironmentSaysIsNotSaved(t *testing.T) {
	kept, err := config.Open(filepath.Join(t.TempDir(), "settings.json"))
	if err != nil {
		t.Fatal(err)
	}
	stored := config.Settings{EventTypes: []string{"client:outbid"}, Tunnel: config.TunnelURL, PublicURL: "https://mine.example", Listen: "127.0.0.1:1234", NgrokDomain: "mine.ngrok.app"}
	if err := kept.Save(stored); err != nil {
		t.Fatal(err)
	}
	e := effective{Config: kept, env: config.Env{
		Events: []string{"host:machine_offline"}, Tunnel: config.TunnelNgrok, PublicURL: "https://theirs.example", Listen: "127.0.0.1:4321", NgrokDomain: "theirs.ngrok.app",
	}}
	s := e.Settings()
	if s.Tunnel != config.TunnelNgrok || !s.Host || s.EventTypes[0] != "host:machine_offline" || s.PublicURL != "https://theirs.example" || s.Listen != "127.0.0.1:4321" || s.NgrokDomain != "theirs.ngrok.app" {
		t.Errorf("got %+v in force, want the environment's", s)
	}
	s.Label, s.Form = "Ops alerts", config.FormText // what a person changes meanwhile
	if err := e.Save(s); err != nil {
		t.Fatal(err)
	}
	stored.InstallationID, stored.Label, stored.Form = kept.InstallationID(), s.Label, s.Form
	if got := kept.Settings(); !reflect.DeepEqual(got, stored) {
		t.Errorf("got %+v kept, want %+v", got, stored)
	}
}
