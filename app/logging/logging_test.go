package logging

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/datadir"
	"vastrelay/relay"
	"vastrelay/relay/redact"
)

// openTestLog opens a log that masks one planted secret.
func openTestLog(t *testing.T, dir string, also *Output) (*slog.Logger, *Output, error) {
	t.Helper()
	red := redact.New()
	red.Add(relay.NewSecret("planted-secret-value"))
	log, file, trouble := Open(dir, slog.LevelInfo, red, also)
	t.Cleanup(func() { _ = file.Close() })
	return log, file, trouble
}

func TestLogFile(t *testing.T) {
	dir := t.TempDir()
	var also strings.Builder
	stderr := NewOutput(OutputOptions{To: &also, Note: LostLogLines})
	log, file, trouble := openTestLog(t, dir, stderr)
	if trouble != nil {
		t.Fatal(trouble)
	}
	log.Info("first", "header", "planted-secret-value")
	if err := errors.Join(file.Close(), stderr.Close()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "vastrelay.log")
	for where, got := range map[string]string{"file": readLog(t, path), "standard error": also.String()} {
		if !strings.Contains(got, "first") || strings.Contains(got, "planted") {
			t.Errorf("%s: got %q, want the line without the secret", where, got)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	log.Info("after the end")
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("got %v, want no file opened after the end", err)
	}
}

func readLog(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path) //nolint:gosec // The test's own folder.
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// stream is a stream whose failures a test decides.
type stream struct {
	mu      sync.Mutex
	fail    error // what the next writes return
	partial int   // how much of a write that fails is taken all the same
	got     strings.Builder
	blocked chan struct{} // writes wait until it is closed; nil: they do not
}

func (s *stream) Write(p []byte) (int, error) {
	if s.blocked != nil {
		<-s.blocked
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		n := min(s.partial, len(p))
		s.got.Write(p[:n])
		return n, s.fail
	}
	return s.got.Write(p)
}

func (s *stream) set(fail error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

func (s *stream) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got.String()
}

func TestABlockedStreamDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		to := &stream{blocked: make(chan struct{})}
		stderr := NewOutput(OutputOptions{To: to, Note: LostLogLines})
		log, file, trouble := openTestLog(t, dir, stderr)
		if trouble != nil {
			t.Fatal(trouble)
		}
		began := time.Now()
		const lines = 5000
		for range lines {
			log.Info(strings.Repeat("x", 100))
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("got %v for logging, want no wait", took)
		}
		synctest.Wait()
		if got := strings.Count(readLog(t, filepath.Join(dir, "vastrelay.log")), "\n"); got != lines {
			t.Errorf("got %d lines in the file, want all %d", got, lines)
		}
		close(to.blocked)
		synctest.Wait()
		log.Info("the last one")
		synctest.Wait()
		_ = file.Close()
		_ = stderr.Close()
		text := to.text()
		kept := strings.Count(text, "msg=xxx")
		lost := 0
		for _, after := range strings.Split(text, "dropped here\" lines=")[1:] { // one for each stretch of them
			count, _, _ := strings.Cut(after, "\n")
			n, _ := strconv.Atoi(strings.TrimSpace(count))
			lost += n
		}
		if kept+lost != lines || lost == 0 || kept == 0 {
			t.Errorf("got %d lines and %d counted as dropped, want %d in all", kept, lost, lines)
		}
		if len(text) > streamRoom+maxLine || !strings.HasSuffix(strings.TrimSpace(text), "\"the last one\"") {
			t.Errorf("got %d bytes that end in %q, want a bound and the last line", len(text), text[max(0, len(text)-80):])
		}
	})
}

func TestClosingAnOutputThatHangsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &stream{blocked: make(chan struct{})}
		o := NewOutput(OutputOptions{To: to, Note: LostLines})
		_, _ = o.Write([]byte("never taken\n"))
		began := time.Now()
		_ = o.Close()
		if took := time.Since(began); took != flushLimit {
			t.Errorf("got %v, want %v", took, flushLimit)
		}
		close(to.blocked)
		<-o.done
	})
}

func TestAnOutputIsWrittenWholeBeforeItIsClosed(t *testing.T) {
	to := &stream{}
	o := NewOutput(OutputOptions{To: to, Note: LostLines})
	for range 100 {
		_, _ = o.Write([]byte("a line\n"))
	}
	_ = o.Close()
	_, _ = o.Write([]byte("too late\n"))
	if got, want := to.text(), strings.Repeat("a line\n", 100); got != want {
		t.Errorf("got %q, want 100 lines", got)
	}
	_ = o.Close()
}

func TestAStreamThatFailsForAWhile(t *testing.T) {
	to := &stream{fail: syscall.EPIPE, partial: 3}
	w := streamWriter{to: to, note: LostLines}
	var began int
	write := func(text string) {
		if b, _ := w.write(queuedLine{text: []byte(text)}); b {
			began++
		}
	}
	write("one\n")
	write("two\n")
	to.set(nil)
	write("three\n")
	to.set(syscall.ENOSPC)
	write("four\n")
	to.set(nil)
	write("five\n")
	if began != 2 {
		t.Errorf("got %d runs of failures told, want 2", began)
	}
	if got, want := to.text(), "one\n(1\n(2 lines were dropped here)\nthree\nfou\n(1 lines were dropped here)\nfive\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNeitherLogSilencesTheOther(t *testing.T) {
	t.Run("standard error is gone", func(t *testing.T) {
		dir := t.TempDir()
		to := &stream{fail: syscall.EPIPE}
		stderr := NewOutput(OutputOptions{To: to, Note: LostLogLines})
		log, file, _ := openTestLog(t, dir, stderr)
		log.Info("first")
		log.Info("second")
		_ = stderr.Close()
		log.Info("third")
		_ = file.Close()
		got := readLog(t, filepath.Join(dir, "vastrelay.log"))
		for _, want := range []string{"msg=first", "msg=second", "msg=third", "standard error cannot be written"} {
			if n := strings.Count(got, want); n != 1 {
				t.Errorf("got %q %d times, want it once in %s", want, n, got)
			}
		}
	})
	t.Run("the log file cannot be opened, and then it can", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "vastrelay.log")
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
			to := &stream{}
			stderr := NewOutput(OutputOptions{To: to, Note: LostLogLines})
			log, file, trouble := openTestLog(t, dir, stderr)
			if _, ok := errors.AsType[*datadir.NotRegularError](trouble); !ok {
				t.Errorf("got %v, want to be told what stands there", trouble)
			}
			log.Info("first")
			log.Info("second")
			synctest.Wait()
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			log.Info("third")
			_ = errors.Join(file.Close(), stderr.Close())
			for _, want := range []string{"msg=first", "msg=second", "msg=third", "the log file cannot be written"} {
				if n := strings.Count(to.text(), want); n != 1 {
					t.Errorf("got %q %d times on standard error, want it once in %s", want, n, to.text())
				}
			}
			if got := readLog(t, path); !strings.Contains(got, "dropped here\" lines=2") || !strings.Contains(got, "msg=third") {
				t.Errorf("got %q in the file, want the third line and how many are missing", got)
			}
		})
	})
}

func TestTheLogFileIsMadePrivateAndFollowsNoLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "vastrelay.log")
	if err := os.WriteFile(path, []byte("an earlier line\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	log, file, trouble := openTestLog(t, dir, nil)
	log.Info("a line")
	_ = file.Close()
	info, err := os.Stat(path)
	if got := readLog(t, path); trouble != nil || err != nil || info.Mode().Perm() != 0o600 || !strings.HasPrefix(got, "an earlier line\n") || !strings.Contains(got, "msg=\"a line\"") {
		t.Errorf("got %v, %v with %q, %v, want mode 600 and the line added", info, err, got, trouble)
	}
	target := filepath.Join(t.TempDir(), "target")
	if err := errors.Join(os.Remove(path), os.Symlink(target, path)); err != nil {
		t.Fatal(err)
	}
	log, file, trouble = openTestLog(t, dir, nil)
	log.Info("through the link")
	_ = file.Close()
	if _, err := os.Lstat(target); !errors.Is(err, os.ErrNotExist) || trouble == nil {
		t.Errorf("got %v, %v, want nothing at the end of the link, and to be told", err, trouble)
	}
}

// TestALogFileThatIsDeletedIsMadeAnew deletes and moves the file under a program
// that logs.
func TestALogFileThatIsDeletedIsMadeAnew(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file cannot be deleted on Windows")
	}
	for name, remove := range map[string]func(path string) error{
		"it is deleted": os.Remove,
		"it is moved":   func(path string) error { return os.Rename(path, path+".old") },
		"another file is put in its place": func(path string) error {
			return errors.Join(os.WriteFile(path+".new", nil, 0o600), os.Rename(path+".new", path))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				path := filepath.Join(dir, "vastrelay.log")
				log, file, trouble := openTestLog(t, dir, nil)
				log.Info("before")
				synctest.Wait()
				if err := errors.Join(trouble, remove(path)); err != nil {
					t.Fatal(err)
				}
				time.Sleep(checkLogEvery) // in the test's own time
				log.Info("after")
				synctest.Wait()
				if got := readLog(t, path); strings.Contains(got, "before") || !strings.Contains(got, "after") {
					t.Errorf("got %q, want the line in a file at its path", got)
				}
				_ = file.Close()
			})
		})
	}
}

// TestALogFileThatHangsDelaysNobody fills the buffer of a log whose disk takes
// nothing.
func TestALogFileThatHangsDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &stream{blocked: make(chan struct{})}
		file := NewOutput(OutputOptions{To: disk, Note: LostLogLines, Room: logRoom})
		log := slog.New(slog.NewTextHandler(file, nil))
		const lines = 20_000
		began := time.Now()
		for range lines {
			log.Info(strings.Repeat("x", 100))
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("got %v for logging, want no wait", took)
		}
		close(disk.blocked)
		synctest.Wait()
		log.Info("the last one")
		_ = file.Close()
		text := disk.text()
		if len(text) > logRoom+maxLine || !strings.Contains(text, "log lines were dropped here") || !strings.Contains(text, "the last one") {
			t.Errorf("got %d bytes, want at most the buffer's, with the number of dropped lines and the last line", len(text))
		}
	})
}

func TestOldLogsAreRemovedAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	others := []string{"vastrelay-notes.log", "vastrelay-2026.log"}
	for _, name := range append([]string{
		"vastrelay-2026-01-01T00-00-00.000.log", "vastrelay-2026-01-02T00-00-00.000.log", "vastrelay-2026-01-03T00-00-00.000.log", "vastrelay-2026-01-04T00-00-00.000.log",
	}, others...) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "vastrelay.log")
	if err := errors.Join(os.WriteFile(path, []byte("a line"), 0o600), os.Truncate(path, logMegabytes<<20)); err != nil {
		t.Fatal(err)
	}
	log, file, _ := openTestLog(t, dir, nil)
	log.Info("the next")
	_ = file.Close()
	backups, err := filepath.Glob(filepath.Join(dir, "vastrelay-*T*.log"))
	if err != nil || len(backups) != logBackups || !strings.HasSuffix(backups[0], "2026-01-03T00-00-00.000.log") {
		t.Errorf("got %q, %v, want the latest %d", backups, err, logBackups)
	}
	for _, name := range others {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("got %v, want what is not ours left alone", err)
		}
	}
	if got := readLog(t, path); strings.Contains(got, "a line") || !strings.Contains(got, "the next") {
		t.Errorf("got %q, want the new file to hold the new line", got)
	}
}

// waitUntilTaken returns once the output's goroutine has taken every line, so that a
// test which logs faster than the disk writes loses none.
func waitUntilTaken(o *Output) {
	for {
		o.mu.Lock()
		waiting := o.size
		o.mu.Unlock()
		if waiting == 0 {
			return
		}
		runtime.Gosched()
	}
}

func TestLogFileIsReplacedWhenItIsFull(t *testing.T) {
	dir := t.TempDir()
	log, file, _ := openTestLog(t, dir, nil)
	line := strings.Repeat("a line of a long run ", 50)
	for range (logMegabytes + 1) << 20 / len(line) {
		log.Info(line, "header", "planted-secret-value")
		waitUntilTaken(file)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "vastrelay*.log"))
	if err != nil || len(files) != 2 {
		t.Fatalf("got files %q, %v, want the log and the one before it", files, err)
	}
	for _, path := range files {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if size, mode := info.Size(), info.Mode().Perm(); size > logMegabytes<<20 || runtime.GOOS != "windows" && mode != 0o600 {
			t.Errorf("%s: got %d bytes under mode %v, want at most %d MiB and nobody else to read it", filepath.Base(path), size, mode, logMegabytes)
		}
		content, err := os.ReadFile(path) //nolint:gosec // The test's own folder.
		if err != nil || strings.Contains(string(content), "planted") {
			t.Errorf("%s: got the secret in it, %v", filepath.Base(path), err)
		}
	}
}
