package build

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"vastrelay/relay/winetest"
)

func TestDescribe(t *testing.T) {
	recorded := &debug.BuildInfo{Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "fedcba98765432100123456789abcdef01234567"},
		{Key: "vcs.time", Value: "2026-11-01T23:30:00-02:00"},
	}}
	commitTime := time.Date(2026, 11, 2, 1, 30, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		version, revision, date string
		recorded                *debug.BuildInfo
		want                    Info
		words, agent            string
	}{
		"the linker was told everything": {
			"1.2.3", "0123456789abcdef", "2026-11-28T10:00:00Z", recorded,
			Info{"1.2.3", "0123456789ab", time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)},
			"1.2.3 (0123456789ab, 2026-11-28)", "vastrelay/1.2.3",
		},
		"the go command recorded the commit": {
			"1.2.3", "", "", recorded,
			Info{"1.2.3", "fedcba987654", commitTime},
			"1.2.3 (fedcba987654, 2026-11-02)", "vastrelay/1.2.3",
		},
		"nothing is known": {"", "", "", nil, Info{Version: "0.0.0-dev"}, "0.0.0-dev", "vastrelay/0.0.0-dev"},
		"a short revision and no date": {
			"1.2.3", "abc", "yesterday", nil, Info{Version: "1.2.3", Revision: "abc"}, "1.2.3 (abc)", "vastrelay/1.2.3",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := describe(test.version, test.revision, test.date, test.recorded)
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if got.String() != test.words {
				t.Errorf("words: got %q, want %q", got.String(), test.words)
			}
			if got.UserAgent() != test.agent {
				t.Errorf("user agent: got %q, want %q", got.UserAgent(), test.agent)
			}
		})
	}
}

func TestJSONLeavesOutWhatIsUnknown(t *testing.T) {
	got, err := json.Marshal(Info{Version: "1.2.3"})
	if want := `{"version":"1.2.3"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

// TestTheLinkerSetsEachPart builds a program as the Makefile does: a variable
// that is renamed, or made a constant, would be passed over without a word.
func TestTheLinkerSetsEachPart(t *testing.T) {
	winetest.Needs(t, winetest.GoCommand)
	program := filepath.Join(t.TempDir(), "vastrelay.exe")
	const path = "vastrelay/app/build"
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "headless", "-o", program, "-ldflags",
		"-X "+path+".version=9.8.7 -X "+path+".revision=0123456789abcdef -X "+path+".date=2026-11-28T10:00:00Z", "vastrelay")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), program, "--version").Output()
	if got, want := strings.TrimSpace(string(out)), "Vast Relay 9.8.7 (0123456789ab, 2026-11-28)"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}
