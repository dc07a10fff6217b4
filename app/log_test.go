package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vastrelay/app/diagnostics"
	"vastrelay/relay"
)

func TestLogFile(t *testing.T) {
	dir := t.TempDir()
	red := diagnostics.NewRedactor()
	red.Add(relay.NewSecret("planted-secret-value"))
	var also strings.Builder
	log, file := openLog(dir, slog.LevelInfo, red, &also)
	log.Info("first", "header", "planted-secret-value")
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "vastrelay.log")
	content, err := os.ReadFile(path) //nolint:gosec // The test's own folder.
	if err != nil {
		t.Fatal(err)
	}
	for where, got := range map[string]string{"file": string(content), "standard error": also.String()} {
		if !strings.Contains(got, "first") || strings.Contains(got, "planted") {
			t.Errorf("%s: got %q, want the line without the secret", where, got)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	log.Info("after the end")
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("got %v, want no file opened after the end", err)
	}
}
