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
	// shedLogEvery is the least time between two log lines about connections
	// that were closed for want of room.
	shedLogEvery = time.Minute

	// unhurried is how long a connection is given to complete its request before
	// it makes room for another, so that whoever connects faster than requests
	// are read does not drive out the honest. Until it is over, up to standing
	// times as many connections as there is room for may be open.
	unhurried = 250 * time.Millisecond
	standing  = 4
)

// crowd bounds the connections of one server. When one more arrives than there
// is room for, the one that has kept us waiting longest for the rest of its
// request is closed, so that nobody can lock others out by holding connections
// open; where all requests are complete, the one that has been idle longest.
// Those that have hardly arrived are closed only when there are many times too
// many. The newest is never closed for want of room, nor one whose request is
// being answered: those end by themselves, and soon.
//
// It is safe for concurrent use.
type crowd struct {
	most      int
	unhurried time.Duration
	log       *slog.Logger

	mu         sync.Mutex // guards all below
	guests     map[net.Conn]*guest
	unfinished *list.List // of *guest: the rest of a request is awaited, or the end; longest first
	idle       *list.List // of *guest: between two requests; longest first
	shed       int        // since the last log line
	logged     time.Time
}

// guest is one connection. Its fields belong to its crowd's mutex.
type guest struct {
	conn  net.Conn
	in    *list.List // where it waits; nil while its request is being answered
	since time.Time  // for how long
	place *list.Element
}

type guestKey struct{}

func newCrowd(most int, log *slog.Logger) *crowd {
	return &crowd{
		most: most, unhurried: unhurried, log: log,
		guests: make(map[net.Conn]*guest), unfinished: list.New(), idle: list.New(),
	}
}

// guard makes server answer with h and keeps its connections within bounds.
func (c *crowd) guard(server *http.Server, h http.Handler) {
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g, ok := r.Context().Value(guestKey{}).(*guest)
		if !ok {
			h.ServeHTTP(w, r)
			return
		}
		if r.Body == http.NoBody {
			c.move(g, nil)
		} else {
			r.Body = &watchedBody{ReadCloser: r.Body, complete: func() { c.move(g, nil) }}
		}
		// What is left to send, or to throw away, depends on the other side again.
		defer c.move(g, c.unfinished)
		h.ServeHTTP(w, r)
	})
	server.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, guestKey{}, c.arrive(conn))
	}
	server.ConnState = c.follow
}

// watchedBody tells when all of a request's body was read.
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

// arrive takes conn in and, where there is no room for it, closes others.
func (c *crowd) arrive(conn net.Conn) *guest {
	g := &guest{conn: conn}
	now := time.Now()
	c.mu.Lock()
	victims := c.makeRoom(now)
	c.guests[conn] = g
	c.put(g, c.unfinished)
	c.shed += len(victims)
	shed := 0
	if c.shed > 0 && now.Sub(c.logged) >= shedLogEvery {
		shed, c.shed, c.logged = c.shed, 0, now
	}
	c.mu.Unlock()
	for _, victim := range victims {
		_ = victim.Close() // its server goroutine ends by the error
	}
	if shed > 0 {
		c.log.Warn("too many connections, the longest unfinished are closed", "closed", shed)
	}
	return g
}

// makeRoom drops connections until there is room for one more, and returns
// them for closing. c.mu is held.
func (c *crowd) makeRoom(now time.Time) (victims []net.Conn) {
	for len(c.guests) >= c.most {
		g := c.longest()
		if g == nil {
			break
		}
		if g.in == c.unfinished && now.Sub(g.since) < c.unhurried && len(c.guests) < c.most*standing {
			break
		}
		c.forget(g)
		victims = append(victims, g.conn)
	}
	return victims
}

// longest returns the connection to close next; nil when all are being
// answered. c.mu is held.
func (c *crowd) longest() *guest {
	for _, l := range []*list.List{c.unfinished, c.idle} {
		if e := l.Front(); e != nil {
			g, _ := e.Value.(*guest) // the lists hold nothing else
			return g
		}
	}
	return nil
}

// follow is the server's ConnState.
func (c *crowd) follow(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.guests[conn]
	switch {
	case g == nil: // closed for want of room
	case state == http.StateActive && g.in == c.idle:
		c.put(g, c.unfinished) // a header has come; its body may not
	case state == http.StateIdle:
		c.put(g, c.idle)
	case state == http.StateClosed, state == http.StateHijacked:
		c.forget(g)
	}
}

// move puts g at the end of l, or nowhere while its request is being answered.
func (c *crowd) move(g *guest, l *list.List) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.guests[g.conn] == g {
		c.put(g, l)
	}
}

// put is move with c.mu held.
func (c *crowd) put(g *guest, l *list.List) {
	if g.in != nil {
		g.in.Remove(g.place)
	}
	g.in, g.place = l, nil
	if l != nil {
		g.place, g.since = l.PushBack(g), time.Now()
	}
}

// forget drops g. c.mu is held.
func (c *crowd) forget(g *guest) {
	c.put(g, nil)
	delete(c.guests, g.conn)
}
