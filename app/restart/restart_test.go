package restart

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestReplaced(t *testing.T) {
	earlier := time.Now().Add(-time.Hour)
	for name, tt := range map[string]struct {
		change func(t *testing.T, path string)
		want   bool
	}{
		"nothing has changed": {func(*testing.T, string) {}, false},
		"another file was put in its place, as packages do": {func(t *testing.T, path string) {
			write(t, path+".new", "program", earlier)
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		}, true},
		"it was written over":                    {func(t *testing.T, path string) { write(t, path, "another program", earlier) }, true},
		"it was written over with the same size": {func(t *testing.T, path string) { write(t, path, "PROGRAM", time.Now()) }, true},
		"it was removed": {func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}, false},
		"a folder has its name": {func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "vastrelay")
			write(t, path, "program", earlier)
			p := at(path)
			tt.change(t, path)
			if got := p.Replaced(); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	if (&Program{}).Replaced() || at(filepath.Join(t.TempDir(), "absent")).Replaced() {
		t.Error("a program whose file is not known was replaced")
	}
	if Running().Replaced() {
		t.Error("this program was replaced")
	}
}

func write(t *testing.T, path, content string, at time.Time) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

// startedVariable makes the test binary say that it was started, and with what.
const startedVariable = "VASTRELAY_TEST_STARTED"

func TestMain(m *testing.M) {
	if path := os.Getenv(startedVariable); path != "" {
		_ = os.WriteFile(path+".new", []byte(os.Args[1]), 0o600)
		_ = os.Rename(path+".new", path)
		return
	}
	os.Exit(m.Run())
}

func TestStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "started")
	t.Setenv(startedVariable, path)
	p := Running()
	if p.Wanted() {
		t.Error("a restart is wanted that nobody asked for")
	}
	if p.Want(); !p.Wanted() {
		t.Error("the wish is forgotten")
	}
	if err := p.Start([]string{"--hidden"}); err != nil {
		t.Fatal(err)
	}
	for limit := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if content, err := os.ReadFile(path); err == nil {
			if string(content) != "--hidden" {
				t.Errorf("got %q, want the arguments", content)
			}
			return
		}
		if time.Now().After(limit) {
			t.Fatal("nothing was started")
		}
	}
}
