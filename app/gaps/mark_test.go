package gaps

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestMark(t *testing.T) {
	at := time.Date(2026, 11, 28, 9, 12, 31, 987654321, time.FixedZone("", 3600))
	m := mark{filepath.Join(t.TempDir(), "reachable.txt")}
	if got, err := m.load(); err != nil || !got.IsZero() {
		t.Errorf("without a file: got %v, %v; want none", got, err)
	}
	for _, want := range []time.Time{at, at.AddDate(0, 0, 1), at.Add(-time.Hour)} {
		if err := m.save(want); err != nil {
			t.Fatal(err)
		}
		if got, err := m.load(); err != nil || !got.Equal(want.Truncate(time.Second)) {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
	}
	if info, err := os.Stat(m.path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v; want 0600", info.Mode(), err)
	}
	for name, content := range map[string]string{"empty": "", "torn": "2026-11-28T0", "not a time": "yes\n", "too long": strings.Repeat("0", 1000)} {
		if err := os.WriteFile(m.path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := m.load(); err == nil || !got.IsZero() {
			t.Errorf("%s: got %v, %v; want an error and no moment", name, got, err)
		}
		if err := m.save(at); err != nil {
			t.Fatal(err)
		}
		if got, err := m.load(); err != nil || got.IsZero() {
			t.Errorf("%s, then saved: got %v, %v", name, got, err)
		}
	}
	if err := (mark{filepath.Join(t.TempDir(), "gone", "reachable.txt")}).save(at); err == nil {
		t.Error("got no error without a folder")
	}
}
