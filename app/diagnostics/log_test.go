package diagnostics

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestLinesOfTheLogAreShownByAllowList(t *testing.T) {
	for _, c := range []struct{ name, line, want string }{
		{"numbers and words of known keys", `time=2026-11-28T12:00:00Z level=INFO msg=posted attempt=2 outcome=posted`, "2026-11-28T12:00:00Z INFO  posted attempt=2 outcome=posted"},
		{"a value of an unknown key", `time=2026-11-28T12:00:00Z level=INFO msg=posted title="Instance outbid"`, "2026-11-28T12:00:00Z INFO  posted [1 left out]"},
		{"a known key with another form", `time=2026-11-28T12:00:00Z level=INFO msg=posted attempt=many`, "2026-11-28T12:00:00Z INFO  posted [1 left out]"},
		{"what is known of an error", `time=2026-11-28T12:00:00Z level=WARN msg=closing err="open /x: permission denied"`, "2026-11-28T12:00:00Z WARN  closing err=[permission denied]"},
		{"an error that is not known", `time=2026-11-28T12:00:00Z level=WARN msg=closing err="Ada was here"`, "2026-11-28T12:00:00Z WARN  closing err=[left out]"},
		{"a moment", `time=2026-11-28T12:00:00Z level=WARN msg=ended reason=killed at=2026-11-28T11:59:00.000Z`, "2026-11-28T12:00:00Z WARN  ended reason=killed at=2026-11-28T11:59:00.000Z"},
		{"a message with a number", `time=2026-11-28T12:00:00Z level=INFO msg="instance 4711 outbid"`, "2026-11-28T12:00:00Z INFO  [left out]"},
		{"no line of the log at all", "goroutine 7 [running]:", "[left out]"},
		{"a quote that never ends", `time=2026-11-28T12:00:00Z level=INFO msg="posted`, "[left out]"},
		{"an empty line", "  ", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := logLine(c.line); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheLinesOfTheLoggerAreRead(t *testing.T) {
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("no tunnel, will try again", "attempt", 3, "title", `a "b" c=d`, "err", "EOF")
	pairs, ok := parseLine(strings.TrimSpace(out.String()))
	if !ok || len(pairs) != 6 || pairs[2].value != "no tunnel, will try again" || pairs[4].value != `a "b" c=d` {
		t.Errorf("got %v of %s", pairs, out.String())
	}
}

func TestOnlyTheEndOfALongLogIsRead(t *testing.T) {
	folder := t.TempDir()
	line := "time=2026-11-28T12:00:00Z level=INFO msg=posted attempt=1\n"
	content := strings.Repeat(line, 2*logTail/len(line)) + "time=2026-11-28T12:00:01Z level=WARN msg=closing\n"
	if err := os.WriteFile(filepath.Join(folder, "vastrelay.log"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(logPage(folder)), "\n")
	if len(got) != logLines || !strings.HasSuffix(got[len(got)-1], "closing") || strings.Contains(strings.Join(got, " "), left) {
		t.Errorf("got %d lines, the first %q and the last %q", len(got), got[0], got[len(got)-1])
	}
}

func TestALogThatWasJustReplacedIsReadFurtherBack(t *testing.T) {
	folder := t.TempDir()
	for name, content := range map[string]string{
		"vastrelay.log":                         "time=2026-11-28T12:00:03Z level=INFO msg=newest\n",
		"vastrelay-2026-11-28T12-00-02.000.log": "time=2026-11-28T12:00:01Z level=INFO msg=older\ntime=2026-11-28T12:00:02Z level=INFO msg=newer\n",
		"vastrelay-2026-11-01T00-00-00.000.log": strings.Repeat("time=2026-11-01T00:00:00Z level=INFO msg=oldest\n", logLines),
		"vastrelay-notes.log":                   "time=2026-11-28T12:00:04Z level=INFO msg=foreign\n",
		"crash.log":                             "\n",
		"crash-earlier.log":                     "fatal error: out of memory\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text := logPage(folder)
	got := strings.Split(strings.TrimSpace(text), "\n")
	if len(got) != logLines || !strings.HasSuffix(got[0], "oldest") || strings.Contains(text, "foreign") {
		t.Fatalf("got %d lines:\n%s", len(got), text)
	}
	for i, want := range []string{"oldest", "older", "newer", "newest"} {
		if line := got[logLines-4+i]; !strings.HasSuffix(line, want) {
			t.Errorf("got %q, want %q", line, want)
		}
	}
	if crash := crashPage(folder); !strings.Contains(crash, "out of memory") {
		t.Errorf("the crash that was put aside is missing: %q", crash)
	}
}

func TestTheBeginningOfEachKindOfCrashIsShown(t *testing.T) {
	const stack = "\ngoroutine 1 gp=0x1 m=0 mp=0x2 [running]:\nruntime.cgocall(0x1)\n\t/usr/lib/go/src/runtime/cgocall.go:167 +0x4b\n" +
		"vastrelay/app/ui/launch.Run.func2()\n\t/home/ada/ui.go:21 +0x1\n"
	// Every other goroutine follows, as after a signal.
	others := strings.Repeat("\ngoroutine 7 gp=0x1 m=nil [select]:\nruntime.gopark(0x0?)\n\t/usr/lib/go/src/runtime/proc.go:462 +0xce fp=0x1 sp=0x2 pc=0x3\n", 4000)
	for name, tt := range map[string]struct{ head, want string }{
		"the program panicked":           {"panic: runtime error: index out of range [3] with length 3\n", "panic: [index out of range]"},
		"a pointer to nothing":           {"panic: runtime error: invalid memory address or nil pointer dereference\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x1]\n", "panic: [invalid memory address or nil pointer dereference]\nSIGSEGV"},
		"the runtime gave up":            {"fatal error: concurrent map writes\n", "fatal error: "},
		"a library in C was ended":       {"SIGABRT: abort\nPC=0x7f m=0 sigcode=18446744073709551610\nsignal arrived during cgo execution\n", "SIGABRT\n[left out]\nsignal arrived during cgo execution"},
		"a library in C failed":          {"SIGSEGV: segmentation violation\nPC=0x7f m=0 sigcode=1 addr=0x0\n", "SIGSEGV\n[left out]"},
		"a library failed under Windows": {"Exception 0xc0000005 0x0 0x0 0x7ffb\nPC=0x7ffb\n", "Exception 0xc0000005\n[left out]"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			content := "panic: EOF\n" + stack + tt.head + stack + others
			if err := os.WriteFile(filepath.Join(folder, "crash.log"), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			got := (mask{}).hide(crashPage(folder))
			for _, want := range []string{tt.want, "goroutine 1\nruntime.cgocall\n    cgocall.go:167\nvastrelay/app/ui/launch.Run.func2\n"} {
				if !strings.Contains(got, want) {
					t.Errorf("there is no %q in\n%.600s", want, got)
				}
			}
			if !strings.HasPrefix(got, strings.SplitN(tt.want, "\n", 2)[0]) || strings.Contains(got, "ada") {
				t.Errorf("it begins elsewhere, or holds a folder:\n%.600s", got)
			}
		})
	}
}

func TestSystemsAreToldByNameAndNumber(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"a release", "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nID=debian\nVERSION_ID=\"13\"\n", "debian 13"},
		{"one without a number", "ID=arch\n", "arch"},
		{"one that somebody named", "ID=\"Ada's own!\"\nVERSION_ID=\"of ada\"\n", ""},
		{"an empty file", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := osRelease(strings.NewReader(c.file)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestDesktopsAreToldAsFarAsTheyAreKnown(t *testing.T) {
	env := map[string]string{"XDG_CURRENT_DESKTOP": "ubuntu:GNOME:adas-desktop", "WAYLAND_DISPLAY": "wayland-0"}
	s := Look(func(name string) string { return env[name] })
	if s.Desktop != "ubuntu gnome another" || s.Display != "wayland" {
		t.Errorf("got %+v", s)
	}
}

// FuzzLogLine looks that whatever a line holds, a report shows what the allow-list
// has.
func FuzzLogLine(f *testing.F) {
	for _, line := range []string{
		`time=2026-11-28T12:00:00Z level=INFO msg=posted attempt=2`, `a="b" c`, `=`, `time= level= msg=`, "\x00", `msg="\u2028"`,
		`time=2026-11-28T12:00:00Z level=INFO msg=posted err="HTTP 404" x=y`,
	} {
		f.Add(line)
	}
	shown := regexp.MustCompile(`^[a-zA-Z0-9 _.,;:'=\[\]()+/µ-]*$`)
	f.Fuzz(func(t *testing.T, line string) {
		if got := logLine(line); !shown.MatchString(got) || strings.Contains(got, "\n") {
			t.Errorf("of %q a report shows %q", line, got)
		}
	})
}
