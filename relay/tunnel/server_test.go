package tunnel

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestConnectionsThatDawdleAreClosed shows that nobody holds a connection for
// longer than a request may take: with half a header, half a body or nothing
// more to say.
func TestConnectionsThatDawdleAreClosed(t *testing.T) {
	for _, tt := range []struct {
		name, says string
		drip       string // said again and again, a piece each second
		answered   bool
		after      time.Duration
	}{
		{name: "that say nothing", after: headerWithin},
		{name: "that stop within the header", says: "POST / HTTP/1.1\r\nHost: a\r\n", after: headerWithin},
		{name: "that let the header drip", says: "POST / HTTP/1.1\r\nHost: a\r\nX: ", drip: "a", after: headerWithin},
		{name: "that stop within the body", says: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nab", after: requestWithin},
		{name: "that let the body drip", says: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nab", drip: "a", after: requestWithin},
		{name: "that stay after their answer", says: plainGet, answered: true, after: idleWithin},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if _, err := io.Copy(io.Discard, r.Body); err != nil {
						w.WriteHeader(http.StatusRequestTimeout)
						return
					}
					w.WriteHeader(http.StatusNoContent)
				})
				server := NewServer(handler, slog.New(slog.DiscardHandler))
				conns := make(chan net.Conn)
				served := make(chan error, 1)
				go func() { served <- server.Serve(&pipes{conns: conns, closed: make(chan struct{})}) }()

				ours, theirs := net.Pipe() // so that their clocks can go fast
				conns <- theirs
				began := time.Now()
				answers := make(chan int, 1)
				ended := make(chan time.Duration, 1)
				go func() {
					answer, _ := io.ReadAll(ours)
					ended <- time.Since(began)
					answers <- len(answer)
				}()
				var speaking sync.WaitGroup
				speaking.Go(func() {
					_, _ = io.WriteString(ours, tt.says)
					for tt.drip != "" {
						time.Sleep(time.Second)
						if _, err := io.WriteString(ours, tt.drip); err != nil {
							return
						}
					}
				})
				// The server lingers for half a second where it has answered
				// before the request was over.
				if took := <-ended; took < tt.after || took > tt.after+time.Second {
					t.Errorf("closed after %v, want %v", took, tt.after)
				}
				if n := <-answers; tt.answered && n == 0 {
					t.Error("got no answer before")
				}
				_ = ours.Close()
				speaking.Wait()
				_ = server.Close()
				close(conns)
				if err := <-served; !errors.Is(err, http.ErrServerClosed) {
					t.Errorf("got %v, want the server closed", err)
				}
			})
		})
	}
}

// pipes is a listener that delivers the connections that it is given.
type pipes struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }
