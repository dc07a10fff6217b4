package ngroktest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.ngrok.com/muxado/v2"
)

// agent is the least that can speak the protocol; what the SDK makes of the
// edge is tested where the SDK is used.
type agent struct {
	t   *testing.T
	mux muxado.TypedStreamSession
}

func newEdge(t *testing.T, o Options) *Edge {
	t.Helper()
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if err := e.Close(); err != nil {
			t.Errorf("second close: %v", err)
		}
	})
	return e
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func connect(t *testing.T, e *Edge) *agent {
	t.Helper()
	dialer := &tls.Dialer{Config: &tls.Config{RootCAs: e.CAs(), MinVersion: tls.VersionTLS12}}
	conn, err := dialer.DialContext(within(t), "tcp", e.ConnectURL())
	if err != nil {
		t.Fatal(err)
	}
	mux := muxado.NewTypedStreamSession(muxado.Client(conn, nil))
	t.Cleanup(func() { _ = mux.Close() })
	return &agent{t: t, mux: mux}
}

// ask sends message and decodes the reply into reply.
func (a *agent) ask(kind muxado.StreamType, message string, reply any) {
	a.t.Helper()
	stream, err := a.mux.OpenTypedStream(kind)
	if err != nil {
		a.t.Fatal(err)
	}
	defer stream.Close()
	if _, err := io.WriteString(stream, message); err != nil {
		a.t.Fatal(err)
	}
	if err := stream.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		a.t.Fatal(err)
	}
	if err := json.NewDecoder(stream).Decode(reply); err != nil {
		a.t.Fatal(err)
	}
}

func (a *agent) login(token string) authReply {
	a.t.Helper()
	var reply authReply
	a.ask(typeAuth, `{"Version":["3","2"],"ClientId":"","Extra":{"Authtoken":"`+token+`"}}`, &reply)
	return reply
}

func (a *agent) bind(url, token string) bindReply {
	a.t.Helper()
	var reply bindReply
	a.ask(typeBind, `{"Id":"","Proto":"https","Opts":{"URL":"`+url+`"},"Extra":{"Token":"`+token+`"}}`, &reply)
	return reply
}

func status(t *testing.T, e *Edge, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(within(t), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := e.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode, resp.Header.Get(errorHeader)
}

func TestLoginChecksTheToken(t *testing.T) {
	t.Parallel()
	e := newEdge(t, Options{Token: "right"})
	for token, code := range map[string]string{"right": "", "wrong": "ERR_NGROK_107", "": "ERR_NGROK_4018"} {
		reply := connect(t, e).login(token)
		if (reply.Error == "") != (code == "") || !strings.Contains(reply.Error, code) {
			t.Errorf("token %q: got %q, want %q", token, reply.Error, code)
		}
		if token != "" && code != "" && !strings.Contains(reply.Error, "Your authtoken: "+token) {
			t.Errorf("the refusal %q does not quote the token, as the real one does", reply.Error)
		}
	}
}

func TestBindNeedsALogin(t *testing.T) {
	t.Parallel()
	e := newEdge(t, Options{})
	if reply := connect(t, e).bind("", ""); reply.Error == "" {
		t.Error("a bind without a login was answered with a name")
	}
}

func TestBindChoosesAndRefusesNames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ url, want, code string }{
		"none asked for":           {"", "https://" + DefaultHost, ""},
		"a registered domain":      {"https://relay.example.com", "https://relay.example.com", ""},
		"another domain":           {"https://other.example.com", "", "ERR_NGROK_320"},
		"a final slash":            {"https://relay.example.com/", "", "ERR_NGROK_9038"},
		"not a URL of ours":        {"tcp://relay.example.com", "", "ERR_NGROK_9037"},
		"a name somebody else has": {"https://busy.example.com", "", "ERR_NGROK_334"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEdge(t, Options{Domains: []string{"relay.example.com", "busy.example.com"}})
			e.Occupy("busy.example.com")
			a := connect(t, e)
			a.login("any")
			reply := a.bind(c.url, "")
			if reply.URL != c.want || reply.Opts.URL != c.want || !strings.Contains(reply.Error, c.code) || (c.code == "") != (reply.Error == "") {
				t.Errorf("got %+v, want %q, %q", reply, c.want, c.code)
			}
		})
	}
}

func TestOnlyTheBindTokenTakesANameOver(t *testing.T) {
	t.Parallel()
	e := newEdge(t, Options{})
	first, second, third := connect(t, e), connect(t, e), connect(t, e)
	for _, a := range []*agent{first, second, third} {
		a.login("any")
	}
	bound := first.bind("", "")
	if reply := second.bind("", ""); !strings.Contains(reply.Error, "ERR_NGROK_334") {
		t.Errorf("a second agent without the token: got %+v, want 334", reply)
	}
	taken := third.bind(bound.URL, bound.Extra.Token)
	if taken.Error != "" || taken.URL != bound.URL {
		t.Errorf("an agent with the token: got %+v, want %s", taken, bound.URL)
	}
	// The first one's end must not take the name from its new owner.
	_ = first.mux.Close()
	if err := e.Await(within(t), func() bool { return e.Agents() == 2 }); err != nil {
		t.Fatal(err)
	}
	if got := e.Online(); len(got) != 1 {
		t.Errorf("online after the old owner's end: got %v, want one name", got)
	}
	var reply errorReply
	third.ask(typeUnbind, `{"Id":"`+taken.ID+`"}`, &reply)
	if got := e.Online(); len(got) != 0 {
		t.Errorf("online after the unbind: got %v, want none", got)
	}
}

func TestOfflineNamesAnswerAsTheRealEdgeDoes(t *testing.T) {
	t.Parallel()
	e := newEdge(t, Options{})
	if got, code := status(t, e, e.PublicURL()); got != http.StatusNotFound || code != "ERR_NGROK_3200" {
		t.Errorf("got %d %q, want 404 ERR_NGROK_3200", got, code)
	}
}

func TestProxyStreamBeginsWithItsHeader(t *testing.T) {
	t.Parallel()
	e := newEdge(t, Options{})
	a := connect(t, e)
	a.login("any")
	bound := a.bind("", "")

	headers := make(chan proxyHeader, 1)
	go func() {
		defer close(headers)
		stream, err := a.mux.AcceptTypedStream()
		if err != nil || stream.StreamType() != typeProxy {
			return
		}
		defer stream.Close()
		var size [8]byte
		if _, err := io.ReadFull(stream, size[:]); err != nil {
			return
		}
		text := make([]byte, binary.LittleEndian.Uint64(size[:]))
		var header proxyHeader
		if _, err := io.ReadFull(stream, text); err != nil || json.Unmarshal(text, &header) != nil {
			return
		}
		headers <- header
	}()
	// The agent answers nothing, which is a bad gateway.
	if got, _ := status(t, e, bound.URL); got != http.StatusBadGateway {
		t.Errorf("got %d, want 502", got)
	}
	header, ok := <-headers
	if !ok || header.ID != bound.ID || header.Proto != "https" {
		t.Fatalf("got %+v, want a header for %s", header, bound.ID)
	}
	if host, _, err := net.SplitHostPort(header.ClientAddr); err != nil || host != "127.0.0.1" {
		t.Errorf("client address: got %q, want the caller's", header.ClientAddr)
	}
}

func TestServerInfoNeedsNoLogin(t *testing.T) {
	t.Parallel()
	e := newEdge(t, Options{Region: "ap"})
	var info serverInfo
	connect(t, e).ask(typeSrvInfo, `{}`, &info)
	if info.Region != "ap" {
		t.Errorf("region: got %q, want ap", info.Region)
	}
}

func TestPEMVerifiesBothSides(t *testing.T) {
	t.Parallel()
	e := newEdge(t, Options{})
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(e.CAPEM()) || !pool.AppendCertsFromPEM(e.PublicCAPEM()) {
		t.Fatal("the PEM holds no certificate")
	}
	for name, address := range map[string]string{"127.0.0.1": e.ConnectURL(), "any.example.com": e.PublicAddr()} {
		dialer := &tls.Dialer{Config: &tls.Config{RootCAs: pool, ServerName: name, MinVersion: tls.VersionTLS12}}
		conn, err := dialer.DialContext(within(t), "tcp", address)
		if err != nil {
			t.Errorf("%s as %s: %v", address, name, err)
			continue
		}
		_ = conn.Close()
	}
}

func TestPushingToNobody(t *testing.T) {
	t.Parallel()
	e := newEdge(t, Options{})
	if err := e.PushStopTunnel("absent.example.com", "", ""); err == nil {
		t.Error("closing a name that is not online: got no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.Await(ctx, func() bool { return false }); err == nil {
		t.Error("waiting for what never comes: got no error")
	}
}
