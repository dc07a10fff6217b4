package ngrok

import (
	"net"
	"sync"
)

// gate stands between a listener of the SDK and the HTTP server. It keeps
// accepting until the listener ends, because closing that listener blocks
// while a delivered connection waits for an Accept; and it lets the server go
// at once, because the listener's Accept returns only when the SDK wakes from
// its pause between two dials.
type gate struct {
	inner net.Listener
	conns chan net.Conn

	closeOnce sync.Once
	closed    chan struct{} // closed by Close

	ended chan struct{} // closed when the inner listener has ended
	err   error         // why; to be read after ended
}

// newGate starts accepting from inner. The goroutine ends when inner does.
func newGate(inner net.Listener) *gate {
	g := &gate{
		inner:  inner,
		conns:  make(chan net.Conn),
		closed: make(chan struct{}),
		ended:  make(chan struct{}),
	}
	go g.pump()
	return g
}

func (g *gate) pump() {
	defer close(g.ended)
	for {
		conn, err := g.inner.Accept()
		if err != nil {
			g.err = err
			return
		}
		select {
		case g.conns <- conn:
		case <-g.closed:
			_ = conn.Close()
		}
	}
}

// Accept returns the next connection; net.ErrClosed after Close, or the inner
// listener's own error once it has ended.
func (g *gate) Accept() (net.Conn, error) {
	select {
	case conn := <-g.conns:
		return conn, nil
	case <-g.closed:
		return nil, net.ErrClosed
	case <-g.ended:
		return nil, g.err
	}
}

// Close ends Accept. It leaves the inner listener alone: whether that may be
// closed depends on the state of the link.
func (g *gate) Close() error {
	g.closeOnce.Do(func() { close(g.closed) })
	return nil
}

// Addr returns the inner listener's address.
func (g *gate) Addr() net.Addr { return g.inner.Addr() }
