package ngroktest

import (
	"crypto/tls"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.ngrok.com/muxado/v2"
)

// loginTakes is the least time from a login to its answer. The SDK loses what
// it learns about the account when the answer overtakes its own preparations,
// which loopback is fast enough for and no real network is.
const loginTakes = 10 * time.Millisecond

// link is the connection of one agent.
type link struct {
	edge *Edge
	conn *wire
	mux  muxado.TypedStreamSession

	streams  sync.WaitGroup
	loggedIn atomic.Bool
}

// newLink speaks for conn. The TLS handshake happens at the first read.
func newLink(e *Edge, conn net.Conn) *link {
	w := &wire{Conn: conn}
	typed := muxado.NewTypedStreamSession(muxado.Server(tls.Server(w, e.ca.config()), nil))
	// Accepting through the heartbeat answers the agent's own heartbeats; the
	// edge starts none.
	heartbeat := muxado.NewHeartbeat(typed, func(time.Duration, bool) {}, nil)
	return &link{edge: e, conn: w, mux: heartbeat}
}

// run answers streams until the connection ends.
func (l *link) run() {
	defer l.edge.forget(l)
	defer l.streams.Wait()
	defer l.cut()
	for {
		stream, err := l.mux.AcceptTypedStream()
		if err != nil {
			return
		}
		l.streams.Go(func() { l.answer(stream) })
	}
}

// cut closes the connection. The agent sees a reset or an end of file.
func (l *link) cut() {
	_ = l.conn.Close()
	_ = l.mux.Close()
}

// answer serves one stream that the agent opened.
func (l *link) answer(stream muxado.TypedStream) {
	defer func() { _ = stream.Close() }()
	var err error
	switch stream.StreamType() {
	case typeAuth:
		err = l.answerAuth(stream)
	case typeBind:
		err = l.answerBind(stream)
	case typeUnbind:
		err = l.answerUnbind(stream)
	case typeSrvInfo:
		err = writeMessage(stream, serverInfo{Region: l.edge.options.Region})
	}
	if err != nil {
		l.cut()
	}
}

func (l *link) answerAuth(stream muxado.Stream) error {
	var request authRequest
	if err := readMessage(stream, &request); err != nil {
		return err
	}
	reply, answered := l.edge.login(request)
	if !answered {
		return keepSilent(stream)
	}
	l.loggedIn.Store(reply.Error == "")
	time.Sleep(loginTakes)
	return writeMessage(stream, reply)
}

func (l *link) answerBind(stream muxado.Stream) error {
	var request bindRequest
	if err := readMessage(stream, &request); err != nil {
		return err
	}
	if !l.loggedIn.Load() {
		return writeMessage(stream, bindReply{Error: "You must log in first.\n\nERR_NGROK_100"})
	}
	reply, answered := l.edge.bind(l, request)
	if !answered {
		return keepSilent(stream)
	}
	return writeMessage(stream, reply)
}

// keepSilent holds a stream open without an answer until the agent ends it.
func keepSilent(stream muxado.Stream) error {
	_, _ = io.Copy(io.Discard, stream)
	return nil
}

func (l *link) answerUnbind(stream muxado.Stream) error {
	var request unbindRequest
	if err := readMessage(stream, &request); err != nil {
		return err
	}
	l.edge.unbind(l, request.ID)
	return writeMessage(stream, errorReply{})
}

// ask sends a request of the edge and reads the agent's answer.
func (l *link) ask(kind muxado.StreamType, request, reply any) error {
	stream, err := l.mux.OpenTypedStream(kind)
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }()
	if err := writeMessage(stream, request); err != nil {
		return err
	}
	if reply == nil {
		return nil
	}
	if err := stream.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	return readMessage(stream, reply)
}

// wire is the TCP connection under TLS, which can turn into a black hole.
type wire struct {
	net.Conn
	hole atomic.Bool
}

// Write pretends that everything was sent once the wire is a black hole. A
// real one that lets later packets through again would have lost the earlier
// ones for good, and with them the connection.
func (w *wire) Write(p []byte) (int, error) {
	if w.hole.Load() {
		return len(p), nil
	}
	return w.Conn.Write(p)
}

// Read drops what arrives once the wire is a black hole, and returns only when
// the connection ends.
func (w *wire) Read(p []byte) (int, error) {
	for {
		n, err := w.Conn.Read(p)
		if err != nil || !w.hole.Load() {
			return n, err
		}
	}
}
