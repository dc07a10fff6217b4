package logging

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vastrelay/app/datadir"
	"vastrelay/relay/redact"
)

// Rotation of the log file: a few megabytes are enough to look back a week.
const (
	logMegabytes = 5
	logBackups   = 3

	logName       = "vastrelay.log"
	logBackupName = "vastrelay-2006-01-02T15-04-05.000.log" // for package time
)

const (
	// logRoom is how many bytes wait for the disk; further lines are dropped.
	logRoom = 1 << 20
	// checkLogEvery is how often, at most, the file is looked for in its place.
	checkLogEvery = time.Second
)

// Open returns a logger that writes to the log file in dir and to also,
// when that is not nil, with every secret that red knows masked. Neither
// silences or delays the other, and neither fails or delays the caller of the
// logger; when one begins to fail, the other says so. trouble is why the file
// cannot be used just now; it is tried again with each line. The caller closes
// file.
func Open(dir string, level slog.Level, red *redact.Redactor, also *Output) (log *slog.Logger, file *Output, trouble error) {
	to := &logFile{dir: dir}
	trouble = to.ready()
	file = NewOutput(OutputOptions{To: to, Note: LostLogLines, Room: logRoom, End: func() { _ = to.shut() }})
	out := io.Writer(file)
	if also != nil {
		file.onFailure(func(err error) {
			_, _ = also.Write(logLine(slog.LevelError, "the log file cannot be written; it is tried again with each line", "err", err))
		})
		also.onFailure(func(err error) {
			_, _ = file.Write(logLine(slog.LevelWarn, "standard error cannot be written; it is tried again with each line", "err", err))
		})
		out = io.MultiWriter(also, file) // neither ever fails
	}
	return slog.New(redact.NewHandler(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level}), red)), file, trouble
}

// logFile is the log file. It is replaced when it is full, and a few earlier
// ones are kept beside it. One goroutine at a time uses it.
//
// No library does the rotation, since those that exist open what they find:
// links, named pipes and files that others can read.
type logFile struct {
	dir     string
	file    *os.File // nil: not open
	size    int64
	checked time.Time // when the file was last seen in its place
}

func (l *logFile) path() string { return filepath.Join(l.dir, logName) }

// Write implements io.Writer. A full file is replaced first, and one that has
// been deleted or moved is made anew. What fails is tried again with the next
// call.
func (l *logFile) Write(p []byte) (int, error) {
	l.checkPlace()
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

// checkPlace closes a file that is no longer at its path: nobody would find what
// is written there.
func (l *logFile) checkPlace() {
	if l.file == nil || time.Since(l.checked) < checkLogEvery {
		return
	}
	l.checked = time.Now()
	opened, err := l.file.Stat()
	if err != nil {
		return
	}
	if found, err := os.Lstat(l.path()); errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(opened, found) {
		_ = l.shut()
	}
}

// ready opens the file unless it is open.
func (l *logFile) ready() error {
	if l.file != nil {
		return nil
	}
	f, err := datadir.OpenFile(l.path(), os.O_CREATE|os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	l.file, l.size, l.checked = f, info.Size(), time.Now()
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
	if err := os.Rename(l.path(), filepath.Join(l.dir, time.Now().UTC().Format(logBackupName))); err != nil {
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
