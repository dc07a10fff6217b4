package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
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

func TestLogFileIsReplacedWhenItIsFull(t *testing.T) {
	dir := t.TempDir()
	red := diagnostics.NewRedactor()
	red.Add(relay.NewSecret("planted-secret-value"))
	log, file := openLog(dir, slog.LevelInfo, red, nil)
	line := strings.Repeat("a line of a long run ", 50)
	for range (logMegabytes + 1) << 20 / len(line) {
		log.Info(line, "header", "planted-secret-value")
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "vastrelay*.log"))
	if err != nil || len(files) != 2 {
		t.Fatalf("got files %q, %v, want the log and the one before it", files, err)
	}
	for _, path := range files {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if size, mode := info.Size(), info.Mode().Perm(); size > logMegabytes<<20 || runtime.GOOS != "windows" && mode != 0o600 {
			t.Errorf("%s: got %d bytes under mode %v, want at most %d MiB and nobody else to read it", filepath.Base(path), size, mode, logMegabytes)
		}
		content, err := os.ReadFile(path) //nolint:gosec // The test's own folder.
		if err != nil || strings.Contains(string(content), "planted") {
			t.Errorf("%s: got the secret in it, %v", filepath.Base(path), err)
		}
	}
}
