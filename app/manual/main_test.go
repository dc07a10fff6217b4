package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vastrelay/app"
)

func TestManual(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "0")
	share, again := t.TempDir(), t.TempDir()
	for _, dir := range []string{share, again} {
		if err := write(app.CommandLine(), dir); err != nil {
			t.Fatal(err)
		}
	}
	for path, parts := range map[string][]string{
		"man/man1/vastrelay.1":                     {`.TH "VASTRELAY" "1" "Jan 1970"`, ".SH EXIT STATUS", ".SH ENVIRONMENT", `--headless`, "vastrelay-status(1)"},
		"man/man1/vastrelay-events.1":              {"--since", "--limit", "vastrelay events --outcome failed"},
		"man/man1/vastrelay-webhooks-replace.1":    {"four is the limit"},
		"bash-completion/completions/vastrelay":    {"__complete", "complete -o default"},
		"zsh/site-functions/_vastrelay":            {"#compdef vastrelay"},
		"fish/vendor_completions.d/vastrelay.fish": {"complete -c vastrelay"},
	} {
		content, err := os.ReadFile(filepath.Join(share, path)) // #nosec G304 -- the test's own
		if err != nil {
			t.Error(err)
			continue
		}
		for _, part := range parts {
			if !strings.Contains(string(content), part) {
				t.Errorf("%s does not hold %q", path, part)
			}
		}
		if second, err := os.ReadFile(filepath.Join(again, path)); err != nil || string(second) != string(content) { // #nosec G304 -- the test's own
			t.Errorf("%s differs from one run to the next: %v", path, err)
		}
	}
}

// TestTheScriptsAreRead has each shell that is there read its script.
func TestTheScriptsAreRead(t *testing.T) {
	share := t.TempDir()
	if err := write(app.CommandLine(), share); err != nil {
		t.Fatal(err)
	}
	for shell, path := range map[string]string{
		"bash": "bash-completion/completions/vastrelay", "zsh": "zsh/site-functions/_vastrelay", "fish": "fish/vendor_completions.d/vastrelay.fish",
	} {
		if _, err := exec.LookPath(shell); err != nil {
			t.Logf("%s is not there", shell)
			continue
		}
		out, err := exec.CommandContext(t.Context(), shell, "-n", filepath.Join(share, path)).CombinedOutput() // #nosec G204 -- the test's own
		if err != nil || len(out) > 0 {
			t.Errorf("%s: %v %s", shell, err, out)
		}
	}
}

func TestAFolderThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(app.CommandLine(), file); err == nil {
		t.Error("got nil, want an error")
	}
}
