package app_test

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vastrelay/app"
	"vastrelay/app/control"
	"vastrelay/app/desktop"
	"vastrelay/app/status"
	"vastrelay/relay/winetest"
)

// secondStart starts the program once more, on a display, and returns its exit
// code and what it said. It must open no window.
func (w *world) secondStart(t *testing.T, display string) (code int, said string) {
	t.Helper()
	var text lockedBuffer
	code = app.Run(t.Context(), app.Invocation{
		Args: []string{"--data-dir", w.dir}, Stdout: &text, Stderr: &text,
		Getenv: func(name string) string {
			if name == "DISPLAY" {
				return display
			}
			return w.env[name]
		},
		Window: func(context.Context, app.Desktop, bool) error {
			t.Error("the second start opened a window of its own")
			return nil
		},
	})
	return code, text.String()
}

func TestASecondStartSaysWhereTheFirstIs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, first, second, says string
		code                      int
	}{
		{"on the same display it shows the window", ":0", ":0.0", "", 0},
		{"on another display it names the first's", ":0", ":1", "on the display :0", 1},
		{"in a terminal without a display as well", ":0", "", "on the display :0", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			winetest.Needs(t, winetest.LocalSockets)
			w := newWorld(t)
			w.env["DISPLAY"] = tt.first
			w.desktop(t, pasted, func(context.Context, app.Desktop) {
				code, said := w.secondStart(t, tt.second)
				if code != tt.code || !strings.Contains(said, tt.says) || strings.Count(said, "\n") != tt.code {
					t.Errorf("got exit code %d and %q, want %d and one line with %q", code, said, tt.code, tt.says)
				}
			})
		})
	}
	t.Run("a copy without a window says so at once", func(t *testing.T) {
		t.Parallel()
		winetest.Needs(t, winetest.LocalSockets)
		w := newWorld(t)
		w.start(t, nil).reach(status.Relaying)
		began := time.Now()
		if code, said := w.secondStart(t, ":0"); code != 1 || !strings.Contains(said, "already running") || !strings.Contains(said, "without a window") {
			t.Errorf("got exit code %d and %q, want 1 and to be told", code, said)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("took %v, want it at once", took)
		}
	})
}

// TestTwoStartsAtOnce holds the folder as a first start does that is not yet
// up.
func TestTwoStartsAtOnce(t *testing.T) {
	t.Parallel()
	const startTakes = 1500 * time.Millisecond
	t.Run("the second waits until the first can show its window", func(t *testing.T) {
		t.Parallel()
		winetest.Needs(t, winetest.LocalSockets)
		w := newWorld(t)
		lock, err := desktop.LockFolder(w.dir)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = lock.Close() }()
		ctx, cancel := context.WithCancel(t.Context())
		shown, ended := make(chan struct{}, 1), make(chan error, 1)
		up := time.AfterFunc(startTakes, func() {
			ended <- control.Serve(ctx, w.dir, control.Handlers{SecondStart: func(control.Request) control.Answer {
				shown <- struct{}{}
				return control.Answer{Shown: true}
			}})
		})
		defer up.Stop()
		code, said := w.secondStart(t, ":0")
		if code != 0 || len(shown) != 1 {
			t.Errorf("got exit code %d, %q and %d shows, want the first's window shown", code, said, len(shown))
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Run("the second starts where the first ends", func(t *testing.T) {
		t.Parallel()
		winetest.Needs(t, winetest.LocalSockets)
		w := newWorld(t)
		lock, err := desktop.LockFolder(w.dir)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(startTakes, func() { _ = lock.Close() })
		opened := false
		if code, said := w.desktop(t, pasted, func(context.Context, app.Desktop) { opened = true }); code != 0 || !opened {
			t.Errorf("got exit code %d, %q, a window: %v; want it started", code, said, opened)
		}
	})
}

func TestASecondStartBesideACopyThatHangs(t *testing.T) {
	t.Parallel()
	says := "does not answer"
	if winetest.Running() { // where no copy can be asked, and it says so at once
		says = "already running with this data folder. Open it"
	}
	for _, tt := range []struct {
		name string
		hang func(t *testing.T, path string)
	}{
		{"which accepts nobody, as when it is suspended", func(t *testing.T, path string) {
			winetest.Needs(t, winetest.LocalSockets)
			listener, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = listener.Close() })
		}},
		{"which accepts and is silent", func(t *testing.T, path string) { hole(t, "unix", path) }},
		{"which has no socket", func(*testing.T, string) {}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			lock, err := desktop.LockFolder(w.dir)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = lock.Close() }()
			tt.hang(t, filepath.Join(w.dir, "socket"))
			began := time.Now()
			code, said := w.secondStart(t, ":0")
			if code != 1 || !strings.Contains(said, says) || strings.Count(said, "\n") != 1 {
				t.Errorf("got exit code %d and %q, want 1 and one line that says what is the matter", code, said)
			}
			if took := time.Since(began); took > 15*time.Second {
				t.Errorf("took %v, want some seconds", took)
			}
		})
	}
}
