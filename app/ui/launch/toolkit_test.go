package launch

import (
	"bytes"
	"log"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/ui"
	"vastrelay/app/words"
)

// lateFolder is a temporary folder into which the toolkit may still write after
// the test has ended: it watches its folders, and makes them anew when they go.
func lateFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "vastrelay-launch-") //nolint:usetesting // t.TempDir fails the test for such a late write.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

// collectedLog collects what the toolkit says. It stays in place: the toolkit
// complains of watched folders that go with the test.
type collectedLog struct {
	mu   sync.Mutex
	said strings.Builder
}

func (l *collectedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.Write(p)
}

func (l *collectedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.String()
}

func TestToolkitKeepsNoPreferences(t *testing.T) {
	for _, c := range []struct {
		name, left string // what an earlier run left; "-" for nothing
	}{
		{"at a first start", "-"},
		{"beside the file of an earlier version", `{"main.width":1e30}`},
		{"beside a file that was cut off", `{"main.wid`},
		{"beside a file that was cut off at its beginning", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, name := range []string{"TMPDIR", "TMP", "HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"} {
				t.Setenv(name, lateFolder(t))
			}
			path := filepath.Join(toolkitFolder(), ID, "preferences.json")
			if c.left != "-" {
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(c.left), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			said := &collectedLog{}
			log.SetOutput(said)
			a := newApp("1.2.3")
			t.Cleanup(func() { test.NewTempApp(t) }) // so that no later test meets this one
			if got := a.Preferences().Float("main.width"); got != 0 {
				t.Errorf("read a width of %v from the file of an earlier version, want none", got)
			}
			a.Preferences().SetString("folder", "/home/ada") // as the toolkit's file dialog does
			if got := a.Preferences().String("folder"); got != "/home/ada" {
				t.Errorf("within a run, got %q, want what was set", got)
			}
			if _, err := os.Stat(path); !os.IsNotExist(err) {
				t.Errorf("the preferences are in a file after a change, error %v", err)
			}
			ended, ok := a.Lifecycle().(interface{ OnStopped() func() })
			if !ok {
				t.Fatal("the toolkit does not say what it does at its end")
			}
			if f := ended.OnStopped(); f != nil {
				f()
			}
			if _, err := os.Stat(path); !os.IsNotExist(err) {
				t.Errorf("the preferences are in a file after the end, error %v", err)
			}
			if strings.Contains(said.String(), "Preferences") {
				t.Errorf("the toolkit says:\n%s", said)
			}
		})
	}
}

func TestWindowFile(t *testing.T) {
	if windowStore("") != nil {
		t.Error("something is kept without a file")
	}
	path := filepath.Join(t.TempDir(), "window.json")
	want := ui.WindowState{Width: 1200, Height: 700, Split: 0.3}
	if err := windowStore(path).Save(want); err != nil {
		t.Fatal(err)
	}
	if got, err := windowStore(path).Load(); got != want || err != nil {
		t.Errorf("got %v, error %v; want %v", got, err, want)
	}
	alone := filepath.Join(t.TempDir(), "window.json") // without an older copy
	for _, damaged := range []string{"", "{", `{"width":1e999}`, `{"width":"wide"}`, "[]"} {
		if err := os.WriteFile(alone, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := windowStore(alone).Load(); got != (ui.WindowState{}) {
			t.Errorf("%q: got %v, error %v; want no size", damaged, got, err)
		}
	}
}

// TestTheToolkitSpeaksTheLanguageInUse takes a word of the menu of an entry,
// whatever the system speaks.
func TestTheToolkitSpeaksTheLanguageInUse(t *testing.T) {
	t.Cleanup(func() {
		words.Use(words.English())
		if err := translateToolkit(); err != nil {
			t.Error(err)
		}
	})
	for _, tt := range []struct{ tag, want string }{{"de", "Alles auswählen"}, {"en", "Select all"}, {"de", "Alles auswählen"}} {
		words.Use(words.Choose(tt.tag))
		if err := translateToolkit(); err != nil {
			t.Fatal(err)
		}
		if got := lang.L("Select all"); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.tag, got, tt.want)
		}
	}
}

func TestTheToolkitsTrayIsNotHeard(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		passes     bool
	}{
		{"what the tray says of a lost bus", "systray error: failed to emit layout updated signal: dbus: connection closed by user", false},
		{"what anything else says", "Fyne error:  window creation error", true},
		{"what only sounds alike", "systray is fine", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var said bytes.Buffer
			before := log.Writer()
			log.SetOutput(&said)
			defer log.SetOutput(before)
			restore := filterToolkitLog()
			log.Print(tt.line)
			restore()
			if got := said.Len() > 0; got != tt.passes {
				t.Errorf("got it printed: %v, want %v", got, tt.passes)
			}
			log.Print("afterwards")
			if !bytes.Contains(said.Bytes(), []byte("afterwards")) {
				t.Error("the logger was not restored")
			}
		})
	}
}
