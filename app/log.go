package app

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"vastrelay/app/config"
	"vastrelay/app/diagnostics"
)

// Rotation of the log file: a few megabytes are enough to look back a week.
const (
	logMegabytes = 5
	logBackups   = 3

	logName       = "vastrelay.log"
	logBackupName = "vastrelay-2006-01-02T15-04-05.000.log" // for package time
)

// openLog returns a logger that writes to the log file in dir and to also,
// when that is not nil, with every secret that red knows masked. Neither
// silences or delays the other, and neither makes whoever logs fail; when one
// begins to fail, the other says so. trouble is why the file cannot be used just
// now; it is tried again with each line. The caller closes the file.
func openLog(dir string, level slog.Level, red *diagnostics.Redactor, also *output) (log *slog.Logger, file *logFile, trouble error) {
	file = newLogFile(dir)
	out := io.Writer(file)
	if also != nil {
		file.failed = func(err error) {
			_, _ = also.Write(logLine(slog.LevelError, "the log file cannot be written; it is tried again with each line", "err", err))
		}
		also.onFailure(func(err error) {
			_, _ = file.Write(logLine(slog.LevelWarn, "standard error cannot be written; it is tried again with each line", "err", err))
		})
		out = bothLogs{also, file}
	}
	trouble = file.open()
	return slog.New(diagnostics.NewHandler(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level}), red)), file, trouble
}

// bothLogs writes to an output, which takes no time, and then to the file.
type bothLogs struct {
	also *output
	file *logFile
}

// Write implements io.Writer. It never fails.
func (b bothLogs) Write(p []byte) (int, error) {
	_, _ = b.also.Write(p)
	return b.file.Write(p)
}

// logFile is the log file until it is closed. It is replaced when it is full,
// and a few earlier ones are kept beside it. A library may log a little longer
// than the program runs; that must not open the file again.
//
// No library does the rotation, since those that exist open what they find:
// links, named pipes and files that others can read.
type logFile struct {
	dir    string
	failed func(error) // told when a run of failures begins; nil: nobody

	mu     sync.Mutex
	file   *os.File // nil: not open
	size   int64
	stream streamWriter
	closed bool
}

func newLogFile(dir string) *logFile {
	l := &logFile{dir: dir}
	l.stream = streamWriter{to: writerFunc(l.append), note: lostLogLines}
	return l
}

// Write implements io.Writer. It never fails: a line that cannot be written is
// counted, and the count written once the file takes something again. After
// Close it takes everything and keeps nothing.
func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return len(p), nil
	}
	began, err := l.stream.write(queuedLine{text: p})
	l.mu.Unlock()
	if began && l.failed != nil {
		l.failed(err)
	}
	return len(p), nil
}

// Close closes the file for good.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return l.shut()
}

// open opens the file ahead of the first line.
func (l *logFile) open() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ready()
}

// append writes p to the file, in the place of one that is full if need be.
func (l *logFile) append(p []byte) (int, error) {
	if err := l.ready(); err != nil {
		return 0, err
	}
	if l.size > 0 && l.size+int64(len(p)) > logMegabytes<<20 {
		// As long as it cannot be renamed, it may grow to twice its size.
		if err := l.rotate(); err != nil && l.size > 2*logMegabytes<<20 {
			return 0, err
		}
		if err := l.ready(); err != nil {
			return 0, err
		}
	}
	n, err := l.file.Write(p)
	l.size += int64(n)
	if err != nil {
		_ = l.shut() // whatever is wrong with it, the next line begins anew
	}
	return n, err
}

// ready opens the file unless it is open.
func (l *logFile) ready() error {
	if l.file != nil {
		return nil
	}
	f, err := config.OpenFile(filepath.Join(l.dir, logName), os.O_CREATE|os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.file, l.size = f, info.Size()
	return nil
}

func (l *logFile) shut() error {
	if l.file == nil {
		return nil
	}
	f := l.file
	l.file = nil
	return f.Close()
}

// rotate renames the file, which the caller opens anew, and removes the oldest
// of the earlier ones.
func (l *logFile) rotate() error {
	if err := l.shut(); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(l.dir, logName), filepath.Join(l.dir, time.Now().UTC().Format(logBackupName))); err != nil {
		return err
	}
	entries, err := os.ReadDir(l.dir)
	if err != nil {
		return err
	}
	var backups []string
	for _, entry := range entries {
		if _, err := time.Parse(logBackupName, entry.Name()); err == nil {
			backups = append(backups, entry.Name())
		}
	}
	slices.SortFunc(backups, strings.Compare) // by age, as the names begin with the year
	for len(backups) > logBackups {
		if err := os.Remove(filepath.Join(l.dir, backups[0])); err != nil {
			return err
		}
		backups = backups[1:]
	}
	return nil
}

// writerFunc makes a function an io.Writer.
type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
