package ngrok

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"

	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/ngrok/ngroktest"
	"vastrelay/relay/tunnel/tunneltest"
)

// sink accepts connections on a free port and hands them over.
func sink(t *testing.T) (address string, accepted <-chan net.Conn) {
	t.Helper()
	var config net.ListenConfig
	ln, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	conns := make(chan net.Conn, 10)
	go func() {
		defer close(conns)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			conns <- conn
		}
	}()
	return ln.Addr().String(), conns
}

func TestGatedDialerFollowsItsRule(t *testing.T) {
	t.Parallel()
	address, _ := sink(t)
	l := newGatedDialer(nil)
	for i, c := range []struct {
		rule  dialRule
		fails bool
	}{
		{dialOnce, false}, {dialOnce, true}, {dialFree, false}, {dialFree, false}, {dialNone, true}, {dialFree, false},
	} {
		if got := l.allow(c.rule); got != i {
			t.Errorf("dial %d: the dialer counted %d before it", i, got)
		}
		conn, err := l.DialContext(tunneltest.Within(t), "tcp", address)
		if errors.Is(err, errDialRefused) != c.fails {
			t.Errorf("dial %d under rule %d: got %v, want refusal %t", i, c.rule, err, c.fails)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
}

func TestKillEndsConnectionsAndDials(t *testing.T) {
	t.Parallel()
	address, accepted := sink(t)
	l := newGatedDialer(nil)
	l.allow(dialFree)
	kept, err := l.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	given, err := l.DialContext(tunneltest.Within(t), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if err := given.Close(); err != nil {
		t.Fatal(err)
	}
	if got := len(l.conns); got != 1 {
		t.Errorf("the dialer holds %d connections, want the one that is open", got)
	}

	l.closeAll()
	l.closeAll()
	if _, err := kept.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("reading after the kill: got %v, want %v", err, net.ErrClosed)
	}
	if _, err := (<-accepted).Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the other side: got %v, want its end", err)
	}
	l.allow(dialFree)
	if _, err := l.DialContext(tunneltest.Within(t), "tcp", address); !errors.Is(err, errDialRefused) {
		t.Errorf("dialling after the kill: got %v, want %v", err, errDialRefused)
	}
}

// pipes is a listener that delivers what it is given.
type pipes struct {
	conns chan net.Conn
	net.Listener
}

func (p pipes) Accept() (net.Conn, error) {
	conn, ok := <-p.conns
	if !ok {
		return nil, io.ErrUnexpectedEOF
	}
	return conn, nil
}

func TestGateKeepsAcceptingAfterItWasClosed(t *testing.T) {
	t.Parallel()
	inner := pipes{conns: make(chan net.Conn)}
	g := newDetachedListener(inner)
	near, _ := net.Pipe()
	inner.conns <- near
	if got, err := g.Accept(); got != near || err != nil {
		t.Fatalf("got %v, %v; want the connection", got, err)
	}
	_ = g.Close()
	_ = g.Close()
	if _, err := g.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: got %v, want %v", err, net.ErrClosed)
	}
	for range 3 { // an SDK that delivers is never blocked
		near, far := net.Pipe()
		inner.conns <- near
		if _, err := far.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("a connection after Close: got %v, want its end", err)
		}
	}
	close(inner.conns)
	<-g.ended
}

func TestGateEndsWithItsListener(t *testing.T) {
	t.Parallel()
	inner := pipes{conns: make(chan net.Conn)}
	g := newDetachedListener(inner)
	close(inner.conns)
	if _, err := g.Accept(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want the listener's own error", err)
	}
}

// proxyTrouble is the failure of a dialer whose proxy gives no connection.
type proxyTrouble struct{}

func (proxyTrouble) Error() string        { return "no connection" }
func (proxyTrouble) ProxyFailure() string { return "the proxy p.example:3128 answered 403 Forbidden" }

func TestAProxyThatGivesNoConnection(t *testing.T) {
	t.Parallel()
	refuse := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "proxyconnect", Net: "tcp", Err: proxyTrouble{}}
	}
	edge := newEdge(t, ngroktest.Options{})
	r := start(t, edge, nil, func(o *Options) { o.Dial = refuse })
	first := r.Await("announcing a retry", func(l tunnel.Link) bool { return !l.RetryAt.IsZero() })
	if first.Headline != "" {
		t.Errorf("got %q at the first failure, want nothing told yet", first.Headline)
	}
	told := r.Await("told", func(l tunnel.Link) bool { return l.Headline != "" })
	if told.Headline != "The proxy gives no connection to ngrok." || told.Cause != "The proxy p.example:3128 answered 403 Forbidden." || told.Next == "" {
		t.Errorf("got %+v, want the proxy and its answer", told)
	}

	o := testOptions(edge, &tunneltest.Journal{})
	o.Dial = refuse
	_, err := CheckToken(tunneltest.Within(t), o)
	var proxy interface{ ProxyFailure() string }
	if !errors.As(err, &proxy) || proxy.ProxyFailure() != (proxyTrouble{}).ProxyFailure() {
		t.Errorf("CheckToken: got %v, want the proxy and its answer", err)
	}
}

func TestTheServerIsDialledAsToldTo(t *testing.T) {
	t.Parallel()
	edge := newEdge(t, ngroktest.Options{})
	asked := make(chan string, 10)
	r := start(t, edge, nil, func(o *Options) {
		o.ConnectURL = "connect.vastrelay.example:443"
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			asked <- address
			return (&net.Dialer{}).DialContext(ctx, network, edge.ConnectURL())
		}
	})
	link := r.AwaitState(tunnel.Online)
	wantStatus(t, edge, link.URL, http.StatusNoContent)
	if got := <-asked; got != "connect.vastrelay.example:443" {
		t.Errorf("dialled %s, want the name of the server, which a proxy looks up", got)
	}
}
