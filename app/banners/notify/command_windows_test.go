package notify

import (
	"encoding/base64"
	"encoding/binary"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/sys/windows/registry"
)

// TestTextsAreValuesToPowerShell has texts in it that would be commands in a script.
func TestTextsAreValuesToPowerShell(t *testing.T) {
	const id, title, body = "app.vastrelay.test", `Ops' "; Remove-Item C:\ #`, "über $env:PATH\n`whoami`"
	t.Setenv("PSModulePath", `C:\Program Files\PowerShell\7\Modules`)
	t.Cleanup(func() { _ = registry.DeleteKey(registry.CURRENT_USER, `Software\Classes\AppUserModelId\`+id) })
	cmd, err := New(Options{Name: "Vast Relay test", ID: id}).command(t.Context(), Notification{Title: title, Body: body})
	if err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(cmd.Path) || filepath.Base(cmd.Path) != "powershell.exe" || !cmd.SysProcAttr.HideWindow {
		t.Errorf("got %s with a window: %v, want that of the system, without one", cmd.Path, !cmd.SysProcAttr.HideWindow)
	}
	for _, want := range []string{"VASTRELAY_TOAST_APP=" + id, "VASTRELAY_TOAST_TITLE=" + title, "VASTRELAY_TOAST_TEXT=" + body} {
		if !slices.Contains(cmd.Env, want) {
			t.Errorf("the environment lacks %q", want)
		}
	}
	if slices.ContainsFunc(cmd.Env, namesModules) {
		t.Error("the modules of another PowerShell are in the environment")
	}
	if all := strings.Join(cmd.Args, " "); strings.Contains(all, "Ops") || decoded(t, cmd.Args[len(cmd.Args)-1]) != script {
		t.Errorf("got the command %q, want the script alone in it", cmd.Args)
	}
	key, err := registry.OpenKey(registry.CURRENT_USER, `Software\Classes\AppUserModelId\`+id, registry.QUERY_VALUE)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = key.Close() }()
	if name, _, err := key.GetStringValue("DisplayName"); err != nil || name != "Vast Relay test" {
		t.Errorf("got the name %q, %v in the registry", name, err)
	}
}

// decoded is a script as PowerShell reads it.
func decoded(t *testing.T, encoded string) string {
	t.Helper()
	content, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	var units []uint16
	for i := 0; i+1 < len(content); i += 2 {
		units = append(units, binary.LittleEndian.Uint16(content[i:]))
	}
	return string(utf16.Decode(units))
}
