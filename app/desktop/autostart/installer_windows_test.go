package autostart

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheInstallerWritesTheSameEntry keeps the program from being opened twice: the
// installer offers to open it at login as well.
func TestTheInstallerWritesTheSameEntry(t *testing.T) {
	installer, err := os.ReadFile(filepath.FromSlash("../../../assets/packaging/windows/installer.nsi"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`!define RUN "` + runKey + `"`,
		`!define RUN_VALUE "` + valueName + `"`,
		`!define APPROVED "` + approvedKey + `"`,
		`WriteRegStr HKCU "${RUN}" "${RUN_VALUE}"`,
		`DeleteRegValue HKCU "${RUN}" "${RUN_VALUE}"`,
	} {
		if !strings.Contains(string(installer), line) {
			t.Errorf("the installer lacks %s", line)
		}
	}
}
