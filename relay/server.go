package relay

import (
	"log/slog"
	"net/http"
	"time"
)

// Deadlines and limits of a server that faces the internet. Vast.ai gives up
// on a delivery after 10 seconds.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	writeTimeout      = 20 * time.Second // from the end of the headers, so it includes reading and storing
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 16 << 10
)

// NewServer returns an http.Server for h with the deadlines and limits that a
// public address needs. Every tunnel serves its listener with one of these; the
// caller runs and closes it. What net/http has to complain of, such as a
// malformed request, goes to log at debug level; nil means slog.Default.
func NewServer(h http.Handler, log *slog.Logger) *http.Server {
	if log == nil {
		log = slog.Default()
	}
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
