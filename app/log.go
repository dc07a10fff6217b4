package app

import (
	"io"
	"log/slog"
	"path/filepath"
	"sync"

	"gopkg.in/natefinch/lumberjack.v2"

	"vastrelay/app/diagnostics"
)

// Rotation of the log file: a few megabytes are enough to look back a week.
const (
	logMegabytes = 5
	logBackups   = 3
)

// openLog returns a logger that writes to the log file in dir and to also,
// when that is not nil, with every secret that red knows masked. The caller
// closes the file.
func openLog(dir string, level slog.Level, red *diagnostics.Redactor, also io.Writer) (*slog.Logger, io.Closer) {
	file := &logFile{file: &lumberjack.Logger{
		Filename: filepath.Join(dir, "vastrelay.log"), MaxSize: logMegabytes, MaxBackups: logBackups,
	}}
	var out io.Writer = file
	if also != nil {
		out = io.MultiWriter(file, also)
	}
	return slog.New(diagnostics.NewHandler(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level}), red)), file
}

// logFile is the log file until it is closed. A library may log a little
// longer than the program runs; that must not open the file again.
type logFile struct {
	mu     sync.Mutex
	file   *lumberjack.Logger
	closed bool
}

// Write implements io.Writer. After Close it takes everything and keeps nothing.
func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return len(p), nil
	}
	return l.file.Write(p)
}

// Close closes the file for good.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return l.file.Close()
}
