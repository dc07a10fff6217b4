package app

import (
	"io"
	"log/slog"
	"path/filepath"

	"gopkg.in/natefinch/lumberjack.v2"

	"vastrelay/app/diagnostics"
)

// Rotation of the log file: a few megabytes are enough to look back a week.
const (
	logMegabytes = 5
	logFiles     = 3
)

// openLog returns a logger that writes to the log file in dir and to also,
// when that is not nil, with every secret that red knows masked. The caller
// closes the file.
func openLog(dir string, level slog.Level, red *diagnostics.Redactor, also io.Writer) (*slog.Logger, io.Closer) {
	file := &lumberjack.Logger{
		Filename: filepath.Join(dir, "vastrelay.log"), MaxSize: logMegabytes, MaxBackups: logFiles,
	}
	var out io.Writer = file
	if also != nil {
		out = io.MultiWriter(file, also)
	}
	return slog.New(diagnostics.NewHandler(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level}), red)), file
}
