package datadir

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
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

func TestAFileThatWasEditedOnWindowsIsSound(t *testing.T) {
	path := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(path, []byte(byteOrderMark+"[\"a\"]\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := NewFile[[]string](path).Load(); err != nil || !slices.Equal(got, []string{"a"}) {
		t.Errorf("got %v, %v, want the list", got, err)
	}
}

// TestSaveThatIsCutShort leaves the two files as a crash after each step of a
// save would, each of them also with one of the files damaged afterwards.
func TestSaveThatIsCutShort(t *testing.T) {
	const older, newer = `{"a":1}`, `{"b":2}`
	for _, c := range []struct {
		name       string
		file, copy string // what they hold; "-": nothing is there
		temp       string // the suffix of a file that was being written; empty: none
		damage     string // the suffix of the file that is damaged afterwards; "-": none
		want       string // the value that is loaded
		restored   bool
	}{
		{"before the copy is renamed", older, older, CopySuffix + ".tmp", "-", older, false},
		{"before the copy is renamed, then the file is damaged", older, older, CopySuffix + ".tmp", "", older, true},
		{"before the file is renamed", older, newer, ".tmp", "-", older, false},
		{"before the file is renamed, then the file is damaged", older, newer, ".tmp", "", newer, true},
		{"before the file is renamed, then the copy is damaged", older, newer, ".tmp", CopySuffix, older, false},
		{"after both", newer, newer, "", "-", newer, false},
		{"after both, then the file is damaged", newer, newer, "", "", newer, true},
		{"after both, then the copy is damaged", newer, newer, "", CopySuffix, newer, false},
		{"in the first save of all, before the file is renamed", "-", newer, ".tmp", "-", newer, true},
		{"in the first save of all, before the copy is renamed", "-", "-", CopySuffix + ".tmp", "-", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			for suffix, content := range map[string]string{"": c.file, CopySuffix: c.copy} {
				if content != "-" {
					write(t, path+suffix, content)
				}
			}
			if c.temp != "" {
				write(t, path+c.temp, newer[:2])
			}
			if c.damage != "-" {
				write(t, path+c.damage, "\x00\x00")
			}
			f := NewFile[map[string]int](path)
			got, err := f.Load()
			damaged, _ := errors.AsType[*DamagedError](err)
			if restored := damaged != nil && damaged.Restored; restored != c.restored || err != nil && damaged == nil {
				t.Errorf("got %v, want restored %v", err, c.restored)
			}
			want := map[string]map[string]int{older: {"a": 1}, newer: {"b": 2}}[c.want]
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			// A crash before the value is saved changes nothing about that.
			if again, _ := f.Load(); !reflect.DeepEqual(again, want) {
				t.Errorf("loaded again: got %v, want %v", again, want)
			}
			if err := f.Save(map[string]int{"c": 3}); err != nil {
				t.Fatal(err)
			}
			for _, suffix := range []string{"", CopySuffix} {
				if data, err := os.ReadFile(path + suffix); err != nil || strings.ContainsAny(string(data), "ab\x00") {
					t.Errorf("file%s after the next save: got %q, %v, want only what was saved", suffix, data, err)
				}
			}
		})
	}
}

func TestWhatIsReadFromAFileAndItsCopy(t *testing.T) {
	const good, other, bad = `["good"]`, `["other"]`, `{"no list`
	for _, tt := range []struct {
		name       string
		file, copy string // empty: there is none
		want       string // empty: the zero value
		damaged    bool
		gone       bool   // that is the damage
		restored   bool   // from the copy
		after      string // what the copy holds then
	}{
		{"both are sound", good, good, "good", false, false, false, good},
		{"the copy is of an earlier value", good, other, "good", false, false, false, good},
		{"there is no copy yet", good, "", "good", false, false, false, good},
		{"the copy is damaged", good, bad, "good", false, false, false, good},
		{"the file is damaged", bad, other, "other", true, false, true, other},
		{"the file is gone", "", other, "other", true, true, true, other},
		{"both are damaged", bad, bad, "", true, false, false, ""},
		{"the file is gone and its copy is damaged", "", bad, "", true, true, false, ""},
		{"the file is damaged and has no copy", bad, "", "", true, false, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "list")
			for name, content := range map[string]string{path: tt.file, path + CopySuffix: tt.copy} {
				if content != "" {
					write(t, name, content)
				}
			}
			got, err := NewFile[[]string](path).Load()
			if strings.Join(got, "") != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			damage, damaged := errors.AsType[*DamagedError](err)
			if damaged != tt.damaged || err != nil && !damaged {
				t.Fatalf("got %v, want damage told: %v", err, tt.damaged)
			}
			if damaged {
				if damage.Restored != tt.restored || errors.Is(damage, ErrGone) != tt.gone || (damage.Aside == "") != tt.gone {
					t.Errorf("got %+v, want restored %v, gone %v", damage, tt.restored, tt.gone)
				}
				if aside, _ := os.ReadFile(damage.Aside); string(aside) != tt.file {
					t.Errorf("what was set aside holds %q, want %q", aside, tt.file)
				}
				if string(damage.Content) != tt.file+tt.copy {
					t.Errorf("got %q to rescue fields from, want both files", damage.Content)
				}
			}
			if after, _ := os.ReadFile(path + CopySuffix); string(after) != tt.after {
				t.Errorf("the copy holds %q, want %q", after, tt.after)
			}
		})
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

func modeOf(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// write makes path hold content.
func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWriteWhole(t *testing.T) {
	full := errors.New("no room")
	for name, tt := range map[string]struct {
		before  func(path string) error
		fill    error
		want    string // content at the end; empty: what was there before
		refused bool
	}{
		"a new file":                           {func(string) error { return nil }, nil, "new", false},
		"in place of a file":                   {func(path string) error { return os.WriteFile(path, []byte("old"), 0o600) }, nil, "new", false},
		"that cannot be filled":                {func(path string) error { return os.WriteFile(path, []byte("old"), 0o600) }, full, "old", false},
		"over the rest of one that was killed": {func(path string) error { return os.WriteFile(path+".part", []byte("much more than new"), 0o600) }, nil, "new", false},
		"in place of a folder":                 {func(path string) error { return os.Mkdir(path, 0o700) }, nil, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "events.csv")
			if err := tt.before(path); err != nil {
				t.Fatal(err)
			}
			err := WriteWhole(path, func(w io.Writer) error {
				_, err := io.WriteString(w, "new")
				return errors.Join(err, tt.fill)
			})
			var notRegular *NotRegularError
			if errors.As(err, &notRegular) != tt.refused || !tt.refused && !errors.Is(err, tt.fill) {
				t.Errorf("got %v, want it refused: %v, or %v", err, tt.refused, tt.fill)
			}
			if content, _ := os.ReadFile(path); string(content) != tt.want { // #nosec G304 -- the test's own
				t.Errorf("got %q, want %q", content, tt.want)
			}
			if _, err := os.Lstat(path + ".part"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("got %v for the part, want it gone", err)
			}
			if info, err := os.Stat(path); err == nil && runtime.GOOS != "windows" && !info.IsDir() && info.Mode().Perm() != 0o600 {
				t.Errorf("got mode %v, want 600", info.Mode())
			}
		})
	}
}

func TestWriteWholeInPlaceOfALink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("making a link takes a right of its own there, and devices are no files")
	}
	for name, tt := range map[string]struct {
		target  func(dir string) string
		refused bool
	}{
		"to a file":                    {func(dir string) string { return filepath.Join(dir, "kept.csv") }, false},
		"to nothing":                   {func(dir string) string { return filepath.Join(dir, "gone.csv") }, false},
		"to a folder":                  {func(dir string) string { return dir }, true},
		"to a device":                  {func(string) string { return os.DevNull }, true},
		"to what the process has open": {func(string) string { return "/proc/self/fd/4711" }, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			kept, path := filepath.Join(dir, "kept.csv"), filepath.Join(dir, "events.csv")
			if err := os.WriteFile(kept, []byte("kept"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(tt.target(dir), path); err != nil {
				t.Fatal(err)
			}
			err := WriteWhole(path, func(w io.Writer) error {
				_, err := io.WriteString(w, "new")
				return err
			})
			info, statErr := os.Lstat(path)
			if statErr != nil {
				t.Fatal(statErr)
			}
			var notRegular *NotRegularError
			if errors.As(err, &notRegular) != tt.refused || !tt.refused && err != nil || info.Mode().IsRegular() == tt.refused {
				t.Errorf("got %v and %v, want it refused: %v", err, info.Mode(), tt.refused)
			}
			if content, _ := os.ReadFile(kept); string(content) != "kept" { // #nosec G304 -- the test's own
				t.Errorf("the file that the link leads to holds %q", content)
			}
		})
	}
}
