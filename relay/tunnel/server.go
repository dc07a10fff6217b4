package tunnel

import (
	"container/list"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	headerWithin  = 10 * time.Second  // for a request's header to arrive
	requestWithin = 30 * time.Second  // for a whole request to arrive
	idleWithin    = 120 * time.Second // between two requests on a connection
	largestHeader = 16 << 10          // bytes

	// mostConnections may be open at once. Vast.ai needs a handful; the limit is
	// this high so that idle connections of others do not fill it.
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

const (
	// evictLogEvery is the least time between two log lines about connections
	// that were closed to make room.
	evictLogEvery = time.Minute

	// minConnAge is how long a connection is given to complete its request before
	// it may be closed to make room, so that a client which connects faster than
	// requests are read does not drive out others. For that long, up to burstFactor
	// times the limit may be open.
	minConnAge  = 250 * time.Millisecond
	burstFactor = 4
)

// connLimiter limits the open connections of one server. When one more than the
// limit arrives, the connection whose request has been unfinished longest is
// closed, so that nobody can lock others out by holding connections open; where
// all requests are complete, the one that has been idle longest. Connections
// younger than minConnAge are closed only beyond burstFactor times the limit. The
// newest is never closed, nor one whose request is being answered: those end by
// themselves, and soon.
//
// It is safe for concurrent use.
type connLimiter struct {
	most   int
	minAge time.Duration
	log    *slog.Logger

	mu         sync.Mutex // guards all below
	conns      map[net.Conn]*trackedConn
	unfinished *list.List // of *trackedConn: part of a request, or its end, has not arrived; longest first
	idle       *list.List // of *trackedConn: between two requests; longest first
	evicted    int        // since the last log line
	logged     time.Time
}

// trackedConn is one connection. The mutex of its connLimiter guards its fields.
type trackedConn struct {
	conn  net.Conn
	list  *list.List    // unfinished or idle; nil while its request is being answered
	elem  *list.Element // in list
	since time.Time     // it is in list
}

type trackedConnKey struct{}

func newConnLimiter(most int, log *slog.Logger) *connLimiter {
	return &connLimiter{
		most: most, minAge: minConnAge, log: log,
		conns: make(map[net.Conn]*trackedConn), unfinished: list.New(), idle: list.New(),
	}
}

// limit makes server answer with h and keeps its connections within bounds.
func (c *connLimiter) limit(server *http.Server, h http.Handler) {
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t, ok := r.Context().Value(trackedConnKey{}).(*trackedConn)
		if !ok {
			h.ServeHTTP(w, r)
			return
		}
		if r.Body == http.NoBody {
			c.move(t, nil)
		} else {
			r.Body = &watchedBody{ReadCloser: r.Body, complete: func() { c.move(t, nil) }}
		}
		// Sending the answer, and discarding the rest of the body, depends on the client.
		defer c.move(t, c.unfinished)
		h.ServeHTTP(w, r)
	})
	server.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, trackedConnKey{}, c.arrive(conn))
	}
	server.ConnState = c.follow
}

// watchedBody calls complete when the whole body has been read.
type watchedBody struct {
	io.ReadCloser
	complete func()
}

// Read implements io.Reader.
func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.complete()
	}
	return n, err
}

// arrive tracks conn and, if there are too many, closes others.
func (c *connLimiter) arrive(conn net.Conn) *trackedConn {
	t := &trackedConn{conn: conn}
	now := time.Now()
	c.mu.Lock()
	victims := c.makeRoom(now)
	c.conns[conn] = t
	c.put(t, c.unfinished)
	c.evicted += len(victims)
	evicted := 0
	if c.evicted > 0 && now.Sub(c.logged) >= evictLogEvery {
		evicted, c.evicted, c.logged = c.evicted, 0, now
	}
	c.mu.Unlock()
	for _, victim := range victims {
		_ = victim.Close() // its server goroutine ends by the error
	}
	if evicted > 0 {
		c.log.Warn("too many connections, the longest unfinished are closed", "closed", evicted)
	}
	return t
}

// makeRoom drops connections until there is room for one more, and returns
// them for closing. c.mu is held.
func (c *connLimiter) makeRoom(now time.Time) (victims []net.Conn) {
	for len(c.conns) >= c.most {
		t := c.longest()
		if t == nil {
			break
		}
		if t.list == c.unfinished && now.Sub(t.since) < c.minAge && len(c.conns) < c.most*burstFactor {
			break
		}
		c.untrack(t)
		victims = append(victims, t.conn)
	}
	return victims
}

// longest returns the connection to close next; nil when all are being
// answered. c.mu is held.
func (c *connLimiter) longest() *trackedConn {
	for _, l := range []*list.List{c.unfinished, c.idle} {
		if e := l.Front(); e != nil {
			t, _ := e.Value.(*trackedConn) // the lists hold nothing else
			return t
		}
	}
	return nil
}

// follow is the server's ConnState.
func (c *connLimiter) follow(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.conns[conn]
	switch {
	case t == nil: // closed to make room
	case state == http.StateActive && t.list == c.idle:
		c.put(t, c.unfinished) // a header has come; its body may not
	case state == http.StateIdle:
		c.put(t, c.idle)
	case state == http.StateClosed, state == http.StateHijacked:
		c.untrack(t)
	}
}

// move puts t at the end of l, or nowhere while its request is being answered.
func (c *connLimiter) move(t *trackedConn, l *list.List) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conns[t.conn] == t {
		c.put(t, l)
	}
}

// put moves t to the end of l; nil means no list. c.mu is held.
func (c *connLimiter) put(t *trackedConn, l *list.List) {
	if t.list != nil {
		t.list.Remove(t.elem)
	}
	t.list, t.elem = l, nil
	if l != nil {
		t.elem, t.since = l.PushBack(t), time.Now()
	}
}

// untrack drops t. c.mu is held.
func (c *connLimiter) untrack(t *trackedConn) {
	c.put(t, nil)
	delete(c.conns, t.conn)
}
