package lastrun

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vastrelay/app/status"
)

// noon is when runs of these tests were written last.
var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// open opens a run in dir, on a computer that was started at boot.
func open(t *testing.T, dir string, boot time.Time) *Run {
	t.Helper()
	closeCrashFile() // as the end of the run before has done
	t.Cleanup(closeCrashFile)
	r, err := Open(Options{Folder: dir, Version: "1.2.3", Now: func() time.Time { return noon.Add(time.Hour) }, BootedAt: func() time.Time { return boot }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// closeCrashFile has the runtime close the crash file, which Windows does not delete
// while it is open.
func closeCrashFile() { _ = (&Run{}).Close() }

// age makes everything in dir written at noon.
func age(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if err := os.Chtimes(filepath.Join(dir, entry.Name()), noon, noon); err != nil {
			t.Fatal(err)
		}
	}
}

// write puts content at the end of a file in dir.
func write(t *testing.T, dir, name, content string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(content); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestHowTheLastRunEnded(t *testing.T) {
	longAgo, afterwards := noon.Add(-time.Hour), noon.Add(time.Minute)
	for _, tt := range []struct {
		name   string
		before func(t *testing.T, dir string) // what the last run did
		boot   time.Time
		want   status.RunEnd // empty: nothing is said
		report string
	}{
		{name: "there was none", before: func(*testing.T, string) {}, boot: longAgo},
		{name: "it was stopped", before: func(t *testing.T, dir string) {
			if err := open(t, dir, longAgo).Stopping(); err != nil {
				t.Fatal(err)
			}
		}, boot: longAgo},
		{name: "it was asked to stop and failed on the way", before: func(t *testing.T, dir string) {
			if err := open(t, dir, longAgo).Stopping(); err != nil {
				t.Fatal(err)
			}
			write(t, dir, crashName, "panic: late")
		}, boot: longAgo},
		{name: "it was killed", before: func(t *testing.T, dir string) { open(t, dir, longAgo) }, boot: longAgo, want: status.RunKilled},
		{name: "the computer went off", before: func(t *testing.T, dir string) { open(t, dir, longAgo) }, boot: afterwards, want: status.RunPower},
		{name: "it is not known when the computer was started", before: func(t *testing.T, dir string) { open(t, dir, longAgo) }, want: status.RunKilled},
		{name: "it crashed", before: func(t *testing.T, dir string) {
			open(t, dir, longAgo)
			write(t, dir, crashName, "panic: boom\n")
		}, boot: longAgo, want: status.RunCrashed, report: "panic: boom"},
		{name: "it crashed, as one before it", before: func(t *testing.T, dir string) {
			write(t, dir, crashName, "panic: earlier\n")
			open(t, dir, longAgo)
			write(t, dir, crashName, "panic: boom\n")
		}, boot: longAgo, want: status.RunCrashed, report: "panic: boom"},
		{name: "it crashed at great length", before: func(t *testing.T, dir string) {
			write(t, dir, crashName, "panic: earlier\n")
			open(t, dir, longAgo)
			write(t, dir, crashName, "panic: boom"+strings.Repeat("\n", maxCrashFile))
		}, boot: longAgo, want: status.RunCrashed, report: "panic: boom"},
		{name: "the record is empty, as after a power cut", before: func(t *testing.T, dir string) {
			write(t, dir, crashName, "panic: earlier\n")
			write(t, dir, recordName, "")
		}, boot: longAgo, want: status.RunKilled},
		{name: "the record is half of another form", before: func(t *testing.T, dir string) {
			write(t, dir, crashName, "panic: earlier\n")
			write(t, dir, recordName, `{"crashes":0,"stopping":"no"}`)
		}, boot: longAgo, want: status.RunKilled},
		{name: "the record is damaged", before: func(t *testing.T, dir string) { write(t, dir, recordName, "\x00\x00{") }, boot: afterwards, want: status.RunPower},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			tt.before(t, dir)
			age(t, dir)
			r := open(t, dir, tt.boot)
			last := r.Last()
			if tt.want == "" {
				if last != nil {
					t.Fatalf("got %+v, want nothing to be said", last)
				}
				return
			}
			if last == nil || last.End != tt.want || !last.At.Equal(noon) {
				t.Fatalf("got %+v, want %s at noon", last, tt.want)
			}
			if got := r.Report(); got != tt.report {
				t.Errorf("report: got %q, want %q", got, tt.report)
			}
		})
	}
}

func TestOnlyACrashFileIsReadAsAReport(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		offset     int
		want       string
	}{
		{"the crash file", crashName, 0, "panic: boom"},
		{"the earlier one", earlierCrashName, 0, "panic: older"},
		{"another file of the folder", "settings.json", 0, ""},
		{"a file elsewhere", "../elsewhere", 0, ""},
		{"from before the beginning", crashName, -1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			for name, content := range map[string]string{
				crashName: "panic: boom\n", earlierCrashName: "panic: older\n", "settings.json": "{}", "../elsewhere": "a secret",
				recordName: fmt.Sprintf(`{"stopping":true,"untold":{"end":"crashed","at":"2026-11-28T12:00:00Z","file":%q,"offset":%d}}`, tt.file, tt.offset),
			} {
				write(t, dir, name, content)
			}
			r := open(t, dir, time.Time{})
			if last := r.Last(); last == nil || last.End != status.RunCrashed {
				t.Fatalf("got %+v, want the crash told", last)
			}
			if got := r.Report(); got != tt.want {
				t.Errorf("got report %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAnEndIsToldOnce(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, time.Time{})
	write(t, dir, crashName, "panic: boom\n")

	for range 2 { // the window was never opened
		r := open(t, dir, time.Time{})
		if last := r.Last(); last == nil || last.End != status.RunCrashed || r.Report() != "panic: boom" {
			t.Fatalf("got %+v with report %q, want the crash, which nobody has been told of", last, r.Report())
		}
		if err := r.Stopping(); err != nil {
			t.Fatal(err)
		}
	}
	r := open(t, dir, time.Time{})
	if err := r.Told(); err != nil {
		t.Fatal(err)
	}
	if r.Last() == nil {
		t.Error("it is forgotten as soon as it was told")
	}
	if err := r.Stopping(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(filepath.Join(dir, recordName)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the record of a run that was stopped: got %v, want none", err)
	}
	if last := open(t, dir, time.Time{}).Last(); last != nil {
		t.Errorf("got %+v, which was told before", last)
	}
}

func TestANewEndCoversAnEarlierOne(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, time.Time{})
	write(t, dir, crashName, "panic: first\n")
	open(t, dir, time.Time{})
	write(t, dir, crashName, "panic: second\n")
	if got := open(t, dir, time.Time{}).Report(); got != "panic: second" {
		t.Errorf("got %q, want the later report", got)
	}
}

func TestDismissForgetsItAtOnce(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, time.Time{})
	r := open(t, dir, time.Time{})
	if err := r.Dismiss(); err != nil || r.Last() != nil || r.Report() != "" {
		t.Errorf("got %v and %+v, want nothing left", err, r.Last())
	}
}

// crashVariable holds the folder of a process that is to crash.
const crashVariable = "VASTRELAY_TEST_CRASH"

// TestARealCrash crashes a process of its own.
func TestARealCrash(t *testing.T) {
	if dir := os.Getenv(crashVariable); dir != "" {
		if _, err := Open(Options{Folder: dir, Version: "1.2.3"}); err != nil {
			t.Fatal(err)
		}
		done := make(chan bool)
		go func() { panic("made to crash") }()
		<-done
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestARealCrash$") //nolint:gosec // This test itself.
	cmd.Env = append(os.Environ(), crashVariable+"="+dir)
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Fatalf("the process ended well:\n%s", out)
	}
	t.Cleanup(closeCrashFile)
	r, err := Open(Options{Folder: dir})
	if err != nil {
		t.Fatal(err)
	}
	last, report := r.Last(), r.Report()
	if last == nil || last.End != status.RunCrashed || last.Version != "1.2.3" || time.Since(last.At) > time.Minute {
		t.Errorf("got %+v, want a crash just now", last)
	}
	if !strings.Contains(report, "made to crash") || !strings.Contains(report, "goroutine") {
		t.Errorf("got report %q", report)
	}
}

func TestAFolderThatTakesNoRecordKeepsNothingFromRunning(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, recordName), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeCrashFile)
	r, err := Open(Options{Folder: dir})
	if err == nil || r == nil {
		t.Fatalf("got %v, %v; want a run, and why it is not recorded", r, err)
	}
	_ = r.Stopping()
}

func TestTheSystemKnowsWhenItWasStarted(t *testing.T) {
	at := bootedAt(time.Now())
	if at.IsZero() {
		t.Skip("this system does not tell")
	}
	if age := time.Since(at); age < 0 || age > 10*365*24*time.Hour {
		t.Errorf("started %v ago", age)
	}
}

// FuzzRecord finds that no record ends the program.
func FuzzRecord(f *testing.F) {
	whole, err := json.Marshal(record{Started: noon, Crashes: 7, Untold: &ending{File: crashName, Offset: 3}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(whole))
	f.Add(`{"crashes":-5,"stopping":true,"untold":{"file":"../../etc/passwd","offset":-9}}`)
	f.Fuzz(func(t *testing.T, content string) {
		dir := t.TempDir()
		write(t, dir, recordName, content)
		t.Cleanup(closeCrashFile)
		r, err := Open(Options{Folder: dir})
		if err != nil {
			t.Fatal(err)
		}
		if r.Report() != "" {
			t.Error("a report comes from nowhere")
		}
	})
}
