package config

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/tunneltest"
)

func TestAReplacementThatFailsLeavesTheOldContent(t *testing.T) {
	errDisk := errors.New("disk trouble")
	for _, c := range []struct {
		name   string
		broken func(*steps)
		want   string // what the file holds afterwards
	}{
		{"the disk fills up half way", func(s *steps) {
			s.write = func(f *os.File, data []byte) error { _, _ = f.Write(data[:1]); return errDisk }
		}, "old"},
		{"the sync of the content fails", func(s *steps) { s.sync = func(*os.File) error { return errDisk } }, "old"},
		{"the rename fails", func(s *steps) { s.rename = func(string, string) error { return errDisk } }, "old"},
		{"the sync of the folder fails", func(s *steps) { s.syncDir = func(string) error { return errDisk } }, "new"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			if err := ReplaceFile(path, []byte("old")); err != nil {
				t.Fatal(err)
			}
			s := osSteps()
			c.broken(&s)
			if err := s.replace(path, []byte("new")); !errors.Is(err, errDisk) {
				t.Errorf("got %v, want the cause", err)
			}
			if got, _ := os.ReadFile(path); string(got) != c.want {
				t.Errorf("content: got %q, want %q", got, c.want)
			}
			if names := namesIn(t, filepath.Dir(path)); !slices.Equal(names, []string{"file"}) {
				t.Errorf("folder: got %v, want the file alone", names)
			}
		})
	}
}

func TestAReplacementSyncsTheContentBeforeTheRenameAndTheFolderAfter(t *testing.T) {
	var order []string
	s := osSteps()
	note := func(step string) { order = append(order, step) }
	write, sync, rename, syncDir := s.write, s.sync, s.rename, s.syncDir
	s.write = func(f *os.File, data []byte) error { note("write"); return write(f, data) }
	s.sync = func(f *os.File) error { note("sync"); return sync(f) }
	s.rename = func(from, to string) error { note("rename"); return rename(from, to) }
	s.syncDir = func(dir string) error { note("sync folder"); return syncDir(dir) }
	if err := s.replace(filepath.Join(t.TempDir(), "file"), []byte("x")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"write", "sync", "rename", "sync folder"}; !slices.Equal(order, want) {
		t.Errorf("got %v, want %v", order, want)
	}
}

func TestALeftoverOfACrashIsNeitherReadNorFollowed(t *testing.T) {
	dir := t.TempDir()
	path, victim := filepath.Join(dir, "file"), filepath.Join(dir, "victim")
	if err := os.WriteFile(victim, []byte("untouched"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, path+".tmp"); err != nil {
		t.Skip("no symbolic links here")
	}
	if err := ReplaceFile(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(victim); string(got) != "untouched" {
		t.Errorf("the link was followed: got %q", got)
	}
	if got := modeOf(t, path); runtime.GOOS != "windows" && got != 0o600 {
		t.Errorf("mode: got %o, want 600", got)
	}
}

func TestSetAsideNeverOverwrites(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, content := range []string{"one", "two", "three"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		aside, err := SetAside(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(aside); string(got) != content {
			t.Errorf("%s: got %q, want %q", aside, got, content)
		}
	}
	if got, want := namesIn(t, dir), []string{"file.damaged", "file.damaged-2", "file.damaged-3"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := SetAside(path); err == nil {
		t.Error("a missing file: got nil, want an error")
	}
}

func TestLoadOfAMissingFileIsTheZeroValue(t *testing.T) {
	f := NewFile[[]string](filepath.Join(t.TempDir(), "list"))
	if got, err := f.Load(); err != nil || got != nil {
		t.Errorf("got %v, %v, want nil, nil", got, err)
	}
	if err := f.Save([]string{"a", "b"}); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Load(); err != nil || !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("got %v, %v, want the list", got, err)
	}
	if err := NewFile[chan int](filepath.Join(t.TempDir(), "x")).Save(nil); err == nil {
		t.Error("a value that JSON cannot hold: got nil, want an error")
	}
}

func TestDamagedErrorSaysWhereTheFileIs(t *testing.T) {
	cause := errors.New("cause")
	for want, err := range map[string]*DamagedError{
		"a.json is damaged: cause":                                     {Path: "/d/a.json", Err: cause},
		"a.json is damaged and was set aside as a.json.damaged: cause": {Path: "/d/a.json", Aside: "/d/a.json.damaged", Err: cause},
	} {
		if got := err.Error(); got != want || !errors.Is(err, cause) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func FuzzSettingsFile(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", `{"installation_id":"abcd1234"}`, `{"installation_id":"abcd1234","event_types":["client:outbid"],"tunnel":"url","public_url":"https://a.example"}`,
		`{"installation_id":5}`, `[`, "\x00\x00", `{"installation_id":"abcd1234"}trailing`,
	} {
		f.Add([]byte(seed))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(dir, "settings.json")
		_ = os.Remove(path + ".damaged")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Open(path, tunneltest.Vendors())
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		if !validID(c.InstallationID()) {
			t.Errorf("got id %q", c.InstallationID())
		}
		again, err := Open(path, tunneltest.Vendors())
		if err != nil || again.Damaged() != nil || again.InstallationID() != c.InstallationID() {
			t.Errorf("second open: %v, %v, id %q and %q", err, again.Damaged(), c.InstallationID(), again.InstallationID())
		}
	})
}

func namesIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names
}

func TestValidateNamesEachField(t *testing.T) {
	many := make([]string, 201)
	for _, c := range []struct {
		name     string
		settings Settings
		want     Field // empty: well
	}{
		{"the defaults", Settings{}, ""},
		{"an address of one's own", Settings{Tunnel: "url", TunnelValues: tunnel.Values{"public_url": "https://a.example"}}, ""},
		{"an event without context", Settings{EventTypes: []string{"outbid"}}, FieldEventTypes},
		{"an event twice", Settings{EventTypes: []string{"client:outbid", "client:outbid"}}, FieldEventTypes},
		{"too many events", Settings{EventTypes: many}, FieldEventTypes},
		{"an unknown form", Settings{Form: "opera"}, FieldForm},
		{"unknown threads", Settings{Threads: "sideways"}, FieldThreads},
		{"an unknown tunnel", Settings{Tunnel: "carrier"}, FieldTunnel},
		{"a tunnel without its address", Settings{Tunnel: "url"}, "public_url"},
		{"a wrong address that is not in use", Settings{TunnelValues: tunnel.Values{"public_url": "ftp://a.example"}}, "public_url"},
		{"a wrong domain", Settings{TunnelValues: tunnel.Values{"ngrok_domain": "x"}}, "ngrok_domain"},
		{"a wrong port", Settings{TunnelValues: tunnel.Values{"listen": "127.0.0.1:x"}}, "listen"},
		{"a space id with a slash", Settings{Space: "spaces/A"}, FieldSpace},
		{"a name of two lines", Settings{Label: "a\nb"}, FieldLabel},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := validate(c.settings, tunneltest.Vendors())
			if c.want == "" {
				if err != nil {
					t.Errorf("got %v, want nil", err)
				}
				return
			}
			var wrong ValidationError
			if !errors.As(err, &wrong) || len(wrong) != 1 || wrong[0].Field != c.want {
				t.Fatalf("got %v, want an error of %s alone", err, c.want)
			}
			if s := wrong.Sentence(c.want); !strings.HasSuffix(s, ".") || s != err.Error() || !strings.HasPrefix(wrong[0].Error(), string(c.want)) {
				t.Errorf("got %q, want a sentence", s)
			}
		})
	}
}
