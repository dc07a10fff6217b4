package ngrok

import (
	"net"
	"sync"
)

// detachedListener gives the HTTP server the connections of a listener of the
// SDK, and can be closed without closing that. It accepts until the SDK's
// listener ends, because closing that one blocks while a connection waits for an
// Accept. Its own Accept ends at once when it is closed, while that of the SDK's
// listener returns only after the SDK's pause between two dials.
type detachedListener struct {
	inner net.Listener
	conns chan net.Conn

	closeOnce sync.Once
	closed    chan struct{} // closed by Close

	ended chan struct{} // closed when the inner listener has ended
	err   error         // why; to be read after ended
}

// newDetachedListener starts accepting from inner. The goroutine ends when inner does.
func newDetachedListener(inner net.Listener) *detachedListener {
	l := &detachedListener{
		inner:  inner,
		conns:  make(chan net.Conn),
		closed: make(chan struct{}),
		ended:  make(chan struct{}),
	}
	go l.acceptAll()
	return l
}

func (l *detachedListener) acceptAll() {
	defer close(l.ended)
	for {
		conn, err := l.inner.Accept()
		if err != nil {
			l.err = err
			return
		}
		select {
		case l.conns <- conn:
		case <-l.closed:
			_ = conn.Close()
		}
	}
}

// Accept returns the next connection; net.ErrClosed after Close, or the inner
// listener's own error once it has ended.
func (l *detachedListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-l.ended:
		return nil, l.err
	}
}

// Close ends Accept. It leaves the inner listener alone: whether that may be
// closed depends on the state of the link.
func (l *detachedListener) Close() error {
	l.closeOnce.Do(func() { close(l.closed) })
	return nil
}

// Addr returns the inner listener's address.
func (l *detachedListener) Addr() net.Addr { return l.inner.Addr() }
