package tunnel

import (
	"bufio"
	"container/list"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds every wait of a test; no test takes that long unless it fails.
const patience = 30 * time.Second

// lockedBuffer collects what several goroutines write.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// hall is a server with room for few, whose handler reads the body and then
// waits for a word from the test on the path /wait.
type hall struct {
	t       *testing.T
	limiter *connLimiter
	address string
	release chan struct{}
	journal *lockedBuffer
}

func newHall(t *testing.T, most int) *hall {
	t.Helper()
	h := &hall{t: t, release: make(chan struct{}), journal: &lockedBuffer{}}
	logger := slog.New(slog.NewTextHandler(h.journal, nil))
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		if r.URL.Path == "/wait" {
			<-h.release
		}
		w.WriteHeader(http.StatusNoContent)
	})
	server := NewServer(handler, logger)
	h.limiter = newConnLimiter(most, logger)
	h.limiter.minAge = 0
	h.limiter.limit(server, handler)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.address = ln.Addr().String()
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("got %v, want the server closed", err)
		}
	})
	return h
}

// visitor is the other side of a connection.
type visitor struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// visit opens a connection and sends what is given.
func (h *hall) visit(says string) *visitor {
	h.t.Helper()
	conn, err := net.Dial("tcp", h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		h.t.Fatal(err)
	}
	v := &visitor{t: h.t, conn: conn, in: bufio.NewReader(conn)}
	v.say(says)
	return v
}

func (v *visitor) say(text string) {
	v.t.Helper()
	if _, err := io.WriteString(v.conn, text); err != nil {
		v.t.Fatal(err)
	}
}

// served reads one answer.
func (v *visitor) served() {
	v.t.Helper()
	resp, err := http.ReadResponse(v.in, nil)
	if err != nil {
		v.t.Fatalf("read an answer: %v", err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		v.t.Errorf("got status %d, want 204", resp.StatusCode)
	}
}

// shownOut fails the test unless the server has closed the connection.
func (v *visitor) shownOut() {
	v.t.Helper()
	if _, err := v.in.ReadByte(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		v.t.Errorf("got %v, want the connection closed", err)
	}
}

// census counts connections: in all, unfinished and idle.
type census struct{ all, unfinished, idle int }

func (h *hall) expect(want census) {
	h.t.Helper()
	size := func(l *list.List) int { return l.Len() }
	var got census
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		h.limiter.mu.Lock()
		got = census{len(h.limiter.conns), size(h.limiter.unfinished), size(h.limiter.idle)}
		h.limiter.mu.Unlock()
		if got == want {
			return
		}
	}
	h.t.Fatalf("got %+v connections, want %+v", got, want)
}

const (
	plainGet   = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	waitingGet = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n"
)

func TestTheLongestUnfinishedConnectionMakesRoom(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		says string
		rest string // completes the request
	}{
		{"that has sent nothing", "", plainGet},
		{"that has sent half a header", "POST / HTTP/1.1\r\nHost: a\r\n", "Content-Length: 2\r\n\r\nab"},
		{"that has sent half a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na", "b"},
		{"that has sent half a chunk", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\na", "b\r\n0\r\n\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHall(t, 3)
			oldest := h.visit(tt.says)
			h.expect(census{1, 1, 0})
			second := h.visit(tt.says)
			h.expect(census{2, 2, 0})
			idle := h.visit(plainGet)
			idle.served()
			h.expect(census{3, 2, 1})

			newest := h.visit(plainGet)
			newest.served()
			oldest.shownOut()
			h.expect(census{3, 1, 2})
			second.say(tt.rest)
			second.served()
			idle.say(plainGet)
			idle.served()
			h.expect(census{3, 0, 3})
		})
	}
}

func TestTheLongestIdleConnectionMakesRoomWhereNoneIsUnfinished(t *testing.T) {
	t.Parallel()
	h := newHall(t, 2)
	first := h.visit(plainGet)
	first.served()
	h.expect(census{1, 0, 1})
	second := h.visit(plainGet)
	second.served()
	h.expect(census{2, 0, 2})
	first.say(plainGet) // now the second has been idle for longer
	first.served()
	h.limiterFront(first)

	h.visit(plainGet).served()
	second.shownOut()
	h.expect(census{2, 0, 2})
	first.say(plainGet)
	first.served()
}

// limiterFront waits until v is the one that became idle last.
func (h *hall) limiterFront(v *visitor) {
	h.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		h.limiter.mu.Lock()
		last := h.limiter.idle.Back()
		found := last != nil && last.Value.(*trackedConn).conn.RemoteAddr().String() == v.conn.LocalAddr().String()
		h.limiter.mu.Unlock()
		if found {
			return
		}
	}
	h.t.Fatal("the connection did not become idle")
}

func TestThoseWhoHaveHardlyArrivedAreGivenTime(t *testing.T) {
	t.Parallel()
	h := newHall(t, 2)
	h.limiter.minAge = time.Hour
	oldest := h.visit("")
	h.expect(census{1, 1, 0})
	for n := 2; n <= 2*burstFactor; n++ {
		h.visit("")
		h.expect(census{n, n, 0})
	}
	h.visit(plainGet).served() // one too many even so
	oldest.shownOut()
	h.expect(census{2 * burstFactor, 2*burstFactor - 1, 1})
}

func TestRoomIsMadeForAllWhoWereGivenTime(t *testing.T) {
	t.Parallel()
	h := newHall(t, 2)
	h.limiter.minAge = time.Hour
	for n := 1; n <= 5; n++ {
		h.visit("")
		h.expect(census{n, n, 0})
	}
	h.limiter.mu.Lock()
	h.limiter.minAge = 0 // as if it were over
	h.limiter.mu.Unlock()
	h.visit(plainGet).served()
	h.expect(census{2, 1, 1})
}

func TestARequestThatIsBeingAnsweredIsNeverCutOff(t *testing.T) {
	t.Parallel()
	h := newHall(t, 2)
	first, second := h.visit(waitingGet), h.visit(waitingGet)
	h.expect(census{2, 0, 0})
	newest := h.visit(plainGet)
	newest.served() // beyond the bound, since nobody can be asked to leave
	h.expect(census{3, 0, 1})
	close(h.release)
	first.served()
	second.served()
	h.expect(census{3, 0, 3})
}

func TestConnectionsThatLeaveAreForgotten(t *testing.T) {
	t.Parallel()
	h := newHall(t, 8)
	for _, says := range []string{"", "GET", plainGet, "no request at all\r\n\r\n"} {
		v := h.visit(says)
		if says == plainGet {
			v.served()
		}
		_ = v.conn.Close()
	}
	h.expect(census{})
}

func TestAFloodOfConnectionsIsLoggedOnce(t *testing.T) {
	t.Parallel()
	h := newHall(t, 2)
	for range 50 {
		h.visit("POST /")
	}
	h.visit(plainGet).served()
	if got := strings.Count(h.journal.String(), "too many connections"); got != 1 {
		t.Errorf("got %d log lines, want 1:\n%s", got, h.journal)
	}
}

func TestEveryProviderServesWithinBounds(t *testing.T) {
	t.Parallel()
	server := NewServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	if server.ConnState == nil || server.ConnContext == nil {
		t.Error("the server does not count its connections")
	}
	if server.ReadHeaderTimeout <= 0 || server.ReadTimeout <= 0 || server.IdleTimeout <= 0 || server.MaxHeaderBytes <= 0 {
		t.Errorf("got a server without deadlines: %v, %v, %v, %d bytes", server.ReadHeaderTimeout, server.ReadTimeout, server.IdleTimeout, server.MaxHeaderBytes)
	}
}
