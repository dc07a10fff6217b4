package app_test

import (
	"bytes"
	"encoding/binary"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

func TestAStartOnAFullDisk(t *testing.T) {
	t.Parallel()
	for name, earlier := range map[string]bool{"for the first time": false, "after an earlier run": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disk := fullDisk(t, 8)
			w, listen := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
			w.dir = filepath.Join(disk, "data")
			secret := "of no webhook yet"
			if earlier {
				c := w.start(t, nil)
				c.reach(status.Relaying)
				w.emit(t, vasttest.Emission{Subject: "before the disk was full"})
				eventually(t, "the event stands in Chat", func() bool { return w.count("before the disk was full") == 1 })
				c.stop()
				secret = w.vast.Secret(w.hooks()[0].ID)
			}
			hooks := len(w.hooks())
			filler := filepath.Join(disk, "filler")
			if err := fill(filler); err == nil {
				t.Fatal("the disk does not get full")
			}

			c := w.start(t, nil)
			c.reach(status.Attention)
			eventually(t, "the person is told that the disk is full", func() bool {
				s, ok := c.snapshot()
				return ok && s.Headline.String() == "Events cannot be written to disk" && strings.Contains(s.Cause.String(), "The disk is full")
			})
			code := 0
			eventually(t, "an answer at the address", func() bool {
				code = w.deliver(t.Context(), listen, secret, `{"event_id":"early","type":"outbid"}`)
				return code != 0
			})
			if code != http.StatusServiceUnavailable {
				t.Errorf("on the full disk: got %d, want 503", code)
			}
			if got := len(w.hooks()); got != hooks {
				t.Errorf("got %d webhooks, want %d: none may be made that a crash would orphan", got, hooks)
			}

			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
			c.reach(status.Relaying) // by itself
			w.emit(t, vasttest.Emission{Subject: "once there was room"})
			eventually(t, "the event stands in Chat", func() bool { return w.count("once there was room") == 1 })
			if code, _ := c.stop(); code != 0 || len(w.hooks()) != 1 {
				t.Errorf("got exit code %d and %d webhooks, want 0 and one", code, len(w.hooks()))
			}
		})
	}
}

// removeAtOnce removes a folder into which a program writes meanwhile: that can make
// new files in it by its name alone.
func removeAtOnce(dir string) error {
	if err := os.Rename(dir, dir+"-going"); err != nil {
		return err
	}
	return os.RemoveAll(dir + "-going")
}

func TestADataFolderThatIsGoneUnderARunningProgram(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be deleted on Windows")
	}
	t.Parallel()
	for name, tt := range map[string]struct {
		move   func(dir string) error
		second int // the exit code of a second copy; -1: it can start
	}{
		"the folder is deleted":         {removeAtOnce, -1},
		"the folder is renamed":         {func(dir string) error { return os.Rename(dir, dir+"-away") }, -1},
		"the database alone is deleted": {func(dir string) error { return os.Remove(filepath.Join(dir, "events.db")) }, 1},
		"the lock alone is deleted":     {func(dir string) error { return os.Remove(filepath.Join(dir, "lock")) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, listen := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
			c := w.start(t, nil)
			c.reach(status.Relaying)
			secret := w.vast.Secret(w.hooks()[0].ID)
			if got := w.deliver(t.Context(), listen, secret, `{"event_id":"before"}`); got != http.StatusNoContent {
				t.Fatalf("before: got %d, want 204", got)
			}
			if err := tt.move(w.dir); err != nil {
				t.Fatal(err)
			}
			if got := w.deliver(t.Context(), listen, secret, `{"event_id":"after"}`); got != http.StatusServiceUnavailable {
				t.Errorf("a new event: got %d, want 503", got)
			}
			if got := w.deliver(t.Context(), listen, secret, `{"event_id":"before"}`); got != http.StatusServiceUnavailable {
				t.Errorf("an event that is known: got %d, want 503", got)
			}
			if s := c.reach(status.Attention); !strings.Contains(s.Cause.String(), "moved, replaced or deleted") {
				t.Errorf("got %q %q, want the person told", s.Headline, s.Cause)
			}
			eventually(t, "what was accepted before stands in Chat", func() bool { return w.count("before") == 1 })
			if tt.second >= 0 {
				second := w.start(t, nil)
				second.wait()
				if second.code != tt.second || !strings.Contains(second.stderr.String(), "already running") {
					t.Errorf("a second copy: got exit code %d and %q, want it refused", second.code, second.stderr)
				}
			}
		})
	}
}

func TestAMovedDataFolderIsNoticedWithoutAnEvent(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be moved on Windows")
	}
	t.Parallel()
	w, _ := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
	c := w.start(t, nil)
	c.reach(status.Relaying)
	if err := os.Rename(w.dir, w.dir+"-away"); err != nil {
		t.Fatal(err)
	}
	c.reach(status.Attention)
	if err := os.Rename(w.dir+"-away", w.dir); err != nil {
		t.Fatal(err)
	}
	c.reach(status.Relaying) // put back, it is used again
	w.emit(t, vasttest.Emission{Subject: "after it was put back"})
	eventually(t, "the event stands in Chat", func() bool { return w.count("after it was put back") == 1 })
}

// asNewer makes a file of the data folder one of a newer version.
func asNewer(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path) //nolint:gosec // The test's own folder.
	if err != nil {
		t.Fatal(err)
	}
	switch filepath.Base(path) {
	case "events.db":
		const userVersion = 60 // https://www.sqlite.org/fileformat.html#the_database_header
		binary.BigEndian.PutUint32(content[userVersion:], 99)
	case "secrets.sealed":
		content = bytes.Replace(content, []byte(`"version": 1`), []byte(`"version": 7, "kdf": "argon2id"`), 1)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDataOfANewerVersionIsLeftAsItIs(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{"events.db": "The events in the data folder were made by a newer version", "secrets.sealed": "The stored secrets in the data folder were made by a newer version"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
			c := w.start(t, nil)
			c.reach(status.Relaying)
			c.stop()
			asNewer(t, filepath.Join(w.dir, name))
			before := w.data(t)
			c = w.start(t, nil)
			c.wait()
			if c.code != 2 || !strings.Contains(c.stderr.String(), says) || strings.Count(c.stderr.String(), "vastrelay: ") != 1 {
				t.Errorf("got exit code %d and %q, want 2 and one sentence: %q", c.code, c.stderr, says)
			}
			after := w.data(t)
			for file, content := range before {
				if after[file] != content {
					t.Errorf("%s was changed", file)
				}
			}
			if len(after) != len(before) {
				t.Errorf("got %d files, want the %d that there were", len(after), len(before))
			}
		})
	}
}

// data reads the files of the data folder but for logs.
func (w *world) data(t *testing.T) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".log") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(w.dir, e.Name())) //nolint:gosec // The test's own folder.
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(content)
	}
	return files
}

func TestSettingsOfANewerVersionAreKeptByARun(t *testing.T) {
	t.Parallel()
	w, _ := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(w.dir, "settings.json")
	const newer = `{"installation_id":"abcd1234","form":"markdown","threads":"day","quiet_hours":{"from":"22:00"}}`
	if err := os.WriteFile(path, []byte(newer), 0o600); err != nil {
		t.Fatal(err)
	}
	c := w.start(t, nil)
	s := c.reach(status.Relaying) // which saves the space of the Chat URL
	for _, part := range []string{"markdown", "day", "quiet_hours"} {
		if content, err := os.ReadFile(path); err != nil || !strings.Contains(string(content), part) || !strings.Contains(string(content), space) { //nolint:gosec // The test's own folder.
			t.Errorf("got %s, %v, want %s in it beside the space", content, err, part)
		}
		if !strings.Contains(s.Notice.String(), part) {
			t.Errorf("got notice %q, want %s shown as not known", s.Notice, part)
		}
	}
	w.emit(t, vasttest.Emission{Subject: "in the default form"})
	eventually(t, "the event stands in Chat", func() bool { return w.count("in the default form") == 1 })
}
