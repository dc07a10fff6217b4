package tunnel

import (
	"log/slog"
	"net/http"
	"time"
)

const (
	headerWithin  = 10 * time.Second  // for a request's header to arrive
	requestWithin = 30 * time.Second  // for a whole request to arrive
	idleWithin    = 120 * time.Second // between two requests on a connection
	largestHeader = 16 << 10          // bytes

	// mostConnections may be open at once. Vast.ai needs a handful; the rest is
	// room for those who only hold connections open.
	mostConnections = 512

	// DrainWithin is how long requests in flight may take when Run ends.
	DrainWithin = 2 * time.Second
)

// NewServer returns the HTTP server that all providers use. It has no deadline
// for writing: when one expires on a stream of the ngrok SDK, the multiplexer
// may send a frame that the next write is already changing. The handler's
// answers are a few bytes long.
func NewServer(h http.Handler, logger *slog.Logger) *http.Server {
	server := &http.Server{
		ReadHeaderTimeout: headerWithin,
		ReadTimeout:       requestWithin,
		IdleTimeout:       idleWithin,
		MaxHeaderBytes:    largestHeader,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	newConnLimiter(mostConnections, logger).limit(server, h)
	return server
}
