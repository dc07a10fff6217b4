package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// top is the top of the tree, from where the commands are run.
const top = "../../.."

// whole is a change log with two entries.
const whole = `# Changes

What is new.

## 1.10.0 (2026-12-24)

- Shows <more> & better.

## 1.9.2 (2026-12-01)

- First.
- Second.
`

// changeLogs are texts with what is wrong with them; empty: nothing is.
var changeLogs = map[string]struct{ text, wrong string }{
	"two entries":                   {text: whole, wrong: `line 7: "<" is markup`},
	"two entries of plain text":     {text: plain(whole)},
	"no entry":                      {"# Changes\n", "no entry"},
	"nothing":                       {"", "no entry"},
	"an entry without a change":     {"## 1.0.0 (2026-12-01)\n", "1.0.0 has no change"},
	"a heading without a day":       {"## 1.0.0\n- A.\n", "line 1: want a heading"},
	"a heading with a letter":       {"## v1.0.0 (2026-12-01)\n- A.\n", "line 1: want a heading"},
	"a day that is none":            {"## 1.0.0 (2026-02-30)\n- A.\n", "line 1: 2026-02-30 is no day"},
	"the day of the zero time":      {"## 1.0.0 (0001-01-01)\n- A.\n", "line 1: 0001-01-01 is no day"},
	"a change that says nothing":    {"## 1.0.0 (2026-12-01)\n-  \n", "line 2: the change says nothing"},
	"the older entry first":         {"## 1.9.0 (2026-12-02)\n- A.\n\n## 1.10.0 (2026-12-01)\n- B.\n", "line 4: 1.10.0 does not come before 1.9.0"},
	"the same version twice":        {"## 1.0.0 (2026-12-01)\n- A.\n## 1.0.0 (2026-12-01)\n- B.\n", "line 3: 1.0.0 does not come before 1.0.0"},
	"an older entry of a later day": {"## 1.1.0 (2026-12-01)\n- A.\n## 1.0.0 (2026-12-02)\n- B.\n", "line 3: 1.0.0 does not come before 1.1.0"},
	"a line that is no change":      {"## 1.0.0 (2026-12-01)\n- A\n  and more.\n", "line 3: want a change"},
	"Markdown in a change":          {"## 1.0.0 (2026-12-01)\n- `code`\n", "line 2: \"`\" is markup"},
}

// plain is text without what is taken for markup.
func plain(text string) string { return strings.NewReplacer("<", "", ">", "").Replace(text) }

func TestParseChangeLog(t *testing.T) {
	for name, tt := range changeLogs {
		t.Run(name, func(t *testing.T) {
			_, err := parseChangeLog(tt.text)
			switch {
			case tt.wrong == "" && err != nil:
				t.Errorf("got %v, want no error", err)
			case tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)):
				t.Errorf("got %v, want %q in it", err, tt.wrong)
			}
		})
	}
	releases, err := parseChangeLog(plain(whole))
	if err != nil {
		t.Fatal(err)
	}
	if len(releases) != 2 || releases[0].version != "1.10.0" || !slices.Equal(releases[1].changes, []string{"First.", "Second."}) ||
		!releases[1].date.Equal(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("got %+v", releases)
	}
}

func FuzzParseChangeLog(f *testing.F) {
	for _, tt := range changeLogs {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		releases, err := parseChangeLog(text)
		if err != nil {
			return
		}
		for _, r := range releases {
			if len(r.changes) == 0 || r.date.IsZero() || check(releases, releases[0].version) != nil {
				t.Errorf("%q: got %+v", text, r)
			}
		}
	})
}

// TestTheChangeLogOfThisTree keeps the file readable, and with it every package.
func TestTheChangeLogOfThisTree(t *testing.T) {
	t.Chdir(top)
	version := versionOfTheTree(t)
	for _, args := range [][]string{{"check", version}, {"notes", version}, {"changelog"}, {"metainfo", "assets/packaging/linux/app.vastrelay.desktop.metainfo.xml"}} {
		var out bytes.Buffer
		if err := run(args, &out); err != nil {
			t.Errorf("%v: %v", args, err)
		}
		if args[0] != "check" && !strings.Contains(out.String(), version) {
			t.Errorf("%v does not name %s:\n%s", args, version, out.String())
		}
	}
}

// versionOfTheTree reads the version that a build gets.
func versionOfTheTree(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile("FyneApp.toml")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(content), `Version = "`)
	version, _, _ := strings.Cut(rest, `"`)
	return version
}

func TestCheckNamesTheMissingEntry(t *testing.T) {
	t.Chdir(top)
	for _, version := range []string{"9.9.9", "", "0.0.1"} {
		if err := run([]string{"check", version}, nil); err == nil || !strings.Contains(err.Error(), "say there what is new") {
			t.Errorf("%q: got %v, want it refused", version, err)
		}
	}
}

func TestWrongUse(t *testing.T) {
	for _, args := range [][]string{nil, {"notes"}, {"check", "1.0.0", "more"}, {"changelog", "more"}, {"icons"}} {
		if err := run(args, nil); err == nil || !strings.HasPrefix(err.Error(), "usage:") {
			t.Errorf("%v: got %v, want the usage", args, err)
		}
	}
	t.Chdir(top)
	if err := run([]string{"nonsense", "1.0.0"}, nil); err == nil || !strings.HasPrefix(err.Error(), "usage:") {
		t.Errorf("got %v, want the usage", err)
	}
}

func TestPackageLog(t *testing.T) {
	releases, err := parseChangeLog(plain(whole))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := writePackageLog(&out, releases); err != nil {
		t.Fatal(err)
	}
	var got []loggedRelease
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Version != "1.10.0" || got[0].Packager == "" || len(got[1].Changes) != 2 || got[1].Changes[1].Text != "Second." {
		t.Errorf("got %+v", got)
	}
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", ""},
		{"one", "one"},
		{"one two", "one two"},
		{"one two three", "one two/three"},
		{"größer als", "größer/als"},
		{"a wordthatislonger b", "a/wordthatislonger/b"},
	} {
		if got := wrap(tt.text, 8, "/"); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestReleasesOfAppStream(t *testing.T) {
	text := releasesElement([]release{{version: "1.2.3", date: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), changes: []string{`Less <b> & "more".`}}})
	var got struct {
		Releases []struct {
			Version string   `xml:"version,attr"`
			Date    string   `xml:"date,attr"`
			Changes []string `xml:"description>ul>li"`
		} `xml:"release"`
	}
	if err := xml.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if len(got.Releases) != 1 || got.Releases[0].Version != "1.2.3" || got.Releases[0].Date != "2026-12-01" ||
		!slices.Equal(got.Releases[0].Changes, []string{`Less <b> & "more".`}) {
		t.Errorf("got %+v of\n%s", got, text)
	}
}

func TestIconsInEverySize(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(top)
	if err := run([]string{"icons", dir}, nil); err != nil {
		t.Fatal(err)
	}
	for _, size := range []string{"16x16", "32x32", "48x48", "512x512"} {
		file, err := os.Open(filepath.Join(dir, size, "apps", iconName+".png"))
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(file)
		_ = file.Close()
		if err != nil {
			t.Fatal(err)
		}
		side := picture.Bounds().Dx()
		if got := fmt.Sprintf("%dx%d", side, picture.Bounds().Dy()); got != size {
			t.Errorf("%s: the picture has %s", size, got)
		}
		// Each part of the picture is there: a corner that is round, the bell, the arrow.
		if _, _, _, alpha := picture.At(0, 0).RGBA(); alpha != 0 {
			t.Errorf("%s: the corner is not round", size)
		}
		if r, g, b, _ := picture.At(side/2, side*2/5).RGBA(); min(r, g, b) < 0xd000 {
			t.Errorf("%s: there is no bell in the middle: %x %x %x", size, r, g, b)
		}
		if r, _, b, _ := picture.At(side/2, side*4/5).RGBA(); r < 0xc000 || b > 0x8000 {
			t.Errorf("%s: there is no arrow below", size)
		}
	}
	ico := filepath.Join(dir, "vastrelay.ico")
	if err := run([]string{"ico", ico}, nil); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(ico)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := content[:6], []byte{0, 0, 1, 0, 4, 0}; !bytes.Equal(got, want) {
		t.Errorf("the icon of Windows begins with %v, want %v", got, want)
	}
}
