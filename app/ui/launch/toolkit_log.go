package launch

import (
	"bytes"
	"io"
	"log"
	"log/slog"
)

// trayPrefix begins what the toolkit's tray logs. All of it says that a call to
// the session bus failed, a line for each item of the menu where the bus is
// gone. tray.Keep notices the same and mends it.
var trayPrefix = []byte("systray error: ")

// toolkitLog passes on what libraries log, and lowers the tray's lines to debug.
type toolkitLog struct{ to io.Writer }

// filterToolkitLog puts a toolkitLog in front of the standard logger.
func filterToolkitLog() (restore func()) {
	before := log.Writer()
	log.SetOutput(toolkitLog{before})
	return func() { log.SetOutput(before) }
}

// Write implements io.Writer. The standard logger calls it once a line.
func (l toolkitLog) Write(line []byte) (int, error) {
	if _, said, found := bytes.Cut(line, trayPrefix); found {
		slog.Debug("the toolkit's tray", "err", string(bytes.TrimSpace(said)))
		return len(line), nil
	}
	return l.to.Write(line)
}
